//! `Refusal`, an error response in the format of either version.

use std::borrow::Cow;

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue, LOCATION, RETRY_AFTER};
use serde_json::json;

use super::response::{Answer, json_answer};
use super::version::ServedVersion;

/// Why a request gets an error instead of a page.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    v1_code: i64,
    v3_code: Cow<'static, str>,
    message: Cow<'static, str>,
    retry_after: Option<String>,
    /// Whether v1 is switched off.
    is_gone: bool,
}

impl Refusal {
    /// A refusal with this status and, where the API documents one, its code.
    pub(super) fn status(status: u16) -> Self {
        let status = if (200..600).contains(&status) { status } else { 500 };
        let (v1_code, v3_code, message) = match status {
            400 => (400_175, "invalid_parameter", "Invalid parameter"),
            401 => (400_112, "unauthorized", "Unauthorized"),
            402 => (402, "insufficient_credit", "Insufficient credit"),
            403 => (400_562, "forbidden", "Forbidden"),
            404 => (404, "not_found", "Not found"),
            405 => (405, "method_not_allowed", "Method not allowed"),
            429 => (400_140, "rate_limit_exceeded", "Exceed rate limit"),
            500.. => (status.into(), "internal_error", "Internal server error"),
            _ => (status.into(), "error", "Simulated"),
        };
        Self {
            status,
            v1_code,
            v3_code: v3_code.into(),
            message: message.into(),
            retry_after: None,
            is_gone: false,
        }
    }

    /// A refusal because v1 is switched off.
    pub(super) fn gone(status: u16) -> Self {
        let message = "This endpoint was removed. Use /v3/videos.".into();
        Self { message, is_gone: true, ..Self::status(status) }
    }

    /// A refusal of an invalid parameter.
    pub(super) fn bad_parameter(name: &'static str) -> Self {
        let message = format!("Invalid query parameter: {name}").into();
        Self { v1_code: 40_012, message, ..Self::status(400) }
    }

    /// An error in the body of a response with status 200.
    pub(super) fn code(v1_code: i64, message: String) -> Self {
        let v3_code = v1_code.to_string().into();
        Self {
            status: 200,
            v1_code,
            v3_code,
            message: message.into(),
            retry_after: None,
            is_gone: false,
        }
    }

    pub(super) fn with_retry_after(mut self, value: String) -> Self {
        self.retry_after = Some(value);
        self
    }

    pub(super) fn answer(self, version: ServedVersion) -> Answer {
        let Self { status, v1_code, v3_code, message, .. } = &self;
        let body = match version {
            _ if self.is_gone => json!({"message": message}),
            ServedVersion::V3 => json!({"error": {
                "code": v3_code, "message": message, "param": null, "doc_url": null,
            }}),
            ServedVersion::V1 => match status {
                200 => json!({"code": v1_code, "data": null, "msg": null, "message": message}),
                // v1 has two formats for errors. HeyGen sends a rate limit in this one.
                429 => json!({"data": null, "error": {"code": v1_code, "message": message}}),
                _ => json!({"code": v1_code, "message": message}),
            },
        };
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let has_body = !matches!(status.as_u16(), 204 | 205 | 304);
        let body = if has_body { body.to_string().into_bytes() } else { Vec::new() };
        let mut answer = json_answer(status, body);
        let headers = answer.headers_mut();
        if status.is_redirection() {
            let target = if self.is_gone { "/v3/videos" } else { "/moved" };
            headers.insert(LOCATION, HeaderValue::from_static(target));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
        if let Some(value) = self.retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(RETRY_AFTER, value);
        }
        answer
    }
}
