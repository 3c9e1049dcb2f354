//! The one instant before which no stream of a client may send: what `Retry-After` asked for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct Gate {
    opens: Mutex<Option<Instant>>,
}

impl Gate {
    /// Closes the gate for `wait` from now; it never opens sooner than somebody was told.
    pub(crate) fn close(&self, wait: Duration) {
        // A sum past the clock's end cannot be waited for, nor told apart from for ever.
        let Some(until) = Instant::now().checked_add(wait) else { return };
        let mut opens = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        *opens = (*opens).max(Some(until));
    }

    /// How long the gate stays closed; `None` when it is open.
    pub(crate) fn closed_for(&self) -> Option<Duration> {
        let mut opens = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = opens.map(|until| until.saturating_duration_since(Instant::now()));
        let wait = wait.filter(|wait| !wait.is_zero());
        if wait.is_none() {
            *opens = None;
        }
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_later_instant_counts_and_then_the_gate_is_open() {
        let gate = Gate::default();
        assert_eq!(gate.closed_for(), None);
        gate.close(Duration::from_secs(10));
        gate.close(Duration::from_secs(3));
        gate.close(Duration::MAX);
        assert_eq!(gate.closed_for(), Some(Duration::from_secs(10)));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(gate.closed_for(), None);
    }
}
