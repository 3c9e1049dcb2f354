//! What the error says when the body of a refusal has a reason but no code.

use heygen_videos::{ApiVersion, ErrorKind};
use serde_json::{Value, json};

use crate::support::mock::{MockResponse, error_of};

const VERSIONS: [ApiVersion; 2] = [ApiVersion::V1, ApiVersion::V3];

#[tokio::test]
async fn a_reason_without_a_code_is_given() {
    let message: Value = serde_json::from_str(include_str!("message-only-error.json")).unwrap();
    let detail: Value = serde_json::from_str(include_str!("detail-only-error.json")).unwrap();
    for (body, says) in [
        (message, "Input should be a valid dictionary"),
        (detail, "limit: Input should be less than or equal to 100"),
        (json!({ "message": "No access" }), "No access"),
        (json!({ "msg": "No access", "message": null }), "No access"),
        (json!({ "detail": "No access" }), "No access"),
        (json!({ "error": "No access" }), "No access"),
        (json!({ "error": "No access", "detail": "Sign in" }), "No access: Sign in"),
        (json!({ "message": "No access", "detail": "Sign in" }), "No access: Sign in"),
        (json!({ "error": { "msg": "No access" } }), "No access"),
        (json!({ "error": { "detail": [{ "msg": "No access" }] } }), "No access"),
        (json!({ "detail": { "message": "No access" } }), "No access"),
        (json!({ "detail": ["No access", { "msg": "Sign in" }, 7] }), "No access; Sign in; 7"),
        (json!({ "detail": [{ "msg": "No access", "loc": ["body", 3] }] }), "3: No access"),
        (json!({ "code": null, "message": "No access", "data": [{}] }), "No access"),
        (json!({ "message": ["No access", "Sign in"], "error": "Bad" }), "Bad: No access; Sign in"),
        (json!({ "error": "No access", "message": "No access" }), "No access"),
        (json!({ "error": ["No access"] }), "No access"),
        (json!({ "error": [{ "message": "No access" }] }), "No access"),
        (json!({ "error": { "error": { "message": "No access" } } }), "No access"),
        (json!({ "errors": ["No access", { "message": "Sign in" }] }), "No access; Sign in"),
        (json!({ "error": "No access", "error_description": "Sign in" }), "No access: Sign in"),
        (json!({ "detail": { "error": "No access" } }), "No access"),
        (json!({ "detail": { "reason": "No access", "code": 5 } }), "No access"),
        (json!({ "Message": "No access" }), "No access"),
        (json!({ "success": false, "message": "No access" }), "No access"),
    ] {
        for api in VERSIONS {
            for bom in ["", "\u{feff}"] {
                let (error, _) =
                    error_of(api, MockResponse::new(403, format!("{bom}{body}"))).await;
                let seen = (error.kind(), error.code(), error.status());
                assert_eq!(seen, (ErrorKind::Unauthorized, None, Some(403)), "{body}: {error}");
                assert!(error.to_string().ends_with(&format!(": {says}")), "{body}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_at_200_that_is_not_a_page_gives_its_reason_too() {
    for body in [
        json!({ "message": "Invalid folder" }),
        json!({ "data": null, "msg": "Invalid folder" }),
        json!({ "detail": "Invalid folder" }),
        json!({ "success": false, "message": "Invalid folder" }),
        json!({ "errors": [{ "message": "Invalid folder" }] }),
        json!({ "error": ["Invalid folder"] }),
    ] {
        for api in VERSIONS {
            let (error, requests) = error_of(api, MockResponse::ok(&body)).await;
            let seen = (error.kind(), error.code(), error.status(), requests);
            assert_eq!(seen, (ErrorKind::Api, None, Some(200), 1), "{body}: {error}");
            assert!(error.to_string().ends_with(": Invalid folder"), "{body}: {error}");
        }
    }
}

#[tokio::test]
async fn the_success_code_is_never_the_reason_of_a_refusal() {
    for body in [
        r#"{"code":100,"message":"Success"}"#,
        r#"{"code":"100","msg":"Success"}"#,
        "{}",
        r#"{"message":""}"#,
        r#"{"message":{"a":"Success"}}"#,
        r#"{"detail":[]}"#,
    ] {
        let (error, _) = error_of(ApiVersion::V1, MockResponse::new(403, body)).await;
        assert!(!error.to_string().contains("Success"), "{body}: {error}");
        assert_eq!(error.code(), None, "{body}: {error}");
    }
}

#[tokio::test]
async fn neither_null_nor_the_success_code_is_the_code_of_an_error() {
    for code in ["null", "100", r#""100""#] {
        for inner in ["", r#","code":null"#] {
            let body =
                format!(r#"{{"code":{code},"error":{{"message":"Invalid folder"{inner}}}}}"#);
            for status in [200, 400] {
                let (error, _) = error_of(ApiVersion::V1, MockResponse::new(status, &*body)).await;
                assert_eq!(
                    (error.code(), error.kind()),
                    (None, ErrorKind::Api),
                    "{status}: {body}"
                );
                assert!(error.to_string().contains("Invalid folder"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_long_reason_is_cut() {
    let long = "ö".repeat(20_000);
    for body in [json!({ "message": long }), json!({ "code": long }), json!({ "detail": [long] })] {
        for status in [200, 400] {
            let (error, _) = error_of(ApiVersion::V1, MockResponse::new(status, &body)).await;
            assert!(error.to_string().len() < 2_200, "{} bytes", error.to_string().len());
        }
    }
}
