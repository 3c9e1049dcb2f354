//! Statuses and error codes: the kind of their error, whether it is retried, and its message.

use futures::StreamExt;
use heygen_videos::{ApiVersion, Error, ErrorKind};
use serde_json::{Value, json};

use crate::support::mock::{KEY, LAST, MockApi, MockResponse, error_of, next_error, v1_page};
use crate::support::walk::until_error;

const BOTH: [ApiVersion; 2] = [ApiVersion::V1, ApiVersion::V3];

/// The three shapes of an error body, with their code and message.
const SHAPES: [fn(Value, &str) -> Value; 3] = [
    |code, words| json!({ "code": code, "message": words }),
    |code, words| json!({ "data": null, "error": { "code": code, "message": "Refused", "detail": words } }),
    |code, words| json!({ "error": { "code": code, "message": words, "param": null, "doc_url": null } }),
];

/// How many requests the client sends for a transient error.
const RETRIED: usize = 3;

#[track_caller]
fn assert_error(
    (error, asked): (Error, usize),
    (kind, status): (ErrorKind, u16),
    code: Option<&str>,
    requests: usize,
    what: &str,
) {
    let retryable = requests > 1;
    assert_eq!((error.kind(), error.is_retryable()), (kind, retryable), "{what}: {error}");
    assert_eq!((error.status(), error.code()), (Some(status), code), "{what}: {error}");
    assert_eq!((error.attempts() as usize, asked), (requests, requests), "{what}: {error}");
    assert_eq!(error.retry_after(), None, "{what}: {error}");
    assert!(error.cursor().is_some(), "{what}: {error}");
}

