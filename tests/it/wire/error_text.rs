//! What an error shows: the request id, the body's type and length, and nothing that is secret.

use heygen_videos::{ApiVersion, Error, ErrorKind};

use crate::support::mock::{KEY, LAST, MockResponse, error_of};

const BOTH: [ApiVersion; 2] = [ApiVersion::V1, ApiVersion::V3];

#[tokio::test]
async fn the_request_id_is_kept_and_shown_with_status_and_code() {
    for api in BOTH {
        for (status, body) in [
            (200, "<html>"),
            (200, r#"{"code":9,"message":"m"}"#),
            (200, ""),
            (204, ""),
            (301, ""),
            (400, r#"{"code":9,"message":"m"}"#),
            (401, "<html>"),
            (503, ""),
        ] {
            let answer = MockResponse::new(status, body).header("X-Request-Id", " 7f3a-b ");
            let (error, _) = error_of(api, answer).await;
            assert_eq!(error.request_id(), Some("7f3a-b"), "{status} {body}: {error:?}");
            assert!(error.to_string().contains("request 7f3a-b)"), "{error}");
            assert_eq!(error.clone().to_string(), error.to_string());
        }
    }
    let answer = MockResponse::new(400, r#"{"code":9,"message":"m"}"#).header("x-request-id", "r");
    let (error, _) = error_of(ApiVersion::V1, answer).await;
    assert_eq!(error.to_string(), "refused by the API (HTTP 400, code 9, request r): m");
    let (error, _) = error_of(ApiVersion::V1, MockResponse::new(400, "")).await;
    assert_eq!((error.request_id(), &*error.to_string()), (None, "refused by the API (HTTP 400)"));
}

#[tokio::test]
async fn a_request_id_shows_no_secret_and_no_control_character() {
    for (id, kept) in [
        (format!("{KEY}-1"), Some("[redacted]-1".to_owned())),
        ("x".repeat(1_000), Some(format!("{}…", "x".repeat(200)))),
        (" ".to_owned(), None),
    ] {
        let answer = MockResponse::new(400, "").header("x-request-id", id);
        let (error, _) = error_of(ApiVersion::V1, answer).await;
        assert_eq!(error.request_id().map(str::to_owned), kept);
    }
}

/// The error of a response whose body is not JSON.
async fn error_with(status: u16, body: &str, content_type: &str) -> Error {
    let answer = MockResponse::new(status, body).header("content-type", content_type);
    error_of(ApiVersion::V3, answer).await.0
}

#[tokio::test]
async fn the_type_and_the_length_of_a_body_that_is_not_json_are_shown() {
    let html = "<html>sign in: secret</html>";
    for status in [200, 404, 401, 403, 502] {
        let error = error_with(status, html, "text/html; charset=utf-8; x=secret").await;
        let shown = error.to_string();
        assert!(shown.contains("28 bytes of text/html"), "{shown}");
        assert!(!format!("{shown} {error:?}").contains("secret"), "{error:?}");
    }
    let error = error_with(404, html, "").await;
    assert!(error.to_string().ends_with("28 bytes without a content type"), "{error}");
    let error = error_with(200, "{}", "application/json").await;
    assert!(
        error.to_string().ends_with("no array 'data', in 2 bytes of application/json"),
        "{error}"
    );
    let error = error_with(404, "", "text/html").await;
    assert_eq!(error.to_string(), "refused by the API (HTTP 404)");
}

#[tokio::test]
async fn a_304_is_reported_as_the_response_of_a_cache() {
    for api in BOTH {
        let (error, _) = error_of(api, MockResponse::new(304, "")).await;
        let shown = error.to_string();
        assert!(!shown.contains("redirect") && shown.contains("cache"), "{shown}");
        assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(304)));
    }
}

#[tokio::test]
async fn a_coding_that_was_not_asked_for_is_named() {
    for coding in ["br", "deflate", "zstd", "gzip, br", "compress"] {
        let answer = MockResponse::ok(LAST).header("content-encoding", coding);
        let (error, asked) = error_of(ApiVersion::V1, answer).await;
        assert_eq!((error.kind(), asked), (ErrorKind::Decode, 1), "{error}");
        let says = format!("the content coding '{coding}'");
        assert!(error.to_string().contains(&says), "{error}");
        // The status of a refusal is known even if its body cannot be read.
        let answer = MockResponse::new(404, LAST).header("content-encoding", coding);
        let (error, _) = error_of(ApiVersion::V3, answer).await;
        assert_eq!(error.to_string(), "refused by the API (HTTP 404)");
    }
}
