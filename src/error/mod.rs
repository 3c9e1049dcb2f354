//! `Error` and `ErrorKind`: what went wrong, and what the caller can do.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

pub(crate) use self::cause::Cause;
use crate::cursor::Cursor;

mod cause;

/// A result whose error is this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request, a page or a stream failed.
///
/// `Display` prints this error only; the underlying errors are in [`source`](StdError::source).
/// Neither contains a key, a pagination token, the query of a URL or any part of a response body
/// except the API's own code and message. Errors of the connection name the host and the port. The
/// type has the size of a pointer, and a clone is equal to the original in every respect.
///
/// ```
/// use heygen_videos::{Client, ErrorKind};
///
/// let error = Client::new("").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidRequest);
/// assert!(!error.is_retryable());
/// assert_eq!(error.attempts(), 0); // nothing was sent
/// ```
#[derive(Clone)]
pub struct Error {
    inner: Box<ErrorInner>,
}

#[derive(Clone)]
struct ErrorInner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    code_is_known: bool,
    is_about_page: bool,
    is_bad_entry: bool,
    is_bad_key: bool,
    is_about_proxy: bool,
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
    /// A setting or a filter is wrong, and no request was sent: correct the call.
    InvalidRequest,
    /// The cursor is damaged, belongs to another query, or the server refuses its page token, for
    /// example because the token has expired: start again without the cursor, or correct the query.
    ///
    /// If the refusal does not say what it is about, the client asks for the first page, too. The
    /// token counts as refused if the server sends that page and then refuses the token again.
    Cursor,
    /// The key was refused or lacks permission (401, 403): check the key and the plan.
    Unauthorized,
    /// Too many requests, or a quota is used up (429): wait for [`Error::retry_after`] if it is
    /// given, then [`rearm`](crate::VideoStream::rearm).
    RateLimited,
    /// The server failed (5xx): resume later from [`Error::cursor`].
    Server,
    /// The API refused the request for another reason: read [`Error::code`] and the message, and
    /// correct the query.
    ///
    /// In the middle of a stream, the reason may be that the token of the next page has expired.
    /// The API has no code for that. [`rearm`](crate::VideoStream::rearm) the stream: if it is
    /// refused again, the kind is [`Cursor`](Self::Cursor).
    Api,
    /// The connection failed or was reset, or the response was cut short: resume later.
    Network,
    /// The proxy refused to pass the request on: check the proxy, its user name and password, and
    /// the variable that names it, such as `HTTPS_PROXY`. Nothing reached the API.
    Proxy,
    /// One attempt took longer than the client's timeout or than `max_elapsed` of the retry policy:
    /// resume later, or raise that limit.
    Timeout,
    /// The certificate was refused or the TLS handshake failed: check the host and the system's
    /// root certificates.
    Tls,
    /// The server sent a redirect. The client does not follow it, because that would send the key
    /// to another server: check the base URL.
    Redirect,
    /// The response is not a page of videos: check the base URL, or report a bug.
    Decode,
    /// The response is longer than the client's `max_response_bytes`: raise that limit, or lower
    /// the page size.
    TooLarge,
    /// The server's tokens repeat or are missing, so the listing cannot be completed: keep the
    /// videos yielded before this error, which are valid, and start again later.
    Pagination,
}

