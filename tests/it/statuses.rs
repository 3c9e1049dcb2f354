//! Which error each status and code of the API becomes, what is shown of it, and whether it is tried
//! again.

use heygen_videos::{ApiVersion, ErrorKind};
use serde_json::{Value, json};

use crate::support::walk::error_of as error;

#[tokio::test]
async fn every_status_has_its_kind_and_its_number_of_attempts() {
    for (status, kind, attempts) in [
        (301, ErrorKind::Redirect, 1),
        (302, ErrorKind::Redirect, 1),
        (304, ErrorKind::Redirect, 1),
        (307, ErrorKind::Redirect, 1),
        (400, ErrorKind::Api, 1),
        (401, ErrorKind::Unauthorized, 1),
        (402, ErrorKind::Api, 1),
        (403, ErrorKind::Unauthorized, 1),
        (404, ErrorKind::Api, 1),
        (408, ErrorKind::Api, 3),
        (410, ErrorKind::Api, 1),
        (422, ErrorKind::Api, 1),
        (429, ErrorKind::RateLimited, 3),
        (500, ErrorKind::Server, 3),
        (501, ErrorKind::Server, 1),
        (502, ErrorKind::Server, 3),
        (503, ErrorKind::Server, 3),
        (504, ErrorKind::Server, 3),
        (505, ErrorKind::Server, 1),
    ] {
        let (error, asked) = error(ApiVersion::V1, status, &[], "<html>").await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!((asked, error.attempts()), (attempts, attempts as u32), "{status}");
        assert_eq!(error.is_retryable(), attempts > 1, "{status}");
        assert_eq!((error.code(), error.retry_after()), (None, None));
        assert!(!error.to_string().contains("<html>"));
    }
}

