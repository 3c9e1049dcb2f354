//! The response headers that an `Error` reports.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderName, LOCATION};

use super::redact::Redactor;
use super::retry_after::retry_after;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the server gave the request.
pub(super) fn request_id(response: &Response, redactor: &Redactor<'_>) -> Option<String> {
    let id = response.headers().get(REQUEST_ID)?.to_str().ok()?;
    Some(redactor.clean(id.trim())).filter(|id| !id.is_empty())
}

/// What the headers say about a body that is not a page.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) retry_after: Option<Duration>,
    /// The content type without its parameters.
    content_type: Option<String>,
    /// The scheme, the host and the port to which a redirect leads, such as `https://host:8443`.
    pub(super) redirect_host: Option<String>,
}

impl Head {
    pub(super) fn of(response: &Response, redactor: &Redactor<'_>) -> Self {
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|text| text.to_str().ok());
        let media_type = content_type.and_then(|text| text.split(';').next()).map(str::trim);
        let media_type = media_type.filter(|text| !text.is_empty());
        Self {
            retry_after: retry_after(response),
            content_type: media_type.map(|text| redactor.clean(text)),
            redirect_host: redirect_host(response),
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

/// The part of a redirect's URL that may be shown. The rest of the URL can hold a token.
fn redirect_host(response: &Response) -> Option<String> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let url = response.url().join(location).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}