impl ErrorKind {
    /// The kind as a short lower-case phrase, such as `rate limited`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid request",
            Self::Cursor => "unusable cursor",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate limited",
            Self::Server => "server error",
            Self::Api => "refused by the API",
            Self::Network => "network error",
            Self::Proxy => "refused by the proxy",
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
                request_id: None,
                retry_after: None,
                attempts: 0,
                code_is_known: false,
                is_about_page: false,
                is_bad_entry: false,
                is_bad_key: false,
                is_about_proxy: false,
                cursor: None,
                source: None,
            }),
        }
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// The API key is missing or unusable; nothing was sent.
    pub(crate) fn bad_key(message: impl Into<Cow<'static, str>>) -> Self {
        let mut this = Self::invalid(message);
        this.inner.is_bad_key = true;
        this
    }

    /// The cursor itself is wrong; nothing was sent.
    pub(crate) fn bad_cursor(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Cursor, message)
    }

    /// Turns this error into one of kind `Cursor`, because the server refused the cursor's token.
    pub(crate) fn of_refused_cursor(mut self) -> Self {
        let message = match &*self.inner.message {
            // The message of a redirect advises to change the base URL.
            _ if self.kind() == ErrorKind::Redirect => "the server refuses its page token".into(),
            "" => "the server refuses its page token".into(),
            why => format!("the server refuses its page token: {why}").into(),
        };
        (self.inner.kind, self.inner.message) = (ErrorKind::Cursor, message);
        self
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

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Self {
        self.inner.request_id = id;
        self
    }

    /// Marks an error about a response that is certainly a page of the listing but is unusable.
    pub(crate) fn about_page(mut self) -> Self {
        self.inner.is_about_page = true;
        self
    }

    /// Marks an error about an entry of a page that is not a video.
    pub(crate) fn about_bad_entry(mut self) -> Self {
        self.inner.is_bad_entry = true;
        self
    }

    /// Marks an error as one of the proxy.
    pub(crate) fn about_proxy(mut self) -> Self {
        self.inner.is_about_proxy = true;
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

    /// The id that the server gave the request (`X-Request-Id`): quote it when you contact HeyGen's
    /// support.
    ///
    /// Control characters are escaped, and a long id is cut to 200 characters. `None` if there was
    /// no response, or none with an id.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// How long the server asked the client to wait, counted from its response.
    ///
    /// The value of `Retry-After` (RFC 9110, section 10.2.3). A fraction of a second is rounded up.
    /// If there are several values, the first that can be read is used. More than a year counts as a
    /// year.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// How many requests were sent for the page that failed; 0 if none was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Whether an entry of the page is not a video. A query with
    /// [`malformed(Malformed::Skip)`](crate::VideoQuery::malformed) leaves such entries out.
    ///
    /// `Display` says so, too, unless the format is the alternate one (`{:#}`).
    #[must_use]
    pub fn is_bad_entry(&self) -> bool {
        self.inner.is_bad_entry
    }

    /// Whether the API key is the problem: it is missing, or it cannot be sent in a header.
    ///
    /// A key that the server refused has the kind [`Unauthorized`](ErrorKind::Unauthorized) instead.
    #[must_use]
    pub fn is_bad_key(&self) -> bool {
        self.inner.is_bad_key
    }

    /// Whether the connection to the proxy or through it failed. For a timeout: whether it may have,
    /// because the server had not answered through the proxy before.
    #[must_use]
    pub fn is_about_proxy(&self) -> bool {
        self.inner.is_about_proxy
    }

    pub(crate) fn code_is_known(&self) -> bool {
        self.inner.code_is_known
    }

    pub(crate) fn is_about_page(&self) -> bool {
        self.inner.is_about_page
    }

    /// The position of the stream: everything before it was yielded, nothing after it.
    ///
    /// If you work on several videos at the same time (`buffered`, `try_for_each_concurrent`), the
    /// stream is ahead of the work: some of the videos before this position are not finished. If
    /// you save this position and resume from it, they are lost. Use
    /// [`with_cursors`](crate::VideoStream::with_cursors) instead, and save the cursor of a video
    /// once that video and all before it are finished.
    ///
    /// `None` if the error did not come from a stream.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.inner.cursor.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorInner { kind, message, status, code, request_id, attempts, .. } = &*self.inner;
        f.write_str(kind.as_str())?;
        let status = status.map(|status| format!("HTTP {status}"));
        let code = code.as_ref().map(|code| format!("code {code}"));
        let request_id = request_id.as_ref().map(|id| format!("request {id}"));
        let known: Vec<_> = [status, code, request_id].into_iter().flatten().collect();
        if !known.is_empty() {
            write!(f, " ({})", known.join(", "))?;
        }
        if *attempts > 1 {
            write!(f, " after {attempts} attempts")?;
        }
        if !message.is_empty() {
            write!(f, ": {message}")?;
        }
        // A program with options of its own names those instead.
        if self.is_bad_entry() && !f.alternate() {
            f.write_str("; `VideoQuery::malformed(Malformed::Skip)` leaves such entries out")?;
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
            .field("request_id", &inner.request_id)
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

#[cfg(test)]
mod tests;
