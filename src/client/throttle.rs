//! When the streams of a client may send the next request.
//!
//! Two things hold a request back. The gate is closed while the server asked the client to wait
//! (`Retry-After`). The pace is the caller's own limit on requests per second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::error::{Error, ErrorKind, Result};
use crate::retry::RetryPolicy;

/// Fewer requests than one a year are taken for a mistake.
const LONGEST_INTERVAL: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The gate and the pace that all streams of a client share.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    /// When the gate opens; `None` when it is open.
    opens_at: Mutex<Option<Instant>>,
    pace: Option<Pace>,
}

/// One request every `interval`, for all streams together.
#[derive(Debug)]
struct Pace {
    interval: Duration,
    next_turn: Mutex<Option<Instant>>,
}

impl Throttle {
    /// Makes an open throttle that lets through at most this many requests a second.
    pub(super) fn new(requests_per_second: Option<f64>) -> Result<Self> {
        let interval = requests_per_second.map(interval_of).transpose()?;
        let pace = interval.map(|interval| Pace { interval, next_turn: Mutex::default() });
        Ok(Self { opens_at: Mutex::default(), pace })
    }

    /// Waits until the next request for a page may be sent. Returns how much of the wait was due to
    /// the pace, because the pace does not count against the page's `max_elapsed`.
    ///
    /// `started` is when the page was first requested. Fails at once if the gate stays closed for
    /// longer than `policy` still allows for this page.
    pub(crate) async fn wait_for_turn(
        &self,
        policy: &RetryPolicy,
        started: Instant,
    ) -> Result<Duration> {
        let mut paced = Duration::ZERO;
        loop {
            // Take the turn after the gate. Otherwise all waiting requests are sent when it opens.
            self.wait_for_gate(policy, started + paced).await?;
            paced += self.take_turn().await;
            // Another stream may have closed the gate during the turn.
            if self.closed_for().is_none() {
                return Ok(paced);
            }
        }
    }

    async fn wait_for_gate(&self, policy: &RetryPolicy, started: Instant) -> Result<()> {
        while let Some(wait) = self.closed_for() {
            if policy.remaining(started.elapsed()).is_none_or(|remaining| wait > remaining) {
                let error = Error::new(
                    ErrorKind::RateLimited,
                    "the server asked this client to wait longer than the retry policy allows",
                );
                return Err(error.with_retry_after(Some(wait)));
            }
            sleep(wait).await;
        }
        Ok(())
    }

    /// Waits for this request's turn in the pace. Returns how long that took.
    ///
    /// A request that is dropped while it waits loses its turn. Holding a lock instead would let a
    /// stream that is not polled block all others.
    async fn take_turn(&self) -> Duration {
        let Some(pace) = &self.pace else { return Duration::ZERO };
        let begun = Instant::now();
        let turn = {
            let mut next_turn = pace.next_turn.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next_turn).max(Some(Instant::now()));
            *next_turn = turn.and_then(|turn| turn.checked_add(pace.interval));
            turn
        };
        if let Some(turn) = turn {
            sleep_until(turn).await;
        }
        begun.elapsed()
    }

    /// Closes the gate for `wait` from now. A gate that is closed for longer already stays so.
    pub(crate) fn close(&self, wait: Duration) {
        // Ignore a wait that overflows `Instant`.
        let Some(until) = Instant::now().checked_add(wait) else { return };
        let mut opens_at = self.opens_at.lock().unwrap_or_else(PoisonError::into_inner);
        *opens_at = (*opens_at).max(Some(until));
    }

    /// How long the gate stays closed; `None` if it is open.
    fn closed_for(&self) -> Option<Duration> {
        let mut opens_at = self.opens_at.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = opens_at.map(|until| until.saturating_duration_since(Instant::now()));
        let wait = wait.filter(|wait| !wait.is_zero());
        if wait.is_none() {
            *opens_at = None;
        }
        wait
    }
}

/// The time between two requests at this rate.
fn interval_of(requests_per_second: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(1.0 / requests_per_second)
        .ok()
        .filter(|interval| !interval.is_zero() && *interval <= LONGEST_INTERVAL)
        .ok_or_else(|| {
            Error::invalid("requests_per_second must be a positive number, such as 2 or 0.5")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_gate_stays_closed_for_the_longest_wait() {
        let throttle = Throttle::default();
        assert_eq!(throttle.closed_for(), None);
        throttle.close(Duration::from_secs(10));
        throttle.close(Duration::from_secs(3));
        throttle.close(Duration::MAX);
        assert_eq!(throttle.closed_for(), Some(Duration::from_secs(10)));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(throttle.closed_for(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_one_interval_apart_and_do_not_accumulate_while_idle() {
        let throttle = Throttle::new(Some(4.0)).unwrap();
        let begun = Instant::now();
        for turn in 0..4 {
            throttle.take_turn().await;
            assert_eq!(begun.elapsed(), Duration::from_millis(250) * turn);
        }
        tokio::time::advance(Duration::from_secs(60)).await;
        let begun = Instant::now();
        throttle.take_turn().await;
        throttle.take_turn().await;
        assert_eq!(begun.elapsed(), Duration::from_millis(250));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_turn_returns_the_time_of_the_pace_only() {
        let throttle = Throttle::new(Some(0.5)).unwrap();
        let policy = RetryPolicy::default().max_elapsed(Duration::from_secs(10));
        throttle.take_turn().await;
        throttle.close(Duration::from_secs(1));
        let begun = Instant::now();
        let paced = throttle.wait_for_turn(&policy, begun).await.unwrap();
        assert_eq!((paced, begun.elapsed()), (Duration::from_secs(1), Duration::from_secs(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_closed_for_longer_than_the_policy_allows_is_an_error_at_once() {
        let throttle = Throttle::default();
        let policy = RetryPolicy::default().max_elapsed(Duration::from_secs(10));
        throttle.close(Duration::from_secs(11));
        let begun = Instant::now();
        let error = throttle.wait_for_turn(&policy, begun).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(11)));
        assert!(error.is_retryable() && begun.elapsed().is_zero());
        assert!(throttle.wait_for_turn(&policy.max_elapsed(Duration::MAX), begun).await.is_ok());
    }
}
