//! `RetryPolicy`: which failures are retried, and after what wait.
//!
//! Nothing here waits or reads a clock; `http::fetch` does. A wait is drawn with full jitter,
//! uniformly from 0 to `min(max_delay, base_delay x 2^n)`, so that clients that failed at the same
//! time do not retry at the same time. It is added to the server's `Retry-After`, which may be the
//! same for all of them.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// How often a failed request for a page is retried, and after what waits.
///
/// The client retries if the connection fails, is reset or is cut short, after a timeout, and after
/// the statuses 408, 425 and 429 and every 5xx except 501, 505 and 511. After a 304 it sends the
/// request again with `cache-control: no-cache`. After a failure of the connection or a timeout, the
/// retry opens a new connection, because idle ones may be dead, too.
///
/// # The retry quota of a client
///
/// While a server is down, hundreds of streams with the same policy would send it several times as
/// many requests as usual. A client therefore has a quota for the retries of all its streams, like
/// the AWS SDKs: 500 tokens. A retry takes 5 tokens, or 10 after a timeout. A page that arrives
/// gives back what its last retry took, or 1 token if it needed none. When no token is left, one
/// page at a time is still retried, so the quota never stops a single stream. For all other pages
/// the first failure is returned as the error, and its message says that it was not retried.
///
/// # Default
///
/// - at most 4 attempts per page, including the first
/// - random waits of at most 500 ms, 1 s, 2 s and so on, never more than 20 s, in addition to the
///   server's `Retry-After`
/// - at most 120 s per page for attempts and waits together
///
/// ```
/// use std::time::Duration;
/// use heygen_videos::{Client, RetryPolicy};
///
/// let patient = RetryPolicy::default().max_attempts(10).max_elapsed(Duration::from_secs(3600));
/// let client = Client::builder().api_key("key").retry(patient).build()?;
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    max_elapsed: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(20),
            max_elapsed: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// One attempt per page: every failure is reported at once. The attempt may take as long as the
    /// client's timeout.
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Sets the maximum number of requests for one page, including the first. 0 is refused when the
    /// client is built.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the upper bound of the first wait. It doubles with every further wait. More than
    /// `max_delay` is refused when the client is built.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the upper bound of all waits. Only `Retry-After` can make a wait longer.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets how much time the attempts at one page and the waits between them may take together.
    ///
    /// The last attempt gets no more than the remaining time. If the server asks for a wait that
    /// uses up that time, the error is returned at once, with [`Error::retry_after`]. The wait for
    /// a turn of [`requests_per_second`](crate::ClientBuilder::requests_per_second) is not counted.
    /// Time while the process is suspended is not counted either: an attempt counts for no longer
    /// than the client's timeout, and a wait for no longer than planned.
    ///
    /// 0 allows no attempt, and is refused when the client is built. With one attempt per page,
    /// this only limits the wait for a `Retry-After` that another stream received.
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.max_elapsed = elapsed;
        self
    }

    /// Refuses limits that contradict each other.
    pub(crate) fn validate(&self) -> Result<()> {
        if self.max_attempts == 0 {
            return Err(Error::invalid(
                "max_attempts is 0, but includes the first attempt: use 1, or RetryPolicy::none()",
            ));
        }
        if self.max_attempts == 1 {
            // Nothing is retried, so the other limits do not matter.
            return Ok(());
        }
        if self.max_elapsed.is_zero() {
            return Err(Error::invalid(
                "max_elapsed is 0, which allows no attempt: raise it, or use RetryPolicy::none()",
            ));
        }
        if self.base_delay > self.max_delay {
            let (base, max) = (self.base_delay, self.max_delay);
            return Err(Error::invalid(format!(
                "base_delay is {base:?}, but max_delay is {max:?}: set both",
            )));
        }
        Ok(())
    }

    /// How much of `max_elapsed` is left.
    pub(crate) fn remaining(&self, spent: Duration) -> Duration {
        self.max_elapsed.saturating_sub(spent)
    }

    /// How long the next attempt may take; `None` for as long as the client's timeout.
    pub(crate) fn attempt_limit(&self, spent: Duration) -> Option<Duration> {
        (self.max_attempts > 1).then(|| self.remaining(spent))
    }

    /// The wait before the next attempt; `None` to give up. `attempts` were made so far, and the
    /// last one failed with `error`.
    ///
    /// `spent` is how much of `max_elapsed` is used up. `draw` is uniform in `0.0..1.0`.
    pub(crate) fn wait_after(
        &self,
        error: &Error,
        attempts: u32,
        spent: Duration,
        draw: f64,
    ) -> Option<RetryWait> {
        if !error.is_retryable() {
            return None;
        }
        self.wait(attempts, spent, error.retry_after(), draw)
    }

    fn wait(
        &self,
        attempts: u32,
        spent: Duration,
        retry_after: Option<Duration>,
        draw: f64,
    ) -> Option<RetryWait> {
        let remaining = self.remaining(spent);
        let asked = retry_after.unwrap_or_default();
        if attempts >= self.max_attempts || asked >= remaining {
            return None;
        }
        let jitter = self.jitter(attempts, draw);
        // Do not give up if the wait is too long, but shorten it: otherwise the jitter alone would
        // decide whether there is a retry. Leave half of the remaining time for the attempt.
        let longest = (remaining - asked) / 2;
        let duration = asked + jitter.min(longest);
        Some(RetryWait { duration, is_last: jitter > longest })
    }

    /// The random part of a wait after this many attempts. `draw` is uniform in `0.0..1.0`.
    pub(crate) fn jitter(&self, attempts: u32, draw: f64) -> Duration {
        let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        self.base_delay.saturating_mul(doubled).min(self.max_delay).mul_f64(draw)
    }
}

