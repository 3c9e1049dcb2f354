//! `Streak`: the attempts at one page, and how much of the retry policy they have used up.
//!
//! An attempt or a wait counts for no longer than it was allowed to take, because the clock also
//! runs while the process is suspended.

use std::time::Duration;

use crate::error::Error;
use crate::retry::RetryPolicy;

#[derive(Debug)]
pub(super) struct Streak<'a> {
    policy: &'a RetryPolicy,
    /// The longest time that one attempt may take.
    timeout: Duration,
    attempts: u32,
    spent: Duration,
    is_last: bool,
}

impl<'a> Streak<'a> {
    pub(super) fn new(policy: &'a RetryPolicy, timeout: Duration) -> Self {
        Self { policy, timeout, attempts: 0, spent: Duration::ZERO, is_last: false }
    }

    /// How many attempts were started.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How much time is left for attempts and waits.
    pub(super) fn remaining(&self) -> Duration {
        self.policy.remaining(self.spent)
    }

    /// Counts a wait.
    pub(super) fn waited(&mut self, wait: Duration) {
        self.spent = self.spent.saturating_add(wait);
    }

    /// Begins the next attempt. Returns how long it may take if that is less than the client's
    /// timeout.
    pub(super) fn begin(&mut self) -> Option<Duration> {
        self.attempts += 1;
        self.policy.attempt_limit(self.spent).filter(|limit| *limit < self.timeout)
    }

    /// Counts an attempt that took `elapsed` on the clock and failed. Returns the wait before the
    /// next attempt; `None` to give up.
    pub(super) fn wait_after(
        &mut self,
        error: &Error,
        elapsed: Duration,
        draw: f64,
    ) -> Option<Duration> {
        self.waited(elapsed.min(self.timeout));
        if self.is_last {
            return None;
        }
        let wait = self.policy.wait_after(error, self.attempts, self.spent, draw)?;
        self.is_last = wait.is_last;
        Some(wait.duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const SECOND: Duration = Duration::from_secs(1);

    fn error() -> Error {
        Error::new(ErrorKind::Network, "")
    }

    #[test]
    fn attempts_and_waits_are_counted_for_no_longer_than_they_may_take() {
        let policy = RetryPolicy::default().max_attempts(u32::MAX).max_elapsed(100 * SECOND);
        let mut streak = Streak::new(&policy, 30 * SECOND);
        assert_eq!((streak.begin(), streak.attempts()), (None, 1));
        // The process was suspended for an hour.
        assert_eq!(streak.wait_after(&error(), 3_600 * SECOND, 0.0), Some(Duration::ZERO));
        assert_eq!(streak.remaining(), 70 * SECOND);
        streak.waited(5 * SECOND);
        streak.begin();
        streak.wait_after(&error(), 2 * SECOND, 0.0).unwrap();
        assert_eq!((streak.remaining(), streak.attempts()), (63 * SECOND, 2));
    }

    #[test]
    fn the_last_attempt_gets_what_is_left() {
        let policy = RetryPolicy::default().max_elapsed(100 * SECOND);
        let mut streak = Streak::new(&policy, 30 * SECOND);
        streak.waited(69 * SECOND);
        assert_eq!(streak.begin(), None);
        streak.wait_after(&error(), 2 * SECOND, 0.0).unwrap();
        assert_eq!(streak.begin(), Some(29 * SECOND));
        assert_eq!(streak.wait_after(&error(), 29 * SECOND, 0.0), None);
    }

    #[test]
    fn only_one_attempt_follows_a_shortened_wait() {
        let policy = RetryPolicy::default().max_attempts(9).max_elapsed(SECOND);
        let mut streak = Streak::new(&policy, 30 * SECOND);
        streak.begin();
        let wait = streak.wait_after(&error(), SECOND / 2, 0.9);
        assert_eq!(wait, Some(SECOND / 4));
        streak.waited(SECOND / 4);
        assert_eq!(streak.begin(), Some(SECOND / 4));
        assert_eq!(streak.wait_after(&error(), Duration::ZERO, 0.0), None);
    }
}
