//! Notices of the server: kept once in the client, and logged once.

use heygen_videos::ApiVersion;
use serde_json::json;

use crate::support::log::Lines;
use crate::support::mock::{MockApi, MockResponse, next_error, v1_page};
use crate::support::walk::ids;

const DAY: &str = "Sat, 31 Oct 2026 00:00:00 GMT";

#[tokio::test]
async fn deprecation_and_sunset_are_kept_and_logged_once_for_a_client() {
    let lines = Lines::keep();
    let page = |token| {
        MockResponse::ok(v1_page(&[token], Some(token)))
            .header("Deprecation", "true")
            .header("Sunset", DAY)
    };
    let last = MockResponse::ok(v1_page(&["c"], None)).header("sunset", DAY);
    let server = MockApi::with([page("a"), page("b"), last]).await;
    let client = server.client(ApiVersion::Auto);
    assert!(client.notices().is_empty());
    for _ in 0..2 {
        ids(&mut client.clone().videos().max_items(3).stream()).await;
    }
    let notice = format!("the server announces the end of /v1/video.list (Sunset: {DAY})");
    assert_eq!(client.notices(), [notice.as_str()]);
    let warnings = lines.with(" WARN ");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains(&notice), "{}", warnings[0]);
}

#[tokio::test]
async fn each_header_alone_is_a_notice_and_other_headers_are_not() {
    for (name, value, says) in [
        ("deprecation", "@1767225600", Some("/v3/videos deprecated (Deprecation: @1767225600)")),
        ("deprecation", "true", Some("(Deprecation: true)")),
        ("deprecation", "false", None),
        ("deprecation", "?0", None),
        ("deprecation", " ", None),
        ("sunset", "", None),
        ("sunset", "31 Dé 2026", Some("(Sunset: 31 Dé 2026)")),
        ("sunset", DAY, Some("the end of /v3/videos")),
        ("x-other", "true", None),
    ] {
        let answer = MockResponse::ok(r#"{"data":[]}"#).header(name, value);
        let server = MockApi::with([answer]).await;
        let client = server.client(ApiVersion::V3);
        ids(&mut client.videos().stream()).await;
        let notices = client.notices();
        assert_eq!(notices.len(), usize::from(says.is_some()), "{name}: {value}: {notices:?}");
        assert!(notices.iter().all(|notice| notice.contains(says.unwrap())), "{notices:?}");
    }
}

#[tokio::test]
async fn an_error_response_can_bring_a_notice_which_shows_no_secret() {
    let key = crate::support::mock::KEY;
    let answer = MockResponse::new(400, "").header("sunset", format!("{key}\u{9b} soon"));
    let server = MockApi::with([answer]).await;
    let client = server.client(ApiVersion::V1);
    next_error(&mut client.videos().stream(), "refused").await;
    let notices = client.notices();
    assert!(!notices.concat().contains(key), "{notices:?}");
}

#[tokio::test]
async fn a_server_that_never_repeats_a_notice_fills_no_memory() {
    let numbers = std::sync::atomic::AtomicU32::new(0);
    let server = MockApi::start(move |_| {
        let number = numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let page = json!({ "data": { "videos": [], "token": format!("t{number}") } });
        MockResponse::ok(page).header("sunset", format!("day {number}"))
    })
    .await;
    let client = server.client(ApiVersion::V1);
    // It ends at the limit of pages without a video.
    next_error(&mut client.videos().stream(), "endless").await;
    assert_eq!(client.notices().len(), 8);
}

#[tokio::test]
async fn the_warning_of_a_page_is_a_notice() {
    let lines = Lines::keep();
    let mut page = v1_page(&["a"], None);
    page["warning"] = json!({ "message": "Legacy\u{1b}[2J", "sunset_date": "2026-10-31" });
    let server = MockApi::with([MockResponse::ok(page)]).await;
    let client = server.client(ApiVersion::Auto);
    for _ in 0..2 {
        ids(&mut client.videos().stream()).await;
    }
    let notices = client.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    let says = "the server warns about /v1/video.list: Legacy\\u{1b}[2J (sunset_date 2026-10-31)";
    assert_eq!(notices[0], says);
    assert_eq!(lines.with(" WARN ").len(), 1);
}
