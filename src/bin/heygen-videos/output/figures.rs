//! `Figures`: the progress of an export, as numbers and as text.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::HumanCount;

use super::format::{counted, duration};

/// Shorter waits are normal on a network and are not shown.
const SHORTEST_WAIT_SHOWN: Duration = Duration::from_secs(1);

/// The progress of an export.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) started: Instant,
    /// Videos that earlier runs exported.
    pub(crate) before: u64,
    /// Videos so far, including those of earlier runs.
    pub(crate) videos: u64,
    /// Videos that have been saved.
    pub(crate) saved: u64,
    /// Videos encoded in the final format, once all videos are saved.
    pub(crate) encoded: Option<u64>,
    /// The expected number of videos, if it is known.
    pub(crate) expected: Option<u64>,
    pub(crate) retries: u64,
    /// Whether the next page is late.
    pub(crate) is_waiting: bool,
    /// When the latest page was received.
    pub(crate) last_page: Instant,
    /// Why the next page is late, if a request for it failed.
    pub(crate) retry: Option<Retry>,
}

/// A request that failed and will be retried.
#[derive(Debug, Clone)]
pub(crate) struct Retry {
    pub(crate) reason: String,
    pub(crate) due: Instant,
}

impl Retry {
    fn note(&self, now: Instant) -> String {
        let wait = self.due.saturating_duration_since(now);
        if wait.is_zero() {
            return format!("{}, retrying", self.reason);
        }
        format!("{}, retrying in {}", self.reason, duration(wait))
    }
}

impl Figures {
    pub(crate) fn new(started: Instant) -> Self {
        Self {
            started,
            before: 0,
            videos: 0,
            saved: 0,
            encoded: None,
            expected: None,
            retries: 0,
            is_waiting: false,
            last_page: started,
            retry: None,
        }
    }

    /// How late the next page is, if it is late enough to show.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let wait = now.saturating_duration_since(self.last_page);
        (self.is_waiting && wait >= SHORTEST_WAIT_SHOWN).then_some(wait)
    }

    /// Videos per second in this run.
    fn rate(&self, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(self.started);
        self.videos.saturating_sub(self.before) as f64 / elapsed.as_secs_f64().max(0.001)
    }

    /// The remaining time at this rate, if it can be estimated.
    fn remaining(&self, now: Instant) -> Option<Duration> {
        let videos = self.expected?.checked_sub(self.videos).filter(|videos| *videos > 0)?;
        Duration::try_from_secs_f64(videos as f64 / self.rate(now)).ok()
    }

    /// Everything except the number of videos: rate, remaining time, retries, and the reason of a
    /// wait.
    fn notes(&self, now: Instant) -> String {
        let mut notes = format!("{:.0}/s", self.rate(now));
        let wait = self.wait(now);
        // During a wait, the rate cannot predict the remaining time.
        let is_late = wait.is_some() || self.retry.is_some();
        if let (false, Some(remaining)) = (is_late, self.remaining(now)) {
            notes.push_str(&format!(", {} left", duration(remaining)));
        }
        if self.retries > 0 {
            notes.push_str(&format!(", {}", counted(self.retries, "retry", "retries")));
        }
        if let Some(retry) = &self.retry {
            notes.push_str(&format!(", {}", retry.note(now)));
        } else if let Some(wait) = wait {
            notes.push_str(&format!(", waiting for {}", duration(wait)));
        }
        notes
    }

    /// All figures in one line.
    pub(super) fn line(&self, now: Instant) -> String {
        let mut line = HumanCount(self.encoded.unwrap_or(self.videos)).to_string();
        if let Some(expected) = self.expected {
            line.push_str(&format!(" of {}", HumanCount(expected)));
        }
        if self.encoded.is_some() {
            return line + " videos written";
        }
        line.push_str(&format!(" videos, {}", self.notes(now)));
        line
    }
}

/// The figures, shared by the export, which writes them, and the display, which reads them.
pub(super) type SharedFigures = Arc<Mutex<Figures>>;

/// Locks the figures, even after a panic, because they are valid after every write.
pub(super) fn lock(shared: &SharedFigures) -> MutexGuard<'_, Figures> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_what_is_known() {
        let started = Instant::now();
        let now = started + Duration::from_secs(10);
        let mut figures = Figures::new(started);
        assert_eq!(figures.line(now), "0 videos, 0/s");
        figures.videos = 3_000;
        figures.before = 1_000;
        assert_eq!(figures.line(now), "3,000 videos, 200/s");
        figures.expected = Some(50_000);
        figures.retries = 1;
        figures.is_waiting = true;
        figures.last_page = now - Duration::from_secs(3);
        let line = "3,000 of 50,000 videos, 200/s, 1 retry, waiting for 3.0 s";
        assert_eq!(figures.line(now), line);
        let reason = "connection refused by 127.0.0.1:8080".to_owned();
        figures.retry = Some(Retry { reason, due: now + Duration::from_secs(2) });
        let line = "3,000 of 50,000 videos, 200/s, 1 retry, connection refused by 127.0.0.1:8080";
        assert_eq!(figures.line(now), format!("{line}, retrying in 2.0 s"));
        assert_eq!(
            figures.line(now + Duration::from_secs(2)).rsplit(", ").next(),
            Some("retrying")
        );
        figures.retry = None;
        figures.is_waiting = false;
        let line = "3,000 of 50,000 videos, 200/s, 3 min 55 s left, 1 retry";
        assert_eq!(figures.line(now), line);
        figures.videos = 60_000;
        assert_eq!(figures.line(now), "60,000 of 50,000 videos, 5900/s, 1 retry");
    }
}
