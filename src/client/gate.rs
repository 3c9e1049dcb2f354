//! The gate: it holds back all streams of a client after the server asked the client to wait
//! (`Retry-After`).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::error::{Error, ErrorKind, Result};

/// The gate opens after this time even if the server asked for more: one wrong response must not
/// stop a program for a day.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<GateState>,
    opened: Notify,
}

#[derive(Debug, Default)]
struct GateState {
    /// When the gate opens; `None` when it is open.
    opens_at: Option<Instant>,
    /// How often the gate was closed.
    closings: u64,
}

/// Which closings of the gate one stream may ignore.
///
/// If the caller continues the stream after an error, the next request is sent at once. The stream
/// ignores every closing before that request. The value is the number of closings to ignore, or
/// `ALL` until that request is sent.
#[derive(Debug, Default)]
pub(crate) struct Pass(AtomicU64);

impl Pass {
    const ALL: u64 = u64::MAX;

    /// Called when the stream returns an error. If it continues, the gate does not hold back its
    /// next request.
    pub(crate) fn renew(&self) {
        self.0.store(Self::ALL, Relaxed);
    }

    /// Called when the stream sends a request. From then on it ignores only the closings so far.
    pub(super) fn spend(&self, closings: u64) {
        if self.0.load(Relaxed) == Self::ALL {
            self.0.store(closings, Relaxed);
        }
    }
}

impl Gate {
    /// Closes the gate for `wait` from now. If the gate is already closed for longer, that time is
    /// kept.
    pub(super) fn close(&self, wait: Duration) {
        let mut state = self.lock();
        state.closings += 1;
        state.opens_at = state.opens_at.max(Some(Instant::now() + wait.min(LONGEST_WAIT)));
    }

    /// How often the gate was closed so far.
    pub(super) fn closings(&self) -> u64 {
        self.lock().closings
    }

    /// Opens the gate if nobody has closed it since `closings` were counted.
    pub(super) fn open(&self, closings: u64) {
        let mut state = self.lock();
        let opens = state.closings == closings && state.opens_at.take().is_some();
        // A waker may run code that needs the lock.
        drop(state);
        if opens {
            self.opened.notify_waiters();
        }
    }

    /// How long the gate stays closed to the holder of `pass`; `None` if it is open.
    pub(super) fn closed_for(&self, pass: &Pass) -> Option<Duration> {
        let state = self.lock();
        let wait = state.opens_at?.saturating_duration_since(Instant::now());
        (!wait.is_zero() && state.closings > pass.0.load(Relaxed)).then_some(wait)
    }

    /// Waits until the gate is open, and returns how long that took. Fails at once if the wait
    /// would take all of `remaining`.
    ///
    /// A request that had to wait then waits for `jitter` too, or for half of the remaining time if
    /// that is less. Otherwise all streams would send at the instant when the gate opens.
    pub(super) async fn wait(
        &self,
        pass: &Pass,
        remaining: Duration,
        jitter: Duration,
    ) -> Result<Duration> {
        let mut waited = Duration::ZERO;
        loop {
            let opened = self.opened.notified();
            let Some(wait) = self.closed_for(pass) else { return Ok(waited) };
            if wait >= remaining.saturating_sub(waited) {
                let error = Error::new(
                    ErrorKind::RateLimited,
                    "the server asked this client to wait longer than the retry policy allows",
                );
                return Err(error.with_retry_after(Some(wait)));
            }
            let begun = Instant::now();
            let _ = timeout(wait, opened).await;
            // The clock runs while the process is suspended. That time is not counted.
            waited += begun.elapsed().min(wait);
            let jitter = jitter.min(remaining.saturating_sub(waited) / 2);
            sleep(jitter).await;
            waited += jitter;
        }
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const NONE: Duration = Duration::ZERO;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn the_gate_stays_closed_for_the_longest_wait() {
        let (gate, pass) = (Gate::default(), Pass::default());
        assert_eq!(gate.closed_for(&pass), None);
        gate.close(seconds(10));
        gate.close(seconds(3));
        assert_eq!(gate.closed_for(&pass), Some(seconds(10)));
        tokio::time::advance(seconds(10)).await;
        assert_eq!(gate.closed_for(&pass), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_gate_is_closed_for_an_hour_at_most() {
        let (gate, pass) = (Gate::default(), Pass::default());
        for wait in [HOUR, HOUR + seconds(1), 365 * 24 * HOUR, Duration::MAX] {
            gate.close(wait);
            assert_eq!(gate.closed_for(&pass), Some(HOUR), "{wait:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_closed_for_longer_than_what_is_left_is_an_error_at_once() {
        let (gate, pass) = (Gate::default(), Pass::default());
        gate.close(seconds(10));
        let begun = Instant::now();
        let error = gate.wait(&pass, seconds(10), NONE).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(seconds(10)));
        assert!(error.is_retryable() && begun.elapsed().is_zero());
        assert_eq!(gate.wait(&pass, seconds(11), NONE).await.unwrap(), seconds(10));
        assert_eq!(gate.wait(&pass, NONE, seconds(1)).await.unwrap(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_request_sent_after_the_last_closing_opens_the_gate() {
        let (gate, pass) = (Gate::default(), Pass::default());
        let before = gate.closings();
        gate.close(HOUR);
        gate.open(before);
        assert_eq!(gate.closed_for(&pass), Some(HOUR));
        let waiting = gate.wait(&pass, Duration::MAX, NONE);
        let opens = async {
            tokio::time::sleep(seconds(5)).await;
            gate.open(gate.closings());
        };
        assert_eq!(futures::future::join(waiting, opens).await.0.unwrap(), seconds(5));
        assert_eq!(gate.closed_for(&pass), None);
    }

    #[tokio::test(start_paused = true)]
    async fn each_stream_waits_for_its_own_jitter_after_the_gate_has_opened() {
        let (gate, pass, begun) = (Gate::default(), Pass::default(), Instant::now());
        gate.close(seconds(10));
        let opened_early = async {
            tokio::time::sleep(seconds(4)).await;
            gate.open(gate.closings());
        };
        let waits = [(100, 1), (100, 2), (6, 9)].map(|(remaining, jitter)| async move {
            let (gate, pass) = (Gate::default(), Pass::default());
            gate.close(seconds(2));
            gate.wait(&pass, seconds(remaining), seconds(jitter)).await.unwrap()
        });
        let waited = futures::future::join_all(waits).await;
        assert_eq!(waited, [seconds(3), seconds(4), seconds(4)], "the last has 4 s, and uses half");
        assert_eq!(begun.elapsed(), seconds(4));

        let waiting = gate.wait(&pass, seconds(100), seconds(1));
        let waited = futures::future::join(waiting, opened_early).await.0.unwrap();
        assert_eq!((waited, begun.elapsed()), (seconds(5), seconds(9)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_ignores_the_gate_until_it_closes_after_the_next_request() {
        let (gate, pass, other) = (Gate::default(), Pass::default(), Pass::default());
        gate.close(seconds(10));
        pass.renew();
        gate.close(seconds(10));
        assert_eq!(gate.closed_for(&pass), None);
        assert_eq!(gate.closed_for(&other), Some(seconds(10)));
        pass.spend(gate.closings());
        assert_eq!(gate.closed_for(&pass), None);
        gate.close(seconds(5));
        assert_eq!(gate.closed_for(&pass), Some(seconds(10)));
        pass.spend(gate.closings());
        assert_eq!(gate.closed_for(&pass), Some(seconds(10)));
    }
}
