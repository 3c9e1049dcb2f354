//! `Figures`: how far an export has come, in numbers and in words.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::format::{count, counted, duration};

/// Waits below this are how a network is.
const WORTH_SAYING: Duration = Duration::from_secs(1);

/// How far an export has come.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) begun: Instant,
    /// Videos that an earlier run had exported.
    pub(crate) before: u64,
    /// Videos so far, those of earlier runs included.
    pub(crate) videos: u64,
    /// How many there will be, where that is known.
    pub(crate) expected: Option<u64>,
    pub(crate) retries: u64,
    /// Whether the next page is late.
    pub(crate) waits: bool,
    /// When the latest page came.
    pub(crate) last_page: Instant,
}

impl Figures {
    pub(crate) fn new(begun: Instant) -> Self {
        Self {
            begun,
            before: 0,
            videos: 0,
            expected: None,
            retries: 0,
            waits: false,
            last_page: begun,
        }
    }

    /// How long no page has come, where that is worth saying.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        let wait = now.saturating_duration_since(self.last_page);
        (self.waits && wait >= WORTH_SAYING).then_some(wait)
    }

    /// Videos a second, of this run.
    pub(crate) fn rate(&self, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(self.begun);
        self.videos.saturating_sub(self.before) as f64 / elapsed.as_secs_f64().max(0.001)
    }

    /// How long it will take yet, where that can be told.
    fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.expected?.checked_sub(self.videos).filter(|left| *left > 0)?;
        Duration::try_from_secs_f64(left as f64 / self.rate(now)).ok()
    }

    /// What there is to say beside the number of videos.
    pub(crate) fn notes(&self, now: Instant) -> String {
        let mut notes = format!("{:.0}/s", self.rate(now));
        let (wait, left) = (self.wait(now), self.left(now));
        // While nothing comes, nobody knows how long it will take.
        if let Some(left) = left.filter(|_| wait.is_none()) {
            notes.push_str(&format!(", {} left", duration(left)));
        }
        if self.retries > 0 {
            notes.push_str(&format!(", {}", counted(self.retries, "retry|retries")));
        }
        if let Some(wait) = wait {
            notes.push_str(&format!(", waiting for {}", duration(wait)));
        }
        notes
    }

    /// The line of a log.
    pub(crate) fn line(&self, now: Instant) -> String {
        let of = self.expected.map_or(String::new(), |total| format!(" of {}", count(total)));
        format!("{}{of} videos, {}", count(self.videos), self.notes(now))
    }
}

/// What a display and the export both hold.
pub(crate) type SharedFigures = Arc<Mutex<Figures>>;

/// A panic elsewhere leaves nothing half-done in it.
pub(crate) fn lock(shared: &SharedFigures) -> MutexGuard<'_, Figures> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_known_and_no_more() {
        let begun = Instant::now();
        let now = begun + Duration::from_secs(10);
        let mut figures = Figures::new(begun);
        assert_eq!(figures.line(now), "0 videos, 0/s");
        figures.videos = 3_000;
        figures.before = 1_000;
        assert_eq!(figures.line(now), "3,000 videos, 200/s");
        figures.expected = Some(50_000);
        figures.retries = 1;
        figures.waits = true;
        figures.last_page = now - Duration::from_secs(3);
        let line = "3,000 of 50,000 videos, 200/s, 1 retry, waiting for 3.0 s";
        assert_eq!(figures.line(now), line);
        figures.waits = false;
        let line = "3,000 of 50,000 videos, 200/s, 3 min 55 s left, 1 retry";
        assert_eq!(figures.line(now), line);
        figures.videos = 60_000;
        figures.waits = false;
        assert_eq!(figures.line(now), "60,000 of 50,000 videos, 5900/s, 1 retry");
    }
}