/// The wait before a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryWait {
    pub(crate) duration: Duration,
    /// Whether the wait was shortened to fit. Then this retry is the last one. Each further wait
    /// would be shorter, although the server needs longer ones.
    pub(crate) is_last: bool,
}

impl Error {
    /// Whether the same request may succeed later.
    ///
    /// By the time you see such an error, the client has already used up its [`RetryPolicy`]. Wait
    /// some time, then [`rearm`](crate::VideoStream::rearm) the stream or resume from
    /// [`cursor`](Self::cursor).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        is_retried(self.kind(), self.status(), self.code_is_known())
    }
}

/// Whether a failed request is sent again. Nothing else decides this.
///
/// `status` is the status of the response, if there was one. `code_is_known` is whether the API
/// documents the error code in the body.
pub(crate) fn is_retried(kind: ErrorKind, status: Option<u16>, code_is_known: bool) -> bool {
    match (kind, status) {
        // The connection failed or the response was cut; a new connection can work.
        (ErrorKind::Network, _) => true,
        // A slow response says nothing about the next one.
        (ErrorKind::Timeout, _) => true,
        // The server allows the request later, whatever status it uses to say so.
        (ErrorKind::RateLimited, _) => true,
        // Permanent: not implemented, an unsupported HTTP version, a network that requires a login.
        (ErrorKind::Server, Some(501 | 505 | 511)) => false,
        // The server or a gateway crashed, restarts or is overloaded. That is temporary. Gateways
        // have their own statuses for it, such as 520 to 530.
        (ErrorKind::Server, _) => true,
        // A cache answered as if the request were conditional, which it is not. The next request
        // tells the cache to ask the server.
        (ErrorKind::Api | ErrorKind::Redirect, Some(304)) => true,
        // 408: the server did not wait for the whole request, and allows repeating it (RFC 9110,
        // section 15.5.9). 425: it did not want the request so early (RFC 8470). A documented code
        // gives another, permanent reason.
        (ErrorKind::Api, Some(408 | 425)) => !code_is_known,
        // The API understood the request and refused it.
        (ErrorKind::Api, _) => false,
        // The call itself is wrong.
        (ErrorKind::InvalidRequest, _) => false,
        // The server or this crate refused the cursor, and would do so again.
        (ErrorKind::Cursor, _) => false,
        // The proxy is set up to refuse, and repeated passwords may lock an account.
        (ErrorKind::Proxy, _) => false,
        // The key stays wrong, and repeated attempts may lock the account.
        (ErrorKind::Unauthorized, _) => false,
        // A refused certificate means a wrong host, a wrong clock or an attack.
        (ErrorKind::Tls, _) => false,
        // The base URL is wrong.
        (ErrorKind::Redirect, _) => false,
        // The response was complete, but it is not a page.
        (ErrorKind::Decode, _) => false,
        // The page has the same size the next time.
        (ErrorKind::TooLarge, _) => false,
        // The server would send the same wrong token again.
        (ErrorKind::Pagination, _) => false,
    }
}

#[cfg(test)]
mod tests;
