//! What goes over the wire: paths, parameters and headers; and where each dialect goes on.

use futures::{StreamExt, TryStreamExt};
use heygen_videos::{ApiVersion, Client, End, ErrorKind, RetryPolicy};
use httpmock::prelude::*;
use httpmock::{Mock, MockServer};
use serde_json::{Value, json};

use crate::support::walk::{ids, mock_client, until_error};

fn v3(server: &MockServer) -> Client {
    let builder = Client::builder().api_key("mock-key").base_url(server.base_url());
    builder.api(ApiVersion::V3).retry(RetryPolicy::none()).build().unwrap()
}

#[tokio::test]
async fn every_parameter_and_header_is_sent_in_both_dialects() {
    for (api, path, page) in [
        (ApiVersion::V1, "/prefix/v1/video.list", json!({"data": {"videos": []}})),
        (ApiVersion::V3, "/prefix/v3/videos", json!({"data": [], "has_more": false})),
    ] {
        let server = MockServer::start_async().await;
        let mock = server
            .mock_async(|when, then| {
                when.method(GET)
                    .path(path)
                    .query_param("limit", "30")
                    .query_param("folder_id", "a/b?c#d")
                    .query_param("title", "100% ö & +=\"'\u{1F3AC}")
                    .query_param_missing("token")
                    .header("x-api-key", "mock-key")
                    .header("accept", "application/json")
                    .header("accept-encoding", "gzip")
                    .header_prefix("user-agent", "heygen-videos/0.")
                    .header_missing("referer")
                    .header_missing("cookie")
                    .header_missing("authorization");
                then.status(200).header("set-cookie", "session=1").json_body(page);
            })
            .await;
        let client = Client::builder()
            .api_key("mock-key")
            .base_url(format!("{}/prefix/", server.base_url()))
            .api(api)
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        for _ in 0..2 {
            let query = client.videos().page_size(30).folder_id("a/b?c#d");
            let mut videos = query.title("100% ö & +=\"'\u{1F3AC}").stream();
            assert_eq!(ids(&mut videos).await, [""; 0]);
        }
        mock.assert_calls_async(2).await;
    }
}

#[tokio::test]
async fn nothing_that_was_not_asked_for_is_sent() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.path("/v1/video.list")
                .query_param("limit", "100")
                .query_param_missing("folder_id")
                .query_param_missing("title");
            then.status(200).json_body(json!({"data": {"videos": []}}));
        })
        .await;
    let builder = Client::builder().api_key("k").base_url(server.base_url());
    let client = builder.user_agent("mine/1").build().unwrap();
    assert!(client.videos().stream().next().await.is_none());
    mock.assert_calls_async(1).await;
}

#[tokio::test]
async fn v1_ends_where_the_token_is_absent_null_or_empty() {
    for data in [
        json!({"videos": [{"video_id": "a"}]}),
        json!({"videos": [{"video_id": "a"}], "token": null}),
        json!({"videos": [{"video_id": "a"}], "token": ""}),
    ] {
        let server = MockServer::start_async().await;
        let body = json!({ "data": data });
        let mock = server.mock_async(|_when, then| drop(then.status(200).json_body(body))).await;
        let mut videos = mock_client(&server).videos().stream();
        assert_eq!(ids(&mut videos).await, ["a"]);
        assert_eq!(videos.end(), Some(End::Exhausted));
        mock.assert_calls_async(1).await;
    }
}

#[tokio::test]
async fn v1_goes_on_by_its_token_whatever_else_a_page_says() {
    for (more, goes_on) in [
        (json!({ "token": "t", "total": 1, "has_more": false }), true),
        (json!({ "next_token": "t", "total": 500, "has_more": true }), false),
    ] {
        let server = MockServer::start_async().await;
        let mut data = json!({ "videos": [{ "video_id": "a" }] });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let first = json!({ "data": data });
        let second = json!({ "data": { "videos": [{ "video_id": "b" }] } });
        for (token, page) in [(None, first), (Some("t"), second)] {
            server
                .mock_async(|when, then| {
                    match token {
                        Some(token) => when.query_param("token", token),
                        None => when.query_param_missing("token"),
                    };
                    then.status(200).json_body(page);
                })
                .await;
        }
        let got = ids(&mut mock_client(&server).videos().stream()).await;
        assert_eq!(got.len(), 1 + usize::from(goes_on), "{more}");
    }
}

/// Serves this first page of v3, and a last one behind the token `t`.
async fn v3_pages<'a>(server: &'a MockServer, first: Value) -> [Mock<'a>; 2] {
    let last = json!({"data": [{"id": "b"}], "has_more": false});
    let second = server
        .mock_async(|when, then| {
            when.path("/v3/videos").query_param("token", "t");
            then.status(200).json_body(last);
        })
        .await;
    let first = server
        .mock_async(|when, then| {
            when.path("/v3/videos").query_param_missing("token");
            then.status(200).json_body(first);
        })
        .await;
    [first, second]
}

#[tokio::test]
async fn v3_goes_on_while_there_is_a_token_and_has_more_is_not_false() {
    let video = json!([{"id": "a"}]);
    for (first, goes_on) in [
        (json!({"data": video, "has_more": true, "next_token": "t"}), true),
        (json!({"data": video, "next_token": "t"}), true),
        (json!({"data": video, "has_more": null, "next_token": "t"}), true),
        (json!({"data": video, "has_more": false, "next_token": "t"}), false),
        (json!({"data": video, "has_more": false}), false),
        (json!({"data": video, "next_token": null}), false),
        (json!({"data": video, "next_token": ""}), false),
        (json!({"data": video}), false),
    ] {
        let server = MockServer::start_async().await;
        let [_, second] = v3_pages(&server, first.clone()).await;
        let got = ids(&mut v3(&server).videos().stream()).await;
        assert_eq!(got.len(), 1 + usize::from(goes_on), "{first}");
        second.assert_calls_async(usize::from(goes_on)).await;
    }
}

#[tokio::test]
async fn v3_with_more_but_no_token_is_an_error_and_never_an_end() {
    for token in [json!(null), json!("")] {
        let server = MockServer::start_async().await;
        let page = json!({"data": [{"id": "a"}], "has_more": true, "next_token": token});
        let [first, _] = v3_pages(&server, page).await;
        let client = v3(&server);
        let mut videos = client.videos().stream();
        let (before, error) = until_error(&mut videos).await;
        assert_eq!((before, error.kind()), (vec!["a".to_owned()], ErrorKind::Pagination));
        assert!(videos.next().await.is_none());
        first.assert_calls_async(1).await;

        // The page that led nowhere is asked for again, and its videos do not come twice.
        assert!(videos.rearm());
        assert_eq!(until_error(&mut videos).await.0, [""; 0]);
        first.assert_calls_async(2).await;
        let cursor = videos.cursor().to_string();
        first.delete_async().await;
        let healed = json!({"data": [{"id": "a"}], "has_more": true, "next_token": "t"});
        server
            .mock_async(|when, then| {
                when.query_param_missing("token");
                then.status(200).json_body(healed);
            })
            .await;
        assert!(videos.rearm());
        assert_eq!(ids(&mut videos).await, ["b"]);
        let resumed = client.videos().resume_from(cursor.parse().unwrap()).stream();
        let resumed: Vec<_> = resumed.map_ok(|video| video.video_id).try_collect().await.unwrap();
        assert_eq!(resumed, ["b"]);
    }
}
