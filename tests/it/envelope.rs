//! What around the videos makes a body a page, and how many the account is said to have.

use futures::StreamExt;
use heygen_videos::{ApiVersion, ErrorKind};
use httpmock::MockServer;
use httpmock::prelude::*;
use serde_json::{Value, json};

use crate::support::walk::{answer, ids, mock_client};

const V1_PAGE: &str = include_str!("wire/v1-page.json");
const V3_PAGE: &str = include_str!("wire/v3-page.json");

#[tokio::test]
async fn a_body_that_is_no_page_of_v3_is_an_error_and_never_an_empty_page() {
    for body in [
        "{}",
        r#"{"has_more":false,"next_token":null}"#,
        r#"{"data":null,"has_more":false}"#,
        r#"{"data":{},"has_more":false}"#,
        r#"{"data":{"videos":[]},"has_more":false}"#,
        r#"{"data":"x"}"#,
        r#"{"data":[1]}"#,
        r#"{"data":[null]}"#,
        r#"{"data":[{}]}"#,
        r#"{"data":[{"video_id":"a"}]}"#,
        r#"{"data":[{"id":""}]}"#,
        r#"{"data":[{"id":7}]}"#,
        r#"{"data":[],"has_more":"no"}"#,
        r#"{"data":[],"next_token":7}"#,
        V1_PAGE,
        "<html>",
        "[]",
        "7",
        "null",
    ] {
        let (page, asked) = answer(ApiVersion::V3, 200, body).await;
        let error = page.expect_err(body);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)), "{body}");
        assert_eq!((asked, error.attempts()), (1, 1), "{body}");
    }
    for (body, code) in [
        (r#"{"data":[],"error":{"code":"x"}}"#, Some("x")),
        (r#"{"data":[],"error":{}}"#, None),
        (r#"{"code":400545,"data":[]}"#, Some("400545")),
    ] {
        let (page, asked) = answer(ApiVersion::V3, 200, body).await;
        let error = page.expect_err(body);
        assert_eq!((error.kind(), error.code(), asked), (ErrorKind::Api, code, 1), "{body}");
    }
    for body in ["", " ", &V3_PAGE[..V3_PAGE.len() / 2]] {
        let (page, asked) = answer(ApiVersion::V3, 200, body).await;
        let error = page.expect_err(body);
        assert_eq!((error.kind(), asked), (ErrorKind::Network, 3), "{body}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn fields_in_an_array_instead_of_an_object_are_no_page() {
    for (api, body) in [
        (ApiVersion::V1, r#"[100,null,null,null,{"videos":[]}]"#),
        (ApiVersion::V1, r#"{"code":100,"data":[[],null]}"#),
        (ApiVersion::V1, r#"{"code":100,"data":[[{"video_id":"a"}],null,1]}"#),
        (ApiVersion::V3, "[null,null,null,[],false,null]"),
        (ApiVersion::V3, r#"[null,null,null,[{"id":"a"}],false,null]"#),
    ] {
        let (page, asked) = answer(api, 200, body).await;
        let error = page.expect_err(body);
        assert_eq!((error.kind(), asked), (ErrorKind::Decode, 1), "{body}");
    }
}

#[tokio::test]
async fn fields_that_are_not_known_and_their_order_change_nothing() {
    for (api, body) in [
        (
            ApiVersion::V1,
            r#"{"x":[{}],"data":{"y":0,"total":1,"videos":[{"video_id":"a"}]},"code":100}"#,
        ),
        (
            ApiVersion::V1,
            r#"{"data":{"videos":[{"video_id":"a"}]},"code":"100","code2":7,"trace":{}}"#,
        ),
        (ApiVersion::V1, r#"{"code":100.0,"error":null,"data":{"videos":[{"video_id":"a"}]}}"#),
        (
            ApiVersion::V3,
            r#"{"next_token":null,"x":{},"has_more":false,"data":[{"id":"a"}],"total":9}"#,
        ),
    ] {
        let (page, asked) = answer(api, 200, body).await;
        let page = page.unwrap();
        assert_eq!((page.videos.len(), asked), (1, 1), "{body}");
        assert_eq!(page.videos[0].video_id, "a");
        assert!(page.cursor().is_finished());
    }
}

#[tokio::test]
async fn the_total_is_read_where_it_is_a_count() {
    let absent = json!({ "videos": [{ "video_id": "a" }] });
    let with = |total: Value| json!({ "videos": [{ "video_id": "a" }], "total": total });
    for (data, read) in [
        (absent, None),
        (with(json!(7)), Some(7)),
        (with(json!("7")), Some(7)),
        (with(json!(" 7 ")), Some(7)),
        (with(json!(0)), Some(0)),
        (with(json!(u64::MAX)), Some(u64::MAX)),
        (with(json!(u64::MAX.to_string())), Some(u64::MAX)),
        (with(json!("18446744073709551616")), None),
        (with(json!(null)), None),
        (with(json!(-7)), None),
        (with(json!(7.5)), None),
        (with(json!("many")), None),
        (with(json!("")), None),
        (with(json!([7])), None),
        (with(json!({ "count": 7 })), None),
        (with(json!(true)), None),
    ] {
        let server = MockServer::start_async().await;
        let body = json!({ "data": data });
        server.mock_async(|_when, then| drop(then.status(200).json_body(body))).await;
        let mut videos = mock_client(&server).videos().stream();
        assert_eq!(videos.total(), None, "nothing was received yet");
        assert_eq!(ids(&mut videos).await, ["a"], "an odd total costs no page: {data}");
        assert_eq!(videos.total(), read, "{data}");
    }
}

#[tokio::test]
async fn the_total_is_what_the_server_last_said() {
    let server = MockServer::start_async().await;
    for (token, id, total) in
        [(None, "a", json!("7")), (Some("a"), "b", json!(8)), (Some("b"), "c", json!(null))]
    {
        let next = (id != "c").then_some(id);
        let data = json!({ "videos": [{ "video_id": id }], "token": next, "total": total });
        server
            .mock_async(|when, then| {
                match token {
                    Some(token) => when.method(GET).query_param("token", token),
                    None => when.method(GET).query_param_missing("token"),
                };
                then.status(200).json_body(json!({ "data": data }));
            })
            .await;
    }
    let mut videos = mock_client(&server).videos().stream();
    for total in [7, 8, 8] {
        videos.next().await.unwrap().unwrap();
        assert_eq!(videos.total(), Some(total));
    }
}
