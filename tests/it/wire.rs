//! The bodies in `wire/`, as the API sends them, decoded whole; and bodies of v1 that are no page.

use std::time::UNIX_EPOCH;

use heygen_videos::{ApiVersion, Error, ErrorKind, Page, Video, VideoStatus, VideoType};
use serde_json::{Value, json};

use crate::support::walk::answer;

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

/// The known fields in the order of the API's page, statuses and types as their words.
type Fields<'a> =
    (&'a str, Option<&'a str>, Option<&'a str>, Option<i64>, Option<&'a str>, [Option<&'a str>; 2]);

fn fields(video: &Video) -> Fields<'_> {
    (
        &video.video_id,
        video.status.as_ref().map(VideoStatus::as_str),
        video.video_title.as_deref(),
        video.created_at,
        video.video_type.as_ref().map(VideoType::as_str),
        [video.folder_id.as_deref(), video.folder()],
    )
}

#[track_caller]
fn every_field_is(page: &Page, expected: &[Fields<'_>]) {
    assert_eq!(page.videos.iter().map(fields).collect::<Vec<_>>(), expected);
    for video in &page.videos {
        assert_eq!(video.is_completed(), video.status == Some(VideoStatus::Completed));
        let created = video.created().map(|at| at.duration_since(UNIX_EPOCH).unwrap().as_secs());
        assert_eq!(created, video.created_at.map(|seconds| seconds as u64));
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
    let (completed, title, generated) = (Some("completed"), Some("My Title"), Some("GENERATED"));
    let folder = Some("32c8d8a0632d40949dffb60c557dc6ea");
    every_field_is(
        &page,
        &[
            (
                "852adc6r4h584f409112337c1677a90a",
                completed,
                title,
                Some(1_759_560_467),
                generated,
                [Some("null"), None],
            ),
            (
                "6a7647a385fc40f6a84db29ac4131n46",
                completed,
                title,
                Some(1_759_734_824),
                generated,
                [folder, folder],
            ),
        ],
    );
    assert_eq!(page.videos[0].status, Some(VideoStatus::Completed));
    assert_eq!(page.videos[0].video_type, Some(VideoType::Generated));
    assert!(page.videos.iter().all(|video| video.extra.is_empty()));
    let received: Value = serde_json::from_str(PAGE).unwrap();
    give_back_what_was_received(&page, &received["data"]["videos"]);
}

#[tokio::test]
async fn the_last_page_ends_the_listing() {
    let page = page(ApiVersion::V1, LAST).await;
    assert!(page.cursor().is_finished());
    assert_eq!(page.total, Some(5));
    let title = Some("My Title");
    let (made, none) = (Some("GENERATED"), [None, None]);
    let id = |n: u8| format!("{n:032}");
    let [id1, id2, id3, id4, id5] = [1, 2, 3, 4, 5].map(id);
    every_field_is(
        &page,
        &[
            (&id1, Some("completed"), title, Some(1_759_560_466), made, none),
            (&id2, Some("processing"), title, Some(1_759_560_465), made, none),
            (&id3, Some("failed"), title, Some(1_759_560_464), made, none),
            (&id4, Some("draft"), title, Some(1_759_560_463), made, none),
            (&id5, Some("completed"), title, Some(1_759_560_462), Some("TRANSLATED"), none),
        ],
    );
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
    let (completed, title, made) = (Some("completed"), Some("My Title"), Some("GENERATED"));
    let [id1, id2, id3] = [1, 2, 3].map(|n: u8| format!("{n:032}"));
    every_field_is(
        &page,
        &[
            (&id1, completed, title, Some(1_759_560_467), made, [Some(""), None]),
            (&id2, completed, None, Some(1_759_560_466), made, [None, None]),
            (&id3, Some("a_new_word"), title, None, None, [None, None]),
            ("only-an-id", None, None, None, None, [None, None]),
        ],
    );
    assert_eq!(page.videos[2].status, Some(VideoStatus::Unknown("a_new_word".into())));
    let extra: Vec<_> = page.videos.iter().map(|video| Value::from(video.extra.clone())).collect();
    let kept = json!({ "duration": 12.5, "nested": { "a": [1] } });
    assert_eq!(extra, [json!({}), json!({}), kept, json!({})]);
    let received: Value = serde_json::from_str(ODD).unwrap();
    give_back_what_was_received(&page, &received["data"]["videos"]);
}

#[tokio::test]
async fn a_page_of_v3_is_read_and_written_with_the_names_of_v1() {
    let page = page(ApiVersion::V3, V3).await;
    assert_eq!(page.total, None);
    assert!(!page.cursor().is_finished());
    let (title, created) = (Some("Onboarding intro"), Some(1_711_382_400));
    every_field_is(
        &page,
        &[
            ("v_123", Some("completed"), title, created, None, [None, None]),
            ("v_122", Some("failed"), None, None, None, [None, None]),
        ],
    );
    let names = |video: &Video| video.extra.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&page.videos[0]),
        ["completed_at", "duration", "thumbnail_url", "video_page_url", "video_url"]
    );
    assert_eq!(names(&page.videos[1]), ["failure_code", "failure_message"]);
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
