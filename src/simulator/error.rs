//! `error`: creates an error of any kind, for the tests of users.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// Creates an [`Error`] of this kind, as a client could return it, for tests of your code.
///
/// It has the status, the API's code and the number of attempts that are usual for its kind. An
/// error with [`ErrorKind::RateLimited`] asks for a wait of one second. Its
/// [`cursor`](Error::cursor) is `None` until a stream yields it; see
/// [`VideoStream::from_pages`](crate::VideoStream::from_pages).
///
/// ```
/// use heygen_videos::{ErrorKind, simulator};
///
/// let error = simulator::error(ErrorKind::Server);
/// assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
/// assert!(error.is_retryable());
/// assert!(!simulator::error(ErrorKind::Unauthorized).is_retryable());
/// ```
#[must_use]
pub fn error(kind: ErrorKind) -> Error {
    const RETRIED: u32 = 4;
    let error = Error::new(kind, "made by simulator::error");
    match kind {
        ErrorKind::Unauthorized => refused(error, 401, "400112").with_attempts(1),
        ErrorKind::RateLimited => refused(error, 429, "400140")
            .with_retry_after(Some(Duration::from_secs(1)))
            .with_attempts(RETRIED),
        ErrorKind::Api => refused(error, 400, "400175").with_attempts(1),
        ErrorKind::Server => error.with_status(503).with_attempts(RETRIED),
        ErrorKind::Network | ErrorKind::Timeout => error.with_attempts(RETRIED),
        ErrorKind::Tls => error.with_attempts(1),
        ErrorKind::Redirect => error.with_status(301).with_attempts(1),
        ErrorKind::Decode | ErrorKind::TooLarge => error.with_status(200).with_attempts(1),
        // These errors do not come from a request: the call or the listing is wrong.
        _ => error,
    }
}

fn refused(error: Error, status: u16, code: &str) -> Error {
    error.with_status(status).with_code(Some(code.to_owned()), true)
}
