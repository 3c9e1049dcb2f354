//! When the streams of a client may send: not before what `Retry-After` asked for, and no faster
//! than the pace that was set.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::error::{Error, ErrorKind, Result};
use crate::retry::RetryPolicy;

/// A slower pace than one request a year is a mistake.
const LONGEST_INTERVAL: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Debug, Default)]
pub(crate) struct Throttle {
    opens: Mutex<Option<Instant>>,
    pace: Option<Pace>,
}

/// One request every `interval`, whichever stream it is of.
#[derive(Debug)]
struct Pace {
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl Throttle {
    /// An open gate that lets this many requests through a second.
    pub(super) fn new(requests_per_second: Option<f64>) -> Result<Self> {
        let interval = requests_per_second.map(interval_of).transpose()?;
        let pace = interval.map(|interval| Pace { interval, next: Mutex::default() });
        Ok(Self { opens: Mutex::default(), pace })
    }

    /// Waits until one more request may be sent, and returns how long the pace took of that.
    ///
    /// The pace is the caller's own choice, so it is not charged to the page that was `started`.
    /// Fails where the server asked for a longer wait than `policy` has left for the page.
    pub(crate) async fn wait_for_turn(
        &self,
        policy: &RetryPolicy,
        started: Instant,
    ) -> Result<Duration> {
        let mut paced = Duration::ZERO;
        loop {
            // The turn comes after the gate, or all requests that waited there would go at once.
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
                    "the server asked this client to wait; nothing is sent before that",
                );
                return Err(error.with_retry_after(Some(wait)));
            }
            sleep(wait).await;
        }
        Ok(())
    }

    /// Waits for this request's turn, and tells how long that was.
    ///
    /// The turn of a request that is dropped meanwhile is lost: were a lock held in place of it, a
    /// stream that nobody polls would keep all others back.
    async fn take_turn(&self) -> Duration {
        let Some(pace) = &self.pace else { return Duration::ZERO };
        let begun = Instant::now();
        let turn = {
            let mut next = pace.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(Some(Instant::now()));
            *next = turn.and_then(|turn| turn.checked_add(pace.interval));
            turn
        };
        if let Some(turn) = turn {
            sleep_until(turn).await;
        }
        begun.elapsed()
    }

    /// Closes the gate for `wait` from now; it never opens sooner than somebody was told.
    pub(crate) fn close(&self, wait: Duration) {
        // A sum past the clock's end cannot be waited for, nor told apart from for ever.
        let Some(until) = Instant::now().checked_add(wait) else { return };
        let mut opens = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        *opens = (*opens).max(Some(until));
    }

    /// How long the gate stays closed; `None` when it is open.
    fn closed_for(&self) -> Option<Duration> {
        let mut opens = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = opens.map(|until| until.saturating_duration_since(Instant::now()));
        let wait = wait.filter(|wait| !wait.is_zero());
        if wait.is_none() {
            *opens = None;
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
    async fn the_later_instant_counts_and_then_the_gate_is_open() {
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
    async fn turns_are_an_interval_apart_and_idle_time_saves_none_up() {
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
    async fn a_turn_waits_for_the_gate_and_only_the_pace_is_returned() {
        let throttle = Throttle::new(Some(0.5)).unwrap();
        let policy = RetryPolicy::default().max_elapsed(Duration::from_secs(10));
        throttle.take_turn().await;
        throttle.close(Duration::from_secs(1));
        let begun = Instant::now();
        let paced = throttle.wait_for_turn(&policy, begun).await.unwrap();
        assert_eq!((paced, begun.elapsed()), (Duration::from_secs(1), Duration::from_secs(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_that_is_closed_for_too_long_is_an_error_at_once() {
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
