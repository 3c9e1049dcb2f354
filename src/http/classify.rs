//! Faults of one attempt made into errors: what kind each is, whether it is worth another attempt,
//! and that it gives no secret away.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::error::Cause;
use crate::error::{Error, ErrorKind};
use crate::wire::ErrorBody;

/// A secret shorter than this is left in: taking it out would tear up innocent words, and it
/// protects nothing.
const SHORTEST_SECRET: usize = 6;

/// How much is shown of a text that is not ours, in characters.
const LONGEST_TEXT: usize = 200;

/// Takes the secrets of one request out of texts that are not ours.
pub(crate) struct Redactor<'a> {
    secrets: Vec<&'a str>,
}

impl<'a> Redactor<'a> {
    pub(crate) fn new(key: &'a str, token: Option<&'a str>) -> Self {
        let secrets = [Some(key), token].into_iter().flatten();
        Self { secrets: secrets.filter(|secret| secret.len() >= SHORTEST_SECRET).collect() }
    }

    fn redact(&self, text: String) -> String {
        let secrets = self.secrets.iter();
        secrets.fold(text, |text, secret| text.replace(secret, "[redacted]"))
    }

    /// The text without secrets and control characters, cut to a line's length.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut text = self.redact(text.to_owned());
        if text.contains('%') {
            // However much of a secret was escaped, and however it was.
            let plain = percent_decode_str(&text).decode_utf8_lossy().into_owned();
            let redacted = self.redact(plain.clone());
            if redacted != plain {
                text = redacted;
            }
        }
        let mut clean = String::new();
        for (at, c) in text.chars().enumerate() {
            if at == LONGEST_TEXT {
                clean.push('…');
                break;
            }
            if c.is_control() || is_direction_mark(c) {
                clean.extend(c.escape_default());
            } else {
                clean.push(c);
            }
        }
        clean
    }
}

/// Characters that reorder a line of text, with which a message could feign another.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The error for a request that got no answer, or an answer that could not be read to its end.
pub(crate) fn transport_error(error: reqwest::Error, redactor: &Redactor<'_>) -> Error {
    // A timeout while the body is read is both a timeout and a decoding error: it is the first.
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, "no complete answer within the client's timeout")
    } else if is_tls(&error) {
        (ErrorKind::Tls, "no secure connection could be agreed on")
    } else if error.is_builder() {
        // With every value checked and escaped, its length is all that can be wrong with a URL.
        (ErrorKind::InvalidRequest, "a filter, or the server's token, is too long for a URL")
    } else if error.is_connect() {
        (ErrorKind::Network, "no connection")
    } else if error.is_body() || error.is_decode() {
        (ErrorKind::Network, "the answer was cut short or garbled on its way")
    } else {
        (ErrorKind::Network, "the connection failed before an answer came")
    };
    let status = error.status();
    let cause = Cause::chain(&error.without_url(), &|text| redactor.clean(text));
    let error = Error::new(kind, message).with_source(cause);
    let error = error.retryable(matches!(kind, ErrorKind::Network | ErrorKind::Timeout));
    match status {
        Some(status) => error.with_status(status.as_u16()),
        None => error,
    }
}

/// Whether the TLS library said no, as opposed to the network below it.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut layer: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = layer {
        if is_tls_error(current) {
            return true;
        }
        // The source of an io::Error is that of what it wraps, which would be passed over: and it
        // is wrapped twice here.
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

/// The error for an answer in which the API, or a server before it, said no.
pub(crate) fn refusal_error(
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
    let retryable = match kind {
        ErrorKind::RateLimited => true,
        ErrorKind::Server => matches!(status, 500 | 502 | 503 | 504),
        // The one refusal by status that asks for a repetition (RFC 9110, section 15.5.9).
        ErrorKind::Api => status == 408 && known.is_none(),
        _ => false,
    };
    Error::new(kind, redactor.clean(&body.message))
        .with_status(status)
        .with_code(body.code.map(|code| redactor.clean(&code)))
        .with_retry_after(retry_after)
        .retryable(retryable)
}

/// The kind of a documented error code, which counts for more than the status: HeyGen's error
/// pages, docs.heygen.com/reference/errors (v1, v2) and developers.heygen.com/docs/error-codes (v3).
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

    #[test]
    fn secrets_control_characters_and_length_are_taken_out_of_foreign_text() {
        let redactor = Redactor::new("canary-key", Some("canary+token"));
        let text = "bad key canary-key\r\n\u{1b}[31m token=canary%2Btoken canary+token";
        assert_eq!(
            redactor.clean(text),
            "bad key [redacted]\\r\\n\\u{1b}[31m token=[redacted] [redacted]"
        );
        assert_eq!(redactor.clean(&"ü".repeat(300)).chars().count(), 201);
        assert!(!redactor.clean(&format!("{}canary-key", "x".repeat(195))).contains("canary"));
    }

    #[test]
    fn a_secret_is_found_however_it_is_escaped() {
        let redactor = Redactor::new("canary-key", Some("canary+to/ken=="));
        for (text, clean) in [
            ("canary%2Bto%2Fken%3D%3D", "[redacted]"),
            ("canary%2bto%2fken%3d%3d", "[redacted]"),
            ("100% of canary+to/ken%3D%3D", "100% of [redacted]"),
            ("canary%2dkey, %63anary-key", "[redacted], [redacted]"),
            ("%1b%F0 is no secret: 100%", "%1b%F0 is no secret: 100%"),
            ("%1bcanary%2dkey", "\\u{1b}[redacted]"),
        ] {
            assert_eq!(redactor.clean(text), clean);
        }
    }

    #[test]
    fn a_short_secret_does_not_tear_up_words() {
        assert_eq!(Redactor::new("k", Some("e")).clean("network"), "network");
    }

    #[track_caller]
    fn check(status: u16, code: Option<&str>, kind: ErrorKind, retryable: bool) {
        let said = ErrorBody { code: code.map(Into::into), message: String::new() };
        let error = refusal_error(status, said, None, &Redactor::new("", None));
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
