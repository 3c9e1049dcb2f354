//! When the streams of a client may send the next request.
//!
//! Two things hold a request back. The gate is closed for as long as the server asked the client to
//! wait (`Retry-After`). The pace is the caller's own limit on requests per second.

use std::time::Duration;

use super::gate::{Gate, Pass};
use super::pace::Pace;
use crate::error::Result;

/// The gate and the pace that all streams of a client share.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    gate: Gate,
    pace: Option<Pace>,
}

/// The permission to send one request.
#[derive(Debug)]
pub(crate) struct Turn {
    /// How long the request waited at the gate. The caller sets the pace, so waiting for the pace
    /// does not count against `max_elapsed`.
    pub(crate) waited: Duration,
    /// How often the gate had been closed before the request was sent.
    closings: u64,
}

impl Throttle {
    /// Makes an open throttle that lets through at most this many requests a second.
    pub(super) fn new(requests_per_second: Option<f64>) -> Result<Self> {
        let pace = requests_per_second.map(Pace::new).transpose()?;
        Ok(Self { gate: Gate::default(), pace })
    }

    /// An open throttle with the same pace.
    pub(super) fn another(&self) -> Self {
        Self { gate: Gate::default(), pace: self.pace.as_ref().map(Pace::another) }
    }

    /// Waits until the next request of the stream that holds `pass` may be sent.
    ///
    /// Fails at once if the gate stays closed for all of `remaining`. After a wait at the gate it
    /// also waits for `jitter`. Dropping the future gives the turn back.
    pub(crate) async fn wait_for_turn(
        &self,
        pass: &Pass,
        remaining: Duration,
        jitter: Duration,
    ) -> Result<Turn> {
        let mut waited = Duration::ZERO;
        loop {
            // Take the turn after the gate. Otherwise all waiting requests are sent when it opens.
            let remaining = remaining.saturating_sub(waited);
            waited += self.gate.wait(pass, remaining, jitter).await?;
            let place = self.pace.as_ref().map(Pace::enter);
            if let Some(place) = &place {
                place.wait().await;
            }
            // If another stream has closed the gate meanwhile, give the turn back.
            let closings = self.gate.closings();
            if self.gate.closed_for(pass).is_none() {
                if let Some(place) = place {
                    place.take();
                }
                pass.spend(closings);
                return Ok(Turn { waited, closings });
            }
        }
    }

    /// Makes all streams of the client wait, because the response to one of them asked for it.
    pub(crate) fn close(&self, wait: Duration) {
        self.gate.close(wait);
    }

    /// Ends the wait if the request of this turn was sent after the server last asked for a wait:
    /// this request succeeded, so others will too.
    pub(crate) fn succeeded(&self, turn: &Turn) {
        self.gate.open(turn.closings);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const NONE: Duration = Duration::ZERO;

    #[tokio::test(start_paused = true)]
    async fn only_the_wait_at_the_gate_is_returned() {
        let (throttle, pass) = (Throttle::new(Some(0.5)).unwrap(), Pass::default());
        throttle.wait_for_turn(&pass, SECOND, NONE).await.unwrap();
        throttle.close(SECOND);
        let begun = Instant::now();
        let turn = throttle.wait_for_turn(&pass, 10 * SECOND, NONE).await.unwrap();
        assert_eq!((turn.waited, begun.elapsed()), (SECOND, 2 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_that_closes_during_the_wait_for_a_turn_gives_the_turn_back() {
        let (throttle, pass) = (Throttle::new(Some(0.1)).unwrap(), Pass::default());
        throttle.wait_for_turn(&pass, SECOND, NONE).await.unwrap();
        let begun = Instant::now();
        let closes = async {
            tokio::time::sleep(9 * SECOND).await;
            throttle.close(3 * SECOND);
        };
        let waits = throttle.wait_for_turn(&pass, 10 * SECOND, NONE);
        let (turn, ()) = futures::future::join(waits, closes).await;
        // The turn came after 10 s and the gate opened after 12 s.
        assert_eq!((turn.unwrap().waited, begun.elapsed()), (2 * SECOND, 12 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn the_waits_of_one_request_at_the_gate_are_added_up() {
        let (throttle, pass) = (Throttle::new(Some(1.0)).unwrap(), Pass::default());
        throttle.wait_for_turn(&pass, SECOND, NONE).await.unwrap();
        throttle.close(4 * SECOND);
        let closes = async {
            tokio::time::sleep(Duration::from_millis(4_500)).await;
            throttle.close(7 * SECOND);
        };
        let other = async {
            // Takes the turn when the gate opens, so that the other request has to wait for one.
            throttle.wait_for_turn(&Pass::default(), 100 * SECOND, NONE).await.unwrap();
        };
        let waits = throttle.wait_for_turn(&pass, 10 * SECOND, NONE);
        let ((), result, ()) = futures::future::join3(other, waits, closes).await;
        assert!(result.unwrap_err().is_retryable(), "4 s of the 10 s were used up");
    }
}
