//! `Head`: what the headers of a response say about it.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderName};

use super::redact::Redactor;
use super::retry_after::retry_after;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the headers of a response say about it, without secrets.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// The content type without its parameters.
    content_type: Option<String>,
}

impl Head {
    pub(super) fn of(response: &Response, redactor: &Redactor<'_>) -> Self {
        let text = |name| response.headers().get(name)?.to_str().ok().map(str::trim);
        let kept = |text: &str| Some(redactor.clean(text)).filter(|text| !text.is_empty());
        let media_type = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
        Self {
            request_id: text(REQUEST_ID).and_then(kept),
            retry_after: retry_after(response),
            content_type: text(CONTENT_TYPE).map(media_type).and_then(|text| kept(&text)),
        }
    }

    /// The length and the type of the body, for an error that must not quote it.
    pub(super) fn describe_body(&self, bytes: usize) -> String {
        match &self.content_type {
            Some(content_type) => format!("{bytes} bytes of {content_type}"),
            None => format!("{bytes} bytes without a content type"),
        }
    }
}
