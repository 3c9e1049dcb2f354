//! Turns a response that refuses the request, or is not a page, into an `Error` of the right kind.

use reqwest::StatusCode;

use super::head::Head;
use super::redact::Redactor;
use crate::error::{Error, ErrorKind};
use crate::wire::{ErrorBody, NotAPage};

/// The error for a request that the API, or a server in front of it, refused.
///
/// `body` is `None` if the body is not an error body; `bytes` is its length.
pub(super) fn refusal_error(
    status: u16,
    body: Option<ErrorBody>,
    head: &Head,
    bytes: usize,
    redactor: &Redactor<'_>,
) -> Error {
    let (code, message) = match body {
        Some(body) => (body.code, redactor.clean(&body.message)),
        None if bytes == 0 => (None, String::new()),
        None => (None, head.describe_body(bytes)),
    };
    let known = code.as_deref().and_then(kind_of_code);
    let kind = known.unwrap_or(match status {
        401 | 403 => ErrorKind::Unauthorized,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Api,
    });
    Error::new(kind, message)
        .with_status(status)
        .with_code(code.map(|code| redactor.clean(&code)), known.is_some())
        .with_retry_after(head.retry_after)
}

/// The error for a response with status 200 whose body, of this many bytes, is not a page.
pub(super) fn not_a_page_error(
    why: NotAPage,
    head: &Head,
    bytes: usize,
    redactor: &Redactor<'_>,
) -> Error {
    let error = match why {
        NotAPage::Refused(body) => return refusal_error(200, Some(body), head, bytes, redactor),
        NotAPage::Cut => Error::new(ErrorKind::Network, "the body was cut short in transit"),
        NotAPage::Unusable(what, hint) => {
            let what = redactor.clean(&what);
            Error::new(ErrorKind::Decode, format!("{what}; {hint}")).about_page()
        }
        NotAPage::BadEntry(what) => {
            Error::new(ErrorKind::Decode, redactor.clean(&what)).about_page().about_bad_entry()
        }
        NotAPage::Other(what) => {
            let body = head.describe_body(bytes);
            Error::new(ErrorKind::Decode, format!("{what}, in {body}"))
        }
    };
    error.with_status(200)
}

/// The error for a 3xx, or for a 2xx status other than 200.
pub(super) fn unexpected_status_error(
    status: StatusCode,
    head: &Head,
    redactor: &Redactor<'_>,
) -> Error {
    let error = match status {
        // The request is not conditional, so only a cache in between can answer 304.
        StatusCode::NOT_MODIFIED => {
            Error::new(ErrorKind::Api, "a cache answered 'not modified' instead of the page")
        }
        _ if status.is_redirection() => {
            let to = head.redirect_host.as_deref().map(|host| redactor.clean(host));
            let to = to.map(|host| format!(" (this one leads to {host})")).unwrap_or_default();
            let message = format!(
                "redirects{to} are not followed, to keep the key on one host: check the base URL"
            );
            Error::new(ErrorKind::Redirect, message)
        }
        _ => Error::new(ErrorKind::Decode, "expected a page with status 200"),
    };
    error.with_status(status.as_u16()).with_retry_after(head.retry_after)
}

/// Whether only HeyGen's API sends this code, not a server in front of it. Such a code is
/// documented, or it is a number of five or six digits, as all of v1's codes are.
pub(super) fn is_code_of_the_api(code: &str) -> bool {
    let is_number = (5..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    is_number || kind_of_code(code).is_some()
}

/// The kind for a documented error code. It takes precedence over the status.
///
/// The codes are documented at docs.heygen.com/reference/errors (v1, v2) and
/// developers.heygen.com/docs/error-codes (v3).
fn kind_of_code(code: &str) -> Option<ErrorKind> {
    Some(match code {
        "40009" | "400101" | "400112" | "401056" | "401057" | "unauthorized" => {
            ErrorKind::Unauthorized
        }
        "400561"
        | "400562"
        | "400573"
        | "400599"
        | "400631"
        | "forbidden"
        | "resource_access_denied" => ErrorKind::Unauthorized,
        "400140" | "rate_limit_exceeded" => ErrorKind::RateLimited,
        "internal_error" => ErrorKind::Server,
        code if matches!(code.parse(), Ok(500..=599_u16)) => ErrorKind::Server,
        "40001" | "40012" | "400175" => ErrorKind::Api,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, code: Option<&str>, kind: ErrorKind, retryable: bool) {
        let body = ErrorBody { code: code.map(Into::into), message: String::new() };
        let redactor = Redactor::new("", None);
        let error = refusal_error(status, Some(body), &Head::default(), 9, &redactor);
        assert_eq!((error.kind(), error.is_retryable()), (kind, retryable));
        assert_eq!((error.status(), error.code()), (Some(status), code));
    }

    #[test]
    fn the_status_decides_the_kind_of_an_unknown_code() {
        for (status, kind, retryable) in [
            (400, ErrorKind::Api, false),
            (401, ErrorKind::Unauthorized, false),
            (402, ErrorKind::Api, false),
            (403, ErrorKind::Unauthorized, false),
            (404, ErrorKind::Api, false),
            (408, ErrorKind::Api, true),
            (429, ErrorKind::RateLimited, true),
            (500, ErrorKind::Server, true),
            (501, ErrorKind::Server, false),
            (502, ErrorKind::Server, true),
            (503, ErrorKind::Server, true),
            (504, ErrorKind::Server, true),
            (505, ErrorKind::Server, false),
        ] {
            check(status, None, kind, retryable);
            check(status, Some("999"), kind, retryable);
        }
    }

    #[test]
    fn a_known_code_decides_before_the_status() {
        check(500, Some("400112"), ErrorKind::Unauthorized, false);
        check(429, Some("forbidden"), ErrorKind::Unauthorized, false);
        check(400, Some("400140"), ErrorKind::RateLimited, true);
        check(200, Some("rate_limit_exceeded"), ErrorKind::RateLimited, true);
        check(408, Some("40001"), ErrorKind::Api, false);
        check(200, Some("400545"), ErrorKind::Api, false);
    }
}
