//! Turns a failed attempt into an `Error` of the right kind, without secrets.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use reqwest::StatusCode;

use super::redact::Redactor;
use crate::error::{Cause, Error, ErrorKind};
use crate::wire::{ErrorBody, NotAPage};

/// The error for a request without a response, or with a response that could not be read.
pub(super) fn transport_error(error: reqwest::Error, redactor: &Redactor<'_>) -> Error {
    // Check the timeout first: reqwest reports one during the body as a decoding error, too.
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, "no complete response within the client's timeout")
    } else if is_tls(&error) {
        (ErrorKind::Tls, "the TLS handshake failed")
    } else if error.is_builder() {
        // Every part of the URL was checked and escaped, so only its length can be wrong.
        (ErrorKind::InvalidRequest, "a filter, or the server's token, is too long for a URL")
    } else if error.is_connect() {
        (ErrorKind::Network, "could not connect")
    } else if error.is_body() || error.is_decode() {
        (ErrorKind::Network, "the response was cut short or damaged in transit")
    } else {
        (ErrorKind::Network, "the connection failed before a response arrived")
    };
    let status = error.status();
    let cause = Cause::chain(&error.without_url(), &|text| redactor.clean(text));
    let error = Error::new(kind, message).with_source(cause);
    match status {
        Some(status) => error.with_status(status.as_u16()),
        None => error,
    }
}

/// Whether the TLS library caused the failure, not the network below it.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut layer: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = layer {
        if is_tls_error(current) {
            return true;
        }
        // `io::Error::source` skips the error that it wraps. Here the TLS error is wrapped twice.
        layer = match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => current.source(),
        };
    }
    false
}

fn is_tls_error(error: &(dyn StdError + 'static)) -> bool {
    #[cfg(feature = "rustls")]
    if error.is::<rustls::Error>() {
        return true;
    }
    #[cfg(feature = "native-tls")]
    if error.is::<native_tls::Error>() {
        return true;
    }
    let _ = error;
    false
}

/// The error for a request that the API, or a server in front of it, refused.
pub(super) fn refusal_error(
    status: u16,
    body: ErrorBody,
    retry_after: Option<Duration>,
    redactor: &Redactor<'_>,
) -> Error {
    let known = body.code.as_deref().and_then(kind_of_code);
    let kind = known.unwrap_or(match status {
        401 | 403 => ErrorKind::Unauthorized,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Api,
    });
    Error::new(kind, redactor.clean(&body.message))
        .with_status(status)
        .with_code(body.code.map(|code| redactor.clean(&code)), known.is_some())
        .with_retry_after(retry_after)
}

/// The error for a response with status 200 whose body is not a page.
pub(super) fn not_a_page_error(
    why: NotAPage,
    retry_after: Option<Duration>,
    redactor: &Redactor<'_>,
) -> Error {
    let error = match why {
        NotAPage::Refused(body) => return refusal_error(200, body, retry_after, redactor),
        NotAPage::Cut => Error::new(ErrorKind::Network, "the body was cut short in transit"),
        NotAPage::Other(what) => Error::new(ErrorKind::Decode, what),
    };
    error.with_status(200)
}

/// The error for a response with status 200 whose body has more than `max` bytes.
pub(super) fn too_large_error(max: usize) -> Error {
    let message = format!("more than {max} bytes: raise max_response_bytes or lower the page size");
    Error::new(ErrorKind::TooLarge, message).with_status(200)
}

/// The error for a redirect, a 304, or a 2xx status other than 200.
pub(super) fn unexpected_status_error(status: StatusCode) -> Error {
    let error = if status == StatusCode::NOT_MODIFIED {
        Error::new(ErrorKind::Api, "a cache answered that nothing was modified, without a page")
    } else if status.is_redirection() {
        Error::new(
            ErrorKind::Redirect,
            "redirects are not followed, to keep the key on one host: check the base URL",
        )
    } else {
        Error::new(ErrorKind::Decode, "expected a page with status 200")
    };
    error.with_status(status.as_u16())
}

/// The kind of a documented error code, which decides before the status does.
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
        let error = refusal_error(status, body, None, &Redactor::new("", None));
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