#[tokio::test]
async fn every_documented_code_decides_the_kind_in_every_shape_of_a_body() {
    let unauthorized = "40009 400101 400112 401056 401057 unauthorized 400561 400562 400573 400599 400631 \
         forbidden resource_access_denied";
    for (codes, kind) in [
        (unauthorized, ErrorKind::Unauthorized),
        ("400140 rate_limit_exceeded", ErrorKind::RateLimited),
        ("40001 40012 400175", ErrorKind::Api),
    ] {
        for code in codes.split_whitespace() {
            let number = code.bytes().all(|byte| byte.is_ascii_digit());
            let quoted = format!("\"{code}\"");
            let written = if number { code } else { quoted.as_str() };
            for (status, body) in [
                (400, format!(r#"{{"code":{written},"message":"why"}}"#)),
                (500, format!(r#"{{"code":{quoted},"message":"why"}}"#)),
                (200, format!(r#"{{"data":null,"error":{{"code":{written},"message":"why"}}}}"#)),
                (404, format!(r#"{{"error":{{"code":{quoted},"message":"why","doc_url":null}}}}"#)),
            ] {
                let (error, asked) = error(ApiVersion::V3, status, &[], &body).await;
                assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{status} {body}");
                let text = error.to_string();
                assert!(text.contains(code) && text.contains("why"), "{text}");
                let again = kind == ErrorKind::RateLimited;
                assert_eq!((error.is_retryable(), asked), (again, if again { 3 } else { 1 }));
            }
        }
    }
}

/// The three shapes of an error body, in which a code and a message stand.
const SHAPES: [fn(Value, &str) -> Value; 3] = [
    |code, message| json!({ "code": code, "message": message }),
    |code, message| json!({ "data": null, "error": { "code": code, "message": message } }),
    |code, message| json!({ "error": { "code": code, "message": message, "param": null, "doc_url": null } }),
];

#[tokio::test]
async fn an_unknown_code_is_kept_and_the_status_decides() {
    for (status, kind, attempts) in [
        (200, ErrorKind::Api, 1),
        (400, ErrorKind::Api, 1),
        (401, ErrorKind::Unauthorized, 1),
        (403, ErrorKind::Unauthorized, 1),
        (404, ErrorKind::Api, 1),
        (408, ErrorKind::Api, 3),
        (429, ErrorKind::RateLimited, 3),
        (501, ErrorKind::Server, 1),
        (503, ErrorKind::Server, 3),
    ] {
        for (shape, code) in SHAPES.into_iter().zip([json!(999), json!("999"), json!(999)]) {
            for api in [ApiVersion::V1, ApiVersion::V3] {
                let body = shape(code.clone(), "plain words").to_string();
                let (error, asked) = error(api, status, &[], &body).await;
                assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{body}");
                assert_eq!((error.code(), error.is_retryable()), (Some("999"), attempts > 1));
                assert_eq!((asked, error.attempts()), (attempts, attempts as u32), "{body}");
                let text = error.to_string();
                assert!(text.contains(&format!("HTTP {status}, code 999")), "{text}");
                assert!(text.contains(": plain words"), "{text}");
                assert_eq!(text.contains("after 3 attempts"), attempts == 3, "{text}");
                assert!(error.cursor().is_some_and(|cursor| !cursor.is_finished()));
            }
        }
    }
}

#[tokio::test]
async fn the_words_are_taken_from_wherever_the_body_has_them() {
    for (body, words) in [
        (r#"{"code":1,"message":"new","msg":"old"}"#, "new"),
        (r#"{"code":1,"message":null,"msg":"old"}"#, "old"),
        (r#"{"code":1,"message":"","msg":"old"}"#, "old"),
        (r#"{"code":1,"error":"a text"}"#, "a text"),
        (r#"{"code":1,"error":{"detail":"only this"}}"#, "only this"),
        (r#"{"code":1,"error":{"message":"outer","detail":null},"message":"x"}"#, "outer"),
    ] {
        for status in [200, 400] {
            let (error, _) = error(ApiVersion::V1, status, &[], body).await;
            let expected = format!("refused by the API (HTTP {status}, code 1): {words}");
            assert_eq!(error.to_string(), expected, "{body}");
        }
    }
}

#[tokio::test]
async fn a_detail_says_more_than_the_message() {
    let body = r#"{"data":null,"error":{"code":400140,"message":"Exceed rate limit","detail":"Daily rate limit exceeded"}}"#;
    let (error, _) = error(ApiVersion::V1, 429, &[], body).await;
    assert_eq!(
        error.to_string(),
        "rate limited (HTTP 429, code 400140) after 3 attempts: Exceed rate limit: Daily rate \
         limit exceeded"
    );
}

#[tokio::test]
async fn a_message_is_escaped_and_cut() {
    let odd = "a\r\nb\u{1b}[31m\0\u{7f}\u{85}\u{202e}";
    let shown = r"a\r\nb\u{1b}[31m\u{0}\u{7f}\u{85}\u{202e}";
    for shape in SHAPES {
        let message = |message: &str| shape(json!(7), message).to_string();
        let (found, _) = error(ApiVersion::V1, 400, &[], &message(odd)).await;
        assert_eq!(found.to_string(), format!("refused by the API (HTTP 400, code 7): {shown}"));
        for (long, kept) in [
            ("é".repeat(200), "é".repeat(200)),
            ("é".repeat(201), format!("{}…", "é".repeat(200))),
            ("x".repeat(10_000), format!("{}…", "x".repeat(200))),
            (
                format!("{}{}", "\u{1F3AC}".repeat(200), odd),
                format!("{}…", "\u{1F3AC}".repeat(200)),
            ),
        ] {
            let (found, _) = error(ApiVersion::V1, 400, &[], &message(&long)).await;
            let text = found.to_string();
            assert!(text.ends_with(&format!(": {kept}")), "{text}");
        }
    }
    let body = json!({ "code": "c\u{1b}".repeat(5_000), "message": "x" }).to_string();
    let (error, _) = error(ApiVersion::V1, 400, &[], &body).await;
    let code = error.code().unwrap();
    assert!(code.chars().count() < 1_000 && !code.contains('\u{1b}'), "{code}");
}

#[tokio::test]
async fn a_missing_v1_names_the_way_out_and_a_missing_v3_does_not() {
    for status in [404, 410] {
        let (error, _) = error(ApiVersion::V1, status, &[], r#"{"code":1,"message":"gone"}"#).await;
        let text = error.to_string();
        assert!(text.contains("gone; HeyGen announced v1 as supported until 2026-10-31"), "{text}");
        assert!(text.contains("ApiVersion::V3"), "{text}");
    }
    let (error, _) = error(ApiVersion::V3, 404, &[], "").await;
    assert!(!error.to_string().contains("v1"), "{error}");
}
