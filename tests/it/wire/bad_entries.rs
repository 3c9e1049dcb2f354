//! Entries of a page that are not videos: named by the error, or left out.

use futures::{StreamExt, TryStreamExt};
use heygen_videos::{ApiVersion, Cursor, ErrorKind, Malformed};

use crate::support::log::Log;
use crate::support::mock::{MockApi, MockResponse, next_error};
use crate::support::walk::{eventually, ids, within};

const VERSIONS: [ApiVersion; 2] = [ApiVersion::V1, ApiVersion::V3];

/// Entries that are not videos, and what the error says about them. `ID` stands for the name
/// that the version under test has for the id.
const BAD: [(&str, &str); 14] = [
    ("null", "is not an object"),
    ("7", "is not an object"),
    (r#""quoted""#, "is not an object"),
    (r#"["quoted"]"#, "is not an object"),
    ("{}", "has no id"),
    (r#"{"title":"quoted"}"#, "has no id"),
    (r#"{"ID":null,"x":"quoted"}"#, "has null for its id"),
    (r#"{"ID":""}"#, "has an empty id"),
    (r#"{"ID":7}"#, "(video_id 7) has an id that is not a string"),
    (r#"{"ID":1e999}"#, "(video_id 1e999) has an id that is not a string"),
    (r#"{"ID":["quoted"]}"#, "has an id that is not a string"),
    (r#"{"ID":true}"#, "has an id that is not a string"),
    (r#"{"ID":"a\ud83d"}"#, "half a surrogate pair in its id"),
    (r#"{"ID":"a","x\ud83d":1,"ID":"\ud83d"}"#, "half a surrogate pair in its id"),
];

/// Entries whose other fields are as odd as JSON allows. They are videos.
const ODD: [&str; 9] = [
    r#"{"ID":"odd","duration":1e999}"#,
    r#"{"ID":"odd","created_at":1e999}"#,
    r#"{"ID":"odd","created_at":[1e999]}"#,
    r#"{"ID":"odd","status":-1E-999,"type":{},"folder_id":[[]]}"#,
    r#"{"ID":7,"ID":"odd"}"#,
    r#"{"ID":"odd","x":"\ud83d"}"#,
    r#"{"ID":"odd","x\ud83d":{"y\ud83d":"\ude00"}}"#,
    r#"{"ID":"odd","type":"\ud83d"}"#,
    r#"{"ID":"odd","x":123456789012345678901234567890.123456789}"#,
];

/// A page of these entries.
fn page(api: ApiVersion, entries: &[String], token: Option<&str>) -> String {
    let token = token.map_or("null".into(), |token| format!("\"{token}\""));
    let entries = entries.join(",\n");
    match api {
        ApiVersion::V3 => format!(r#"{{"data":[{entries}],"next_token":{token}}}"#),
        _ => format!(r#"{{"code":100,"data":{{"videos":[{entries}],"token":{token}}}}}"#),
    }
}

fn id_name(api: ApiVersion) -> &'static str {
    if api == ApiVersion::V3 { "id" } else { "video_id" }
}

/// The entry with the name that this version has for the id.
fn named(api: ApiVersion, entry: &str) -> String {
    entry.replace("ID", id_name(api))
}

fn good(api: ApiVersion, id: &str) -> String {
    named(api, &format!(r#"{{"ID":"{id}"}}"#))
}

#[tokio::test]
async fn promise_18_a_bad_entry_fails_its_page_with_its_index_and_its_id() {
    for api in VERSIONS {
        for (bad, says) in BAD {
            let entries = [good(api, "b"), good(api, "c"), named(api, bad), good(api, "d")];
            let bodies = [page(api, &[good(api, "a")], Some("t")), page(api, &entries, Some("u"))];
            let server = MockApi::with(bodies.map(MockResponse::ok)).await;
            let mut videos = server.client(api).videos().stream();
            assert_eq!(within(videos.next()).await.unwrap().unwrap().video_id, "a");
            let error = next_error(&mut videos, bad).await;
            let shown = error.to_string();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{bad}: {shown}");
            assert!(shown.contains("entry 2 of the page "), "{bad}: {shown}");
            assert!(shown.contains(says), "{bad}: {shown}");
            assert!(shown.contains("malformed(Malformed::Skip)"), "{bad}: {shown}");
            assert!(!format!("{shown} {error:?}").contains("quoted"), "{bad}: {error:?}");
            assert_eq!(videos.stats().skipped, 0);
        }
    }
}

#[tokio::test]
async fn promise_18_the_token_of_a_page_with_a_bad_entry_stays_usable() {
    for api in VERSIONS {
        let bad = MockResponse::ok(page(api, &[good(api, "b"), "null".into()], Some("u")));
        let first = MockResponse::ok(page(api, &[good(api, "a")], Some("t")));
        let last = MockResponse::ok(page(api, &[good(api, "c")], None));
        let server = MockApi::start(move |request| match request.token().as_deref() {
            None => first.clone(),
            Some("t") => bad.clone(),
            _ => last.clone(),
        })
        .await;
        let mut videos = server.client(api).videos().stream();
        within(videos.next()).await.unwrap().unwrap();
        let error = next_error(&mut videos, "a bad entry").await;
        let cursor: Cursor = error.cursor().unwrap().to_string().parse().unwrap();

        let query = server.client(api).videos().resume_from(cursor).malformed(Malformed::Skip);
        let mut rest = query.stream();
        assert_eq!(ids(&mut rest).await, ["b", "c"]);
        assert_eq!(rest.stats().skipped, 1);
    }
}

#[tokio::test]
async fn promise_18_with_skip_bad_entries_are_left_out_counted_and_logged() {
    let log = Log::keep();
    for api in VERSIONS {
        let bad = BAD.map(|(entry, _)| named(api, entry));
        let mut entries = vec![good(api, "first")];
        entries.extend(bad.iter().cloned());
        entries.push(good(api, "last"));
        let bodies =
            [page(api, &entries, Some("t")), page(api, &bad, Some("u")), page(api, &[], None)];
        let server = MockApi::with(bodies.map(MockResponse::ok)).await;
        let mut videos = server.client(api).videos().malformed(Malformed::Skip).stream();
        assert_eq!(ids(&mut videos).await, ["first", "last"]);
        assert_eq!(videos.stats().skipped, 2 * BAD.len() as u64);
        assert_eq!((videos.stats().requests, videos.stats().retries), (3, 0));
    }
    let said = "left out entries that are not videos entries=14 \
                first=\"entry 1 of the page is not an object\"";
    assert!(log.text().contains(said));
}

#[tokio::test]
async fn promise_18_bad_entries_of_a_page_that_a_rearmed_stream_asks_for_again_count_once() {
    for api in VERSIONS {
        let entries = |id| [good(api, id), "null".into(), "7".into()];
        // The second page leads to itself, so its token is refused.
        let bodies = [("a", "t"), ("b", "t"), ("b", "t"), ("b", "u")];
        let bodies = bodies.map(|(id, token)| page(api, &entries(id), Some(token)));
        let last = page(api, &entries("c"), None);
        let server = MockApi::with(bodies.into_iter().chain([last]).map(MockResponse::ok)).await;
        let mut videos = server.client(api).videos().malformed(Malformed::Skip).stream();
        let mut got = Vec::new();
        while let Some(item) = within(videos.next()).await {
            match item {
                Ok(video) => got.push(video.video_id),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Pagination, "{error}");
                    assert_eq!(videos.stats().skipped, 4);
                    assert!(videos.rearm());
                }
            }
        }
        let stats = videos.stats();
        assert_eq!((got.join(""), stats.pages, stats.skipped), ("abc".into(), 5, 6));
    }
}

#[tokio::test]
async fn promise_18_bad_entries_of_a_page_count_when_the_page_reaches_the_stream() {
    for api in VERSIONS {
        let entries = |id| [good(api, id), "null".into()];
        let bodies = [("a", Some("t")), ("b", Some("u")), ("c", None)];
        let bodies = bodies.map(|(id, token)| MockResponse::ok(page(api, &entries(id), token)));
        let server = MockApi::with(bodies).await;
        let query = server.client(api).videos().malformed(Malformed::Skip).read_ahead(2);
        let mut videos = query.stream();
        for pages in 1..=3 {
            within(videos.next()).await.unwrap().unwrap();
            eventually(|| server.requests().len() == 3).await;
            let stats = videos.stats();
            assert_eq!((stats.pages, stats.skipped), (pages, pages));
        }
    }
}

#[tokio::test]
async fn an_invalid_value_of_another_field_never_makes_an_entry_bad() {
    for api in VERSIONS {
        for depth in [128, 129, 10_000] {
            let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let deep = ["x", "status", "created_at"]
                .map(|name| format!(r#"{{"ID":"odd","{name}":{deep}}}"#));
            for odd in ODD.into_iter().map(Into::into).chain(deep) {
                let entries = [good(api, "a"), named(api, &odd), good(api, "b")];
                let server = MockApi::with([MockResponse::ok(page(api, &entries, None))]).await;
                for malformed in [Malformed::Fail, Malformed::Skip] {
                    let mut videos = server.client(api).videos().malformed(malformed).stream();
                    assert_eq!(ids(&mut videos).await, ["a", "odd", "b"], "{odd:.200}");
                    assert_eq!(videos.stats().skipped, 0, "{odd:.200}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_page_without_a_usable_token_fails_even_if_bad_entries_are_left_out() {
    for token in [r"\ud83d", r"t\ude00"] {
        for api in VERSIONS {
            let body = page(api, &[good(api, "a"), "7".into()], Some(token));
            let server = MockApi::with([MockResponse::ok(body)]).await;
            let mut videos = server.client(api).videos().malformed(Malformed::Skip).stream();
            let error = next_error(&mut videos, token).await;
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(error.to_string().contains("half a surrogate pair in the token"), "{error}");
        }
    }
}

#[tokio::test]
async fn invalid_json_within_an_entry_is_not_left_out() {
    for odd in [r#"{"ID":"a","x":}"#, r#"{"ID":"a" "x":1}"#, r#"{"ID":"a","x":01}"#, "nul", "{]"] {
        for api in VERSIONS {
            let body = page(api, &[named(api, odd), good(api, "b")], None);
            let server = MockApi::with([MockResponse::ok(body)]).await;
            let query = server.client(api).videos().malformed(Malformed::Skip);
            let error = query.stream().try_collect::<Vec<_>>().await.unwrap_err();
            assert!(error.to_string().contains("invalid JSON at line"), "{odd}: {error}");
        }
    }
}
