//! What the text and the log say about the end of v1, and what they never do.

use heygen_videos::ApiVersion;
use heygen_videos::simulator::Simulator;

use crate::support::log::Lines;
use crate::support::mock::{MockApi, MockResponse, error_of, next_error, v1_page};
use crate::support::walk::{ids, start, until_error};

#[tokio::test]
async fn a_change_to_v3_is_one_warning_for_a_client() {
    let lines = Lines::keep();
    let simulator = start(Simulator::builder().videos(30).v1_gone(410)).await;
    let client = simulator.client();
    for _ in 0..3 {
        ids(&mut client.clone().videos().page_size(10).stream()).await;
    }
    let warnings = lines.with(" WARN ");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    for part in ["uses v3 from now on", "may list other videos than v1 did", "status=410"] {
        assert!(warnings[0].contains(part), "{part}: {}", warnings[0]);
    }
}

#[tokio::test]
async fn only_a_refusal_without_a_code_suggests_that_v1_has_ended() {
    let not_found = || MockResponse::new(404, r#"{"code":400545,"message":"Folder not found"}"#);
    for (api, answer, names) in [
        (ApiVersion::V1, MockResponse::new(404, ""), true),
        (ApiVersion::V1, MockResponse::new(410, "<html>"), true),
        (ApiVersion::V1, MockResponse::new(404, r#"{"message":"Not here"}"#), true),
        (ApiVersion::V1, not_found(), false),
        (ApiVersion::V1, MockResponse::new(403, ""), false),
        (ApiVersion::V3, MockResponse::new(404, ""), false),
        (ApiVersion::V3, MockResponse::new(410, r#"{"error":{"code":"gone"}}"#), false),
        // It asked v3 as well, which refused the same.
        (ApiVersion::Auto, MockResponse::new(404, ""), false),
        (ApiVersion::Auto, not_found(), false),
    ] {
        let what = format!("{api}, {answer:?}");
        let (error, _) = error_of(api, answer).await;
        let shown = error.to_string();
        assert_eq!(shown.contains("2026-10-31"), names, "{what}: {shown}");
        assert!(!shown.contains("ApiVersion") && !shown.contains("v3"), "{what}: {shown}");
    }
}

#[tokio::test]
async fn a_refused_folder_or_token_is_never_blamed_on_the_end_of_v1() {
    for status in [404, 410] {
        let server = MockApi::with([MockResponse::new(status, r#"{"message":"no"}"#)]).await;
        let client = server.client(ApiVersion::V1);
        for query in [client.videos().folder_id("f"), client.videos().title("t")] {
            let shown = next_error(&mut query.stream(), "filtered").await.to_string();
            assert!(!shown.contains("2026"), "{shown}");
        }
        let first = MockResponse::ok(v1_page(&["a"], Some("t")));
        let server = MockApi::with([first, MockResponse::new(status, "")]).await;
        let mut videos = server.client(ApiVersion::V1).videos().stream();
        let (_, error) = until_error(&mut videos).await;
        let cursor = error.cursor().unwrap().clone();
        let resumed = server.client(ApiVersion::V1).videos().resume_from(cursor);
        for error in [error, next_error(&mut resumed.stream(), "resumed").await] {
            assert!(!error.to_string().contains("2026"), "{error}");
        }
    }
}
