//! `BatchSize`: how much an export, a sync or a tap receives before it saves.

use std::time::Duration;

use tokio::time::Instant;

/// How much may be received before it is saved: whichever limit is reached first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSize {
    time: Duration,
    pages: u32,
}

impl Default for BatchSize {
    /// One second or 50 pages.
    fn default() -> Self {
        Self { time: Duration::from_secs(1), pages: 50 }
    }
}

impl BatchSize {
    /// 0 pages count as 1, so that every batch has a page.
    pub(crate) fn new(time: Duration, pages: u32) -> Self {
        Self { time, pages: pages.max(1) }
    }

    /// Whether this many pages, the first of which was received at `since`, must be saved now.
    pub(crate) fn is_reached(self, pages: u32, since: Instant) -> bool {
        pages >= self.pages || since.elapsed() >= self.time
    }

    /// When these pages must be saved, even if no other page is received by then; `None` if there
    /// are none.
    pub(crate) fn due(self, pages: u32, since: Instant) -> Option<Instant> {
        // If the time overflows, only the number of pages counts.
        since.checked_add(self.time).filter(|_| pages > 0)
    }
}
