//! `RetryPolicy`: which failures are retried, and after what wait.
//!
//! Nothing here waits or reads a clock; `http::fetch` does. A wait is drawn with full jitter,
//! uniformly from 0 to `min(max_delay, base_delay x 2^n)`, so that clients that failed at the same
//! time do not retry at the same time. The server's `Retry-After` is a lower bound of the wait.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// How often a failed request for a page is retried, and after what waits.
///
/// Retried are the statuses 408, 429, 500, 502, 503 and 504, connections that fail, are reset or
/// cut short, and timeouts.
///
/// # Default
///
/// - at most 4 attempts a page, including the first
/// - random waits of at most 500 ms, 1 s, 2 s and so on, never more than 20 s
/// - no new attempt after 120 s since the page was first requested
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
    /// One attempt a page: every failure is reported at once.
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Sets the most requests that are sent for one page, including the first. 0 is refused when the
    /// client is built.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the upper bound of the first wait. It doubles with every further wait.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the upper bound of all waits. Only `Retry-After` can make a wait longer.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets how long after the first request for a page a new attempt may still begin.
    ///
    /// If the server asks for a wait beyond that, the error is returned at once, with
    /// [`Error::retry_after`].
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.max_elapsed = elapsed;
        self
    }

    pub(crate) fn validate(&self) -> Result<()> {
        if self.max_attempts == 0 {
            return Err(Error::invalid(
                "max_attempts is 0, but includes the first attempt: use 1, or RetryPolicy::none()",
            ));
        }
        Ok(())
    }

    /// How long from now a further attempt may still begin; `None` if the time is over.
    pub(crate) fn remaining(&self, elapsed: Duration) -> Option<Duration> {
        self.max_elapsed.checked_sub(elapsed)
    }

    /// The wait before the next attempt, after the last one failed with `error`; `None` to give up.
    ///
    /// `elapsed` is the time since the page was first requested. `draw` is uniform in `0.0..1.0`.
    pub(crate) fn wait_after(
        &self,
        error: &Error,
        elapsed: Duration,
        draw: f64,
    ) -> Option<Duration> {
        if !error.is_retryable() {
            return None;
        }
        self.wait(error.attempts(), elapsed, error.retry_after(), draw)
    }

    /// The wait after `attempts` attempts, the last of which was answered with `retry_after`.
    fn wait(
        &self,
        attempts: u32,
        elapsed: Duration,
        retry_after: Option<Duration>,
        draw: f64,
    ) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let remaining = self.remaining(elapsed)?;
        let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = self.base_delay.saturating_mul(doubled).min(self.max_delay);
        // Shorten a wait that is too long: a retry must not depend on the jitter alone.
        let own = longest.mul_f64(draw).min(remaining);
        let wait = own.max(retry_after.unwrap_or_default());
        (wait <= remaining).then_some(wait)
    }
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
        // The server or its gateway crashed, restarts or is overloaded. That passes.
        (ErrorKind::Server, Some(500 | 502..=504)) => true,
        // 501 and 505 are permanent. No other status is known to be temporary.
        (ErrorKind::Server, _) => false,
        // The server did not wait for the whole request, and allows repeating it (RFC 9110, section
        // 15.5.9). A documented code gives another, permanent reason.
        (ErrorKind::Api, Some(408)) => !code_is_known,
        // The API understood the request and refused it.
        (ErrorKind::Api, _) => false,
        // The call itself is wrong.
        (ErrorKind::InvalidRequest, _) => false,
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
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_as_documented() {
        const KNOWN: bool = true;
        const UNKNOWN: bool = false;
        for (kind, status, code_is_known, retried) in [
            (ErrorKind::Network, None, UNKNOWN, true),
            (ErrorKind::Network, Some(200), UNKNOWN, true),
            (ErrorKind::Timeout, None, UNKNOWN, true),
            (ErrorKind::RateLimited, None, UNKNOWN, true),
            (ErrorKind::RateLimited, Some(429), UNKNOWN, true),
            (ErrorKind::RateLimited, Some(400), KNOWN, true),
            (ErrorKind::RateLimited, Some(200), KNOWN, true),
            (ErrorKind::Server, Some(500), UNKNOWN, true),
            (ErrorKind::Server, Some(501), UNKNOWN, false),
            (ErrorKind::Server, Some(502), UNKNOWN, true),
            (ErrorKind::Server, Some(503), UNKNOWN, true),
            (ErrorKind::Server, Some(504), UNKNOWN, true),
            (ErrorKind::Server, Some(505), UNKNOWN, false),
            (ErrorKind::Server, Some(520), UNKNOWN, false),
            (ErrorKind::Server, None, UNKNOWN, false),
            (ErrorKind::Api, Some(408), UNKNOWN, true),
            (ErrorKind::Api, Some(408), KNOWN, false),
            (ErrorKind::Api, Some(400), UNKNOWN, false),
            (ErrorKind::Api, Some(404), UNKNOWN, false),
            (ErrorKind::Api, Some(200), KNOWN, false),
            (ErrorKind::InvalidRequest, None, UNKNOWN, false),
            (ErrorKind::Unauthorized, Some(401), UNKNOWN, false),
            (ErrorKind::Unauthorized, Some(408), KNOWN, false),
            (ErrorKind::Unauthorized, Some(500), KNOWN, false),
            (ErrorKind::Tls, None, UNKNOWN, false),
            (ErrorKind::Redirect, Some(301), UNKNOWN, false),
            (ErrorKind::Decode, Some(200), UNKNOWN, false),
            (ErrorKind::TooLarge, Some(200), UNKNOWN, false),
            (ErrorKind::Pagination, None, UNKNOWN, false),
        ] {
            let got = is_retried(kind, status, code_is_known);
            assert_eq!(got, retried, "{kind:?}, {status:?}, known code: {code_is_known}");
        }
    }

    const NONE: Duration = Duration::ZERO;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_jitter_is_full_and_its_upper_bound_doubles_up_to_max_delay() {
        let policy = RetryPolicy::default().max_attempts(u32::MAX).max_delay(ms(1_500));
        assert_eq!(policy.wait(1, NONE, None, 0.0), Some(NONE));
        assert_eq!(policy.wait(1, NONE, None, 0.5), Some(ms(250)));
        assert_eq!(policy.wait(2, NONE, None, 0.5), Some(ms(500)));
        for attempts in [3, 4, 31, 32, 33, 64, u32::MAX - 1] {
            assert_eq!(policy.wait(attempts, NONE, None, 0.5), Some(ms(750)), "{attempts}");
        }
    }

    #[test]
    fn attempts_run_out() {
        let policy = RetryPolicy::default();
        assert!(policy.wait(3, NONE, None, 0.5).is_some());
        assert_eq!(policy.wait(4, NONE, None, 0.5), None);
        assert_eq!(RetryPolicy::none().wait(1, NONE, None, 0.5), None);
    }

    #[test]
    fn no_attempt_begins_after_max_elapsed() {
        let policy = RetryPolicy::default().max_elapsed(ms(1_000));
        assert_eq!(policy.wait(1, ms(900), None, 0.9), Some(ms(100)), "shortened, not refused");
        assert_eq!(policy.wait(1, ms(1_001), None, 0.0), None);
    }

    #[test]
    fn retry_after_is_a_lower_bound_of_the_wait() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, NONE, Some(ms(7_000)), 0.5), Some(ms(7_000)));
        assert_eq!(policy.wait(1, NONE, Some(ms(1)), 0.5), Some(ms(250)));
    }

    #[test]
    fn a_retry_after_beyond_max_elapsed_gives_up_at_once() {
        let policy = RetryPolicy::default();
        let all = Duration::from_secs(120);
        assert_eq!(policy.wait(1, NONE, Some(all), 0.5), Some(all));
        assert_eq!(policy.wait(1, ms(1), Some(all), 0.5), None);
    }

    #[test]
    fn extreme_policies_do_not_overflow() {
        let policy = RetryPolicy::default()
            .base_delay(Duration::MAX)
            .max_delay(Duration::MAX)
            .max_elapsed(Duration::MAX)
            .max_attempts(u32::MAX);
        assert!(policy.wait(40, NONE, Some(Duration::MAX), 0.999).is_some());
        assert!(policy.wait(40, Duration::MAX, None, 0.0).is_some());
    }
}