#[tokio::test]
async fn every_status_has_its_kind_and_only_transient_ones_are_retried() {
    use ErrorKind::{Api, Decode, RateLimited, Redirect, Server, Unauthorized};
    for (status, kind, requests) in [
        (201, Decode, 1),
        (204, Decode, 1),
        (300, Redirect, 1),
        (304, Api, RETRIED),
        (400, Api, 1),
        (401, Unauthorized, 1),
        (402, Api, 1),
        (403, Unauthorized, 1),
        (404, Api, 1),
        (405, Api, 1),
        (406, Api, 1),
        (408, Api, RETRIED),
        (409, Api, 1),
        (410, Api, 1),
        (413, Api, 1),
        (418, Api, 1),
        (422, Api, 1),
        (425, Api, RETRIED),
        (429, RateLimited, RETRIED),
        (451, Api, 1),
        (499, Api, 1),
        (500, Server, RETRIED),
        (501, Server, 1),
        (502, Server, RETRIED),
        (503, Server, RETRIED),
        (504, Server, RETRIED),
        (505, Server, 1),
        (507, Server, RETRIED),
        (520, Server, RETRIED),
        (599, Server, RETRIED),
    ] {
        for api in BOTH {
            let bodies = match status {
                204 | 304 => vec![""],
                _ => vec!["", "<html>Bad</html>", "{}", "[]", "null", r#"{"code":"#, LAST],
            };
            for body in bodies {
                let found = error_of(api, MockResponse::new(status, body)).await;
                let what = format!("{api}: {status} {body:?}");
                assert!(
                    !found.0.to_string().contains("html"),
                    "{what}: no part of a body is shown"
                );
                assert_error(found, (kind, status), None, requests, &what);
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_code_is_kept_and_the_status_decides_the_kind() {
    for (status, kind, requests) in [
        (200, ErrorKind::Api, 1),
        (400, ErrorKind::Api, 1),
        (401, ErrorKind::Unauthorized, 1),
        (403, ErrorKind::Unauthorized, 1),
        (408, ErrorKind::Api, RETRIED),
        (429, ErrorKind::RateLimited, RETRIED),
        (503, ErrorKind::Server, RETRIED),
    ] {
        for shape in SHAPES {
            for (code, kept) in [(json!(999), "999"), (json!("999"), "999"), (json!("odd"), "odd")]
            {
                let body = shape(code, "plain words");
                let found = error_of(ApiVersion::V1, MockResponse::new(status, &body)).await;
                let shown = found.0.to_string();
                assert!(shown.contains(&format!("HTTP {status}, code {kept}")), "{body}: {shown}");
                assert!(shown.ends_with(": plain words"), "{body}: {shown}");
                let tries = shown.contains(" after 3 attempts: ");
                assert_eq!(tries, requests > 1, "{body}: {shown}");
                assert_error(found, (kind, status), Some(kept), requests, &body.to_string());
            }
        }
    }
}

#[tokio::test]
async fn a_known_code_decides_the_kind_before_the_status() {
    use ErrorKind::{Api, RateLimited, Server, Unauthorized};
    let codes = [
        (
            Unauthorized,
            1,
            &[
                "40009",
                "400101",
                "400112",
                "401056",
                "401057",
                "unauthorized",
                "400561",
                "400562",
                "400573",
                "400599",
                "400631",
                "forbidden",
                "resource_access_denied",
            ][..],
        ),
        (RateLimited, RETRIED, &["400140", "rate_limit_exceeded"]),
        (Server, RETRIED, &["internal_error", "500", "503", "599"]),
        (Api, 1, &["40001", "40012", "400175"]),
    ];
    for (kind, requests, codes) in codes {
        for code in codes {
            // By their status these would be errors of another kind.
            let other = if kind == Server { 400 } else { 500 };
            for (api, status) in BOTH.into_iter().zip([200, other]) {
                for shape in SHAPES {
                    for sent in [Some(json!(code)), code.parse::<u32>().ok().map(|n| json!(n))] {
                        let Some(sent) = sent else { continue };
                        let body = shape(sent, "x");
                        let found = error_of(api, MockResponse::new(status, &body)).await;
                        let what = format!("{status} {body}");
                        assert_error(found, (kind, status), Some(code), requests, &what);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_detail_is_added_to_the_message() {
    let error = json!({ "code": 400140, "message": "Exceed rate limit", "detail": "Daily limit" });
    let answer = MockResponse::new(429, json!({ "data": null, "error": error }));
    let (error, _) = error_of(ApiVersion::V1, answer).await;
    assert_eq!(
        error.to_string(),
        "rate limited (HTTP 429, code 400140) after 3 attempts: Exceed rate limit: Daily limit"
    );
}

#[tokio::test]
async fn the_message_is_read_from_every_known_field() {
    for (body, words) in [
        (r#"{"code":1,"message":"new","msg":"old"}"#, "new"),
        (r#"{"code":1,"message":null,"msg":"old"}"#, "old"),
        (r#"{"code":1,"message":"","msg":"old"}"#, "old"),
        (r#"{"code":1,"error":"a text"}"#, "a text"),
        (r#"{"code":1,"error":{"detail":"only this"}}"#, "only this"),
        (r#"{"code":1,"error":{"message":"inner","detail":null},"message":"x"}"#, "inner"),
        (r#"{"code":1,"error":{"message":"inner","detail":"more"}}"#, "inner: more"),
    ] {
        for status in [200, 400] {
            let (error, _) = error_of(ApiVersion::V1, MockResponse::new(status, body)).await;
            let expected = format!("refused by the API (HTTP {status}, code 1): {words}");
            assert_eq!(error.to_string(), expected, "{body}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let target = MockApi::with([MockResponse::ok(LAST)]).await;
    for status in [301, 302, 303, 307, 308] {
        for api in BOTH {
            let answer =
                MockResponse::new(status, LAST).header("location", target.url("/v1/video.list"));
            let found = error_of(api, answer).await;
            assert!(found.0.to_string().contains("base URL"), "{}", found.0);
            assert_error(found, (ErrorKind::Redirect, status), None, 1, "a redirect");
        }
    }
    target.assert_requests(0, "a redirect was followed");
}

#[tokio::test]
async fn a_message_is_shown_on_one_line_with_at_most_200_characters() {
    let message = |shown: &str| shown.split_once(": ").unwrap().1.to_owned();
    for shape in SHAPES {
        let body = shape(json!(9), "a\nb\r\u{1b}[31m\u{0}\u{7f}\u{85}\u{202e}z");
        let (error, _) = error_of(ApiVersion::V1, MockResponse::new(400, body)).await;
        let shown = error.to_string();
        assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?}");
        assert!(shown.ends_with("a\\nb\\r\\u{1b}[31m\\u{0}\\u{7f}\\u{85}\\u{202e}z"), "{shown:?}");

        for long in ["x".repeat(10_000), "é🎬".repeat(5_000)] {
            let (error, _) =
                error_of(ApiVersion::V1, MockResponse::new(400, shape(json!(9), &long))).await;
            let message = message(&error.to_string());
            assert_eq!(message.chars().count(), 201, "{message}");
            assert!(message.ends_with('…'), "{message}");
        }
        let just = "é".repeat(180);
        let (error, _) =
            error_of(ApiVersion::V1, MockResponse::new(400, shape(json!(9), &just))).await;
        assert!(error.to_string().ends_with(&just), "the limit counts characters, not bytes");
    }
    let body = json!({ "code": "c\u{1b}".repeat(5_000), "message": "x" });
    let (error, _) = error_of(ApiVersion::V1, MockResponse::new(400, body)).await;
    let code = error.code().unwrap();
    assert!(code.chars().count() < 1_000 && !code.contains('\u{1b}'), "{code}");
}

#[tokio::test]
async fn a_key_or_token_in_an_api_message_is_redacted() {
    const TOKEN: &str = "fgTz+/secret==";
    for shape in SHAPES {
        let echo = format!("{KEY} {TOKEN} fgTz%2B%2Fsecret%3D%3D of {KEY}");
        let pages = [
            MockResponse::ok(v1_page(&["a"], Some(TOKEN))),
            MockResponse::new(400, shape(json!(format!("c-{KEY}")), &echo)),
        ];
        let server = MockApi::with(pages).await;
        let mut videos = server.client(ApiVersion::V1).videos().stream();
        let (_, error) = until_error(&mut videos).await;
        let shown = error.to_string();
        assert!(shown.ends_with("[redacted] [redacted] [redacted] of [redacted]"), "{shown}");
        assert_eq!(error.code(), Some("c-[redacted]"));
        for secret in [KEY, TOKEN, "secret"] {
            assert!(!format!("{error} {error:?} {videos:?}").contains(secret), "{error:?}");
        }
    }
    // Without a token, in the response to the first request.
    let body = json!({ "code": 9, "message": format!("no such key: {KEY}") });
    let server = MockApi::with([MockResponse::new(401, body)]).await;
    let mut videos = server.client(ApiVersion::V1).videos().stream();
    let error = next_error(&mut videos, "refused").await;
    assert!(error.to_string().ends_with("no such key: [redacted]"), "{error}");
    assert!(videos.next().await.is_none());
}
