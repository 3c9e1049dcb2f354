//! The bodies in `wire/`, as the API sends them, decoded; and bodies that are no page.

use futures::StreamExt;
use heygen_videos::{ApiVersion, Error, ErrorKind, Page, Result, VideoStatus, VideoType};
use httpmock::MockServer;
use httpmock::prelude::*;
use serde_json::Value;

use crate::support::walk::{mock_client, quick_retries};

/// The first item of a walk that gets this answer, and how often it was asked for.
async fn answer(api: ApiVersion, status: u16, body: &str) -> (Result<Page>, usize) {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET);
            then.status(status).header("content-type", "application/json").body(body);
        })
        .await;
    let client = heygen_videos::Client::builder()
        .api_key("mock-key")
        .base_url(server.base_url())
        .api(api)
        .retry(quick_retries(3))
        .build()
        .unwrap();
    let page = client.videos().pages().next().await.expect("a page or an error");
    (page, mock.calls_async().await)
}

async fn page(api: ApiVersion, body: &str) -> Page {
    let (page, asked) = answer(api, 200, body).await;
    assert_eq!(asked, 1);
    page.unwrap()
}

async fn error(status: u16, body: &str) -> (Error, usize) {
    let (page, asked) = answer(ApiVersion::V1, status, body).await;
    (page.expect_err(body), asked)
}

#[track_caller]
fn give_back_what_was_received(page: &Page, received: &Value) {
    let received = received.as_array().unwrap();
    assert_eq!(page.videos.len(), received.len());
    for (video, received) in page.videos.iter().zip(received) {
        assert_eq!(serde_json::to_value(video).unwrap(), *received);
    }
}

const PAGE: &str = include_str!("wire/v1-page.json");
const LAST: &str = include_str!("wire/v1-last-page.json");
const ODD: &str = include_str!("wire/v1-odd-but-valid.json");
const V3: &str = include_str!("wire/v3-page.json");

#[tokio::test]
async fn the_page_of_the_documentation_is_read() {
    let page = page(ApiVersion::V1, PAGE).await;
    assert_eq!(page.total, Some(35));
    assert!(!page.cursor().is_finished(), "it has a token");
    let [first, second] = &page.videos[..] else { panic!("two videos") };
    assert_eq!(first.video_id, "852adc6r4h584f409112337c1677a90a");
    assert_eq!(first.video_title.as_deref(), Some("My Title"));
    assert_eq!(first.status, Some(VideoStatus::Completed));
    assert!(first.is_completed());
    assert_eq!(first.created_at, Some(1_759_560_467));
    assert_eq!(first.video_type, Some(VideoType::Generated));
    assert_eq!((first.folder_id.as_deref(), first.folder()), (Some("null"), None));
    assert_eq!(second.folder(), Some("32c8d8a0632d40949dffb60c557dc6ea"));
    let received: Value = serde_json::from_str(PAGE).unwrap();
    give_back_what_was_received(&page, &received["data"]["videos"]);
}

#[tokio::test]
async fn the_last_page_ends_the_listing() {
    let page = page(ApiVersion::V1, LAST).await;
    assert!(page.cursor().is_finished());
    let statuses: Vec<_> = page.videos.iter().map(|video| video.status.clone().unwrap()).collect();
    use VideoStatus::{Completed, Draft, Failed, Processing};
    assert_eq!(statuses, [Completed, Processing, Failed, Draft, Completed]);
    assert_eq!(page.videos[4].video_type, Some(VideoType::Translated));
    let received: Value = serde_json::from_str(LAST).unwrap();
    give_back_what_was_received(&page, &received["data"]["videos"]);
}

#[tokio::test]
async fn an_odd_but_valid_page_is_read() {
    let page = page(ApiVersion::V1, ODD).await;
    assert_eq!(page.total, Some(4), "a string");
    assert!(page.cursor().is_finished(), "an empty token");
    let created: Vec<_> = page.videos.iter().map(|video| video.created_at).collect();
    assert_eq!(created, [Some(1_759_560_467), Some(1_759_560_466), None, None]);
    assert!(page.videos.iter().all(|video| video.folder().is_none()));
    assert_eq!(page.videos[2].status, Some(VideoStatus::Unknown("a_new_word".into())));
    assert_eq!(page.videos[2].extra["nested"]["a"][0], 1);
    assert_eq!(page.videos[3].video_id, "only-an-id");
    let received: Value = serde_json::from_str(ODD).unwrap();
    give_back_what_was_received(&page, &received["data"]["videos"]);
}

#[tokio::test]
async fn a_page_of_v3_is_read_and_written_with_the_names_of_v1() {
    let page = page(ApiVersion::V3, V3).await;
    assert_eq!(page.total, None);
    assert!(!page.cursor().is_finished());
    assert_eq!(page.videos[0].video_id, "v_123");
    assert_eq!(page.videos[0].video_title.as_deref(), Some("Onboarding intro"));
    assert_eq!(page.videos[0].extra["duration"], 12.4);
    assert_eq!(page.videos[1].video_title, None);
    let mut received: Value = serde_json::from_str(V3).unwrap();
    for video in received["data"].as_array_mut().unwrap() {
        let fields = video.as_object_mut().unwrap();
        for (theirs, ours) in [("id", "video_id"), ("title", "video_title")] {
            let value = fields.remove(theirs).unwrap();
            fields.insert(ours.into(), value);
        }
    }
    give_back_what_was_received(&page, &received["data"]);
}

