//! `RetryPolicy`, and the pure decision whether and when a failed request is sent again.
//!
//! Nothing here waits or reads a clock: `fetch` does. A wait is drawn with full jitter, uniformly
//! from 0 to `min(max_delay, base_delay x 2^n)`, so that clients which failed together do not come
//! back together; a `Retry-After` of the server's is a lower bound of it.

use std::time::Duration;

use crate::error::{Error, Result};

/// How often, and after which waits, a failed request for a page is sent again.
///
/// Retried are 408, 429, 500, 502, 503, 504, failed, reset and cut connections, and timeouts.
///
/// # Default
///
/// - at most 4 attempts a page, the first included
/// - waits drawn from 0 to 500 ms, 1 s, 2 s, … and never more than 20 s
/// - no new attempt once 120 s have passed since the page was first asked for
///
/// ```
/// use std::time::Duration;
/// use heygen_videos::{Client, RetryPolicy};
///
/// let patient = RetryPolicy::default().max_attempts(10).max_elapsed(Duration::from_secs(3600));
/// let client = Client::builder().api_key("key").retry(patient).build()?;
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// Sets how many requests are sent for one page at most, the first included; 0 is refused when
    /// the client is built.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the longest first wait; it doubles with every further one.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest wait of our own choosing; `Retry-After` may ask for more.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets how long after a page was first asked for a new attempt may still begin.
    ///
    /// Where the server asks for a longer wait than is left of it, the error comes at once, with
    /// [`Error::retry_after`].
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.max_elapsed = elapsed;
        self
    }

    pub(crate) fn validate(&self) -> Result<()> {
        if self.max_attempts == 0 {
            return Err(Error::invalid(
                "max_attempts counts the first attempt too: use 1, or RetryPolicy::none()",
            ));
        }
        Ok(())
    }

    /// How long from now a further attempt may begin at the latest; `None` when it is over.
    pub(crate) fn remaining(&self, elapsed: Duration) -> Option<Duration> {
        self.max_elapsed.checked_sub(elapsed)
    }

    /// The wait before the next attempt, or `None` to give up.
    ///
    /// `attempts` have been made, `draw` is uniform in `0.0..1.0`.
    pub(crate) fn wait(
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
        let ceiling = self.base_delay.saturating_mul(doubled).min(self.max_delay);
        // Clipped, not refused: jitter alone must not decide whether a request is retried.
        let own = ceiling.mul_f64(draw).min(remaining);
        let wait = own.max(retry_after.unwrap_or_default());
        (wait <= remaining).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Duration = Duration::ZERO;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn jitter_is_full_and_its_ceiling_doubles_up_to_max_delay() {
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
        assert_eq!(policy.wait(1, ms(900), None, 0.9), Some(ms(100)), "clipped, not refused");
        assert_eq!(policy.wait(1, ms(1_001), None, 0.0), None);
    }

    #[test]
    fn retry_after_is_a_lower_bound_of_the_wait() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, NONE, Some(ms(7_000)), 0.5), Some(ms(7_000)));
        assert_eq!(policy.wait(1, NONE, Some(ms(1)), 0.5), Some(ms(250)));
    }

    #[test]
    fn a_retry_after_beyond_what_is_left_gives_up_at_once() {
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
