//! `Error` and `ErrorKind`: what went wrong, and what the caller can do.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::cursor::Cursor;

/// A result whose error is this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request, a page or a stream failed.
///
/// `Display` prints this error only; the underlying errors are in [`source`](StdError::source).
/// Neither contains a key, a pagination token, a URL or any part of a response body except the
/// API's own code and message. The type is one word wide.
///
/// ```
/// use heygen_videos::{Client, ErrorKind};
///
/// let error = Client::new("").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidRequest);
/// assert!(!error.is_retryable());
/// assert_eq!(error.attempts(), 0); // nothing was sent
/// ```
pub struct Error {
    inner: Box<ErrorInner>,
}

struct ErrorInner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    status: Option<u16>,
    code: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    code_is_known: bool,
    cursor: Option<Cursor>,
    source: Option<Cause>,
}

/// The kind of an [`Error`]. Each variant says what the caller can do.
///
/// `Serialize` writes the name of the variant as a word for programs, such as `rate_limited`.
/// `Display` writes a phrase for people, such as `rate limited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, a filter or a cursor is wrong, and no request was sent: correct the call.
    InvalidRequest,
    /// The key was refused or lacks permission (401, 403): check the key and the plan.
    Unauthorized,
    /// Too many requests, or a quota is used up (429): wait for [`Error::retry_after`] if it is
    /// given, then [`rearm`](crate::VideoStream::rearm).
    RateLimited,
    /// The server failed (5xx): resume later from [`Error::cursor`].
    Server,
    /// The API refused the request for another reason: see [`Error::code`] and the message.
    Api,
    /// The connection failed or was reset, or the response was cut short: resume later.
    Network,
    /// One attempt took longer than the client's timeout: resume later, or raise the timeout.
    Timeout,
    /// The certificate was refused or the TLS handshake failed: check the host and the system's
    /// root certificates.
    Tls,
    /// The server sent a redirect. The client follows none, because that would send the key to
    /// another place: check the base URL.
    Redirect,
    /// The response is not a page of videos: check the base URL, or report a bug.
    Decode,
    /// The response is longer than the client's `max_response_bytes`: raise it, or lower the page
    /// size.
    TooLarge,
    /// The server's tokens repeat or are missing, so the listing cannot be completed. The videos
    /// yielded before this error are valid.
    Pagination,
}

impl ErrorKind {
    /// The kind as a short lower-case phrase, such as `rate limited`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid request",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate limited",
            Self::Server => "server error",
            Self::Api => "refused by the API",
            Self::Network => "network error",
            Self::Timeout => "timed out",
            Self::Tls => "TLS error",
            Self::Redirect => "redirect refused",
            Self::Decode => "not a page of videos",
            Self::TooLarge => "response too large",
            Self::Pagination => "broken pagination",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            inner: Box::new(ErrorInner {
                kind,
                message: message.into(),
                status: None,
                code: None,
                retry_after: None,
                attempts: 0,
                code_is_known: false,
                cursor: None,
                source: None,
            }),
        }
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    pub(crate) fn pagination(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Pagination, message)
    }

    /// Adds our own remark after the message.
    pub(crate) fn with_remark(mut self, remark: &str) -> Self {
        let message = self.inner.message.to_mut();
        if !message.is_empty() {
            message.push_str("; ");
        }
        message.push_str(remark);
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.inner.status = Some(status);
        self
    }

    /// Sets the API's code, and whether the API documents it.
    pub(crate) fn with_code(mut self, code: Option<String>, is_known: bool) -> Self {
        self.inner.code = code;
        self.inner.code_is_known = is_known;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.inner.retry_after = wait;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.inner.attempts = attempts;
        self
    }

    pub(crate) fn with_cursor(mut self, cursor: Cursor) -> Self {
        self.inner.cursor = Some(cursor);
        self
    }

    pub(crate) fn with_source(mut self, source: Cause) -> Self {
        self.inner.source = Some(source);
        self
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The HTTP status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// The API's own error code, such as `400140` or `rate_limit_exceeded`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.inner.code.as_deref()
    }

    /// How long the server asked the client to wait, counted from its response.
    ///
    /// The value of `Retry-After` (RFC 9110, section 10.2.3). One of more than a year is ignored.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// How many requests were sent for the page that failed; 0 if none was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    pub(crate) fn code_is_known(&self) -> bool {
        self.inner.code_is_known
    }

    /// The position of the stream: everything before it was yielded, nothing after it.
    ///
    /// `None` if the error did not come from a stream.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.inner.cursor.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorInner { kind, message, status, code, attempts, .. } = &*self.inner;
        f.write_str(kind.as_str())?;
        match (status, code) {
            (Some(status), Some(code)) => write!(f, " (HTTP {status}, code {code})")?,
            (Some(status), None) => write!(f, " (HTTP {status})")?,
            (None, Some(code)) => write!(f, " (code {code})")?,
            (None, None) => {}
        }
        if *attempts > 1 {
            write!(f, " after {attempts} attempts")?;
        }
        if !message.is_empty() {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &inner.message)
            .field("status", &inner.status)
            .field("code", &inner.code)
            .field("retry_after", &inner.retry_after)
            .field("attempts", &inner.attempts)
            .field("retryable", &self.is_retryable())
            .field("cursor", &inner.cursor)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_ref().map(|cause| cause as _)
    }
}

/// An underlying error, copied as text so that secrets could be removed.
#[derive(Debug)]
pub(crate) struct Cause {
    text: String,
    source: Option<Box<Self>>,
}

impl Cause {
    /// Copies `error` and its sources. Each text is passed through `redact`.
    pub(crate) fn chain(error: &(dyn StdError + 'static), redact: &dyn Fn(&str) -> String) -> Self {
        Self {
            text: redact(&error.to_string()),
            source: error.source().map(|below| Box::new(Self::chain(below, redact))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_wide_and_can_cross_threads() {
        fn can_cross<T: Send + Sync + 'static>() {}
        can_cross::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn display_prints_this_error_only_and_the_sources_hold_the_rest() {
        let below = std::io::Error::other("the secret is canary");
        let error = Error::new(ErrorKind::RateLimited, "slow down")
            .with_status(429)
            .with_code(Some("400140".into()), true)
            .with_attempts(4)
            .with_source(Cause::chain(&below, &|text| text.replace("canary", "…")));
        assert_eq!(
            error.to_string(),
            "rate limited (HTTP 429, code 400140) after 4 attempts: slow down"
        );
        let source = error.source().unwrap();
        assert_eq!(source.to_string(), "the secret is …");
        assert!(!format!("{error:?}").contains("canary"));
    }
}