#[tokio::test]
async fn the_refusals_are_read() {
    let (refused, asked) = error(200, include_str!("wire/v1-refused-at-200.json")).await;
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Api, Some("400545")));
    assert!(refused.to_string().contains("Invalid folder"), "{refused}");
    assert_eq!(asked, 1);
    let (unauthorized, asked) = error(400, include_str!("wire/v1-unauthorized.json")).await;
    assert_eq!(unauthorized.kind(), ErrorKind::Unauthorized);
    assert_eq!((unauthorized.code(), asked), (Some("400112"), 1));
    let (limited, asked) = error(429, include_str!("wire/v3-error.json")).await;
    assert_eq!((limited.kind(), asked), (ErrorKind::RateLimited, 3));
    assert_eq!(limited.code(), Some("rate_limit_exceeded"));
}

#[tokio::test]
async fn a_body_that_is_no_page_is_an_error_and_never_an_empty_page() {
    for body in [
        "{}",
        r#"{"data":{}}"#,
        r#"{"data":null}"#,
        r#"{"data":{"videos":null}}"#,
        r#"{"data":{"videos":{}}}"#,
        r#"{"data":{"videos":"x"}}"#,
        r#"{"data":{"videos":[1]}}"#,
        r#"{"data":{"videos":[{}]}}"#,
        r#"{"data":{"videos":[{"video_id":""}]}}"#,
        r#"{"data":{"videos":[{"video_id":7}]}}"#,
        r#"{"data":{"videos":[],"token":7}}"#,
        r#"{"code":100,"data":null}"#,
        r#"{"code":null,"data":{"videos":[]}}"#,
        "<html><body>Down for maintenance</body></html>",
        "[]",
        "7",
        "null",
        "\"\"",
        r#"{"data":{"videos":[]}} and more"#,
        "\u{feff}{}",
    ] {
        let (error, asked) = error(200, body).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)), "{body}");
        assert_eq!((asked, error.attempts()), (1, 1), "{body}");
        assert!(!error.to_string().contains("maintenance"), "no part of the body: {error}");
    }
    for status in [201, 204, 206] {
        let (error, asked) = error(status, PAGE).await;
        assert_eq!((error.kind(), asked), (ErrorKind::Decode, 1), "{status}");
    }
}

#[tokio::test]
async fn a_code_or_an_error_in_the_body_counts_for_more_than_status_200() {
    for (body, code) in [
        (r#"{"code":400545,"data":{"videos":[]}}"#, Some("400545")),
        (r#"{"code":"400545","data":{"videos":[]}}"#, Some("400545")),
        (r#"{"code":0,"data":{"videos":[]}}"#, Some("0")),
        (r#"{"code":100,"error":{"code":"x"},"data":{"videos":[]}}"#, Some("x")),
        (r#"{"code":100,"error":"no","data":{"videos":[]}}"#, None),
        (r#"{"error":{},"data":{"videos":[]}}"#, None),
        (r#"{"code":400545,"data":"of another type"}"#, Some("400545")),
        (r#"{"code":400545,"data":{"videos":[{"video_id":1}]}}"#, Some("400545")),
    ] {
        let (error, asked) = error(200, body).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Api, code), "{body}");
        assert_eq!(asked, 1);
    }
    for body in [
        r#"{"error":null,"data":{"videos":[]}}"#,
        r#"{"data":{"videos":[],"further":[{}]},"further":{"a":1}}"#,
        r#"{"code":"100","data":{"videos":[],"token":null,"total":null}}"#,
    ] {
        assert!(page(ApiVersion::V1, body).await.cursor().is_finished(), "{body}");
    }
}

#[tokio::test]
async fn a_body_that_was_cut_is_asked_for_again() {
    for body in
        ["", " \n", &PAGE[..1], &PAGE[..PAGE.len() / 2], PAGE.trim_end().strip_suffix('}').unwrap()]
    {
        let (error, asked) = error(200, body).await;
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Network, true));
        assert_eq!((asked, error.attempts()), (3, 3), "{body}");
    }
}

#[tokio::test]
async fn the_total_is_read_where_it_is_a_count() {
    for (total, read) in [
        ("7", Some(7)),
        (r#""7""#, Some(7)),
        (r#"" 7 ""#, Some(7)),
        ("null", None),
        ("-7", None),
        (r#""many""#, None),
        ("[]", None),
    ] {
        let server = MockServer::start_async().await;
        let body = format!(r#"{{"data":{{"videos":[],"total":{total}}}}}"#);
        server.mock_async(|_when, then| drop(then.status(200).body(&body))).await;
        let mut videos = mock_client(&server).videos().stream();
        assert!(videos.next().await.is_none());
        assert_eq!(videos.total(), read, "{total}");
    }
}
