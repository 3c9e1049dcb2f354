//! Notices: the headers `Deprecation` and `Sunset`, the `warning` of a page, and what a walk
//! noticed.

use reqwest::header::{HeaderMap, HeaderName};
use tracing::warn;

use super::redact::Redactor;
use crate::api_version::ApiVersion;
use crate::client::ClientInner;
use crate::wire::{self, WireWarning};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Keeps and logs what the headers of a response announce.
pub(super) fn note_headers(
    headers: &HeaderMap,
    api: ApiVersion,
    client: &ClientInner,
    redactor: &Redactor<'_>,
) {
    let value = |name| {
        let text = String::from_utf8_lossy(headers.get(name)?.as_bytes());
        Some(redactor.clean(text.trim())).filter(|text| !text.is_empty())
    };
    // `?0` means false in a structured field (RFC 9651).
    let is_false = |value: &String| value.eq_ignore_ascii_case("false") || value == "?0";
    let deprecation = value(DEPRECATION).filter(|value| !is_false(value));
    let sunset = value(SUNSET);
    let path = wire::path(api);
    let notice = match (deprecation, sunset) {
        (None, None) => return,
        (_, Some(day)) => format!("the server announces the end of {path} (Sunset: {day})"),
        (Some(since), None) => {
            format!("the server calls {path} deprecated (Deprecation: {since})")
        }
    };
    note(&notice, client);
}

/// Keeps and logs the warning in the body of a page.
pub(super) fn note_warning(
    warning: &WireWarning,
    api: ApiVersion,
    client: &ClientInner,
    redactor: &Redactor<'_>,
) {
    let (path, warning) = (wire::path(api), redactor.clean(&warning.to_string()));
    note(&format!("the server warns about {path}: {warning}"), client);
}

/// Keeps and logs a notice, once for each client.
pub(super) fn note(notice: &str, client: &ClientInner) {
    if client.notices.add(notice) {
        warn!("{notice}");
    }
}
