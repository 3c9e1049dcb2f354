//! Decides what a run lists, and what it may conclude from that. It does no I/O.
//!
//! All times are seconds since the Unix epoch.

#[cfg_attr(
    not(feature = "sqlite"),
    allow(unreachable_pub, dead_code, reason = "only `sync` exports it")
)]
mod mode;

use std::time::Duration;

#[cfg(feature = "sqlite")]
use crate::video::Video;
#[cfg(not(feature = "sqlite"))]
pub(crate) use mode::SyncMode;
#[cfg(feature = "sqlite")]
pub use mode::SyncMode;

/// The statuses after which a video no longer changes by itself.
pub(crate) const SETTLED: [&str; 3] = ["completed", "success", "failed"];

/// An unfinished full run is resumed for at least this long, even if full runs are due more often.
const SHORTEST_RESUME_AGE: i64 = 24 * 60 * 60;

/// The settings that the plan depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlanSettings {
    /// How far before the high-water mark an incremental run begins.
    pub(crate) look_back: Duration,
    /// Videos that were created longer ago than this count as settled, whatever their status is.
    pub(crate) unsettled_for: Duration,
    /// The longest time between two full runs.
    pub(crate) full_every: Duration,
    /// Whether this run must be full.
    pub(crate) full: bool,
    /// Whether a listing without videos is accepted.
    pub(crate) allow_empty: bool,
}

impl Default for PlanSettings {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        Self {
            look_back: days(7),
            unsettled_for: days(30),
            full_every: days(30),
            full: false,
            allow_empty: false,
        }
    }
}

/// What earlier runs saved.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// When the last complete full run was started; `None` if there was none.
    pub(crate) full_at: Option<i64>,
    /// The high-water mark: every video up to this creation time was seen by a complete run.
    pub(crate) high_water: Option<i64>,
    /// The creation time of the oldest unsettled video since
    /// [`unsettled_since`](PlanSettings::unsettled_since).
    pub(crate) oldest_unsettled: Option<i64>,
    /// The run that was cut short.
    pub(crate) unfinished: Option<UnfinishedRun>,
}

/// A run that was cut short and has a saved position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnfinishedRun {
    pub(crate) mode: SyncMode,
    /// When its first part was started.
    pub(crate) begun_at: i64,
    pub(crate) floor: Option<i64>,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextRun {
    /// Begin at the top of the listing. An unfinished run is abandoned; what it saved stays.
    Begin {
        mode: SyncMode,
        /// The earliest creation time that is listed; `None` for the whole listing.
        floor: Option<i64>,
    },
    /// Continue at the saved position of the unfinished run.
    Resume(UnfinishedRun),
}

/// What a run saw, in all its parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenVideos {
    pub(crate) mode: SyncMode,
    /// When its first part was started.
    pub(crate) begun_at: i64,
    /// The newest creation time among its videos.
    pub(crate) newest: Option<i64>,
    pub(crate) videos: u64,
    /// Entries that are not videos and were left out.
    pub(crate) skipped: u64,
}

#[cfg(feature = "sqlite")]
impl SeenVideos {
    /// Adds videos, and entries that were left out.
    pub(crate) fn add(&mut self, videos: &[Video], skipped: u64) {
        let newest = videos.iter().filter_map(|video| video.created_at).max();
        self.newest = self.newest.max(newest);
        self.videos += videos.len() as u64;
        self.skipped += skipped;
    }
}

/// What a complete run does about the videos that it did not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing: the run did not list everything.
    Unknown,
    /// They are gone: mark them as deleted.
    Deleted,
    /// Nothing: the listing was empty, which is more likely a mistake.
    EmptyListing,
    /// Nothing: entries were left out, and a missing video may be one of them.
    SkippedEntries,
    /// Nothing: the run saw fewer videos than the server counts, so the listing has gaps.
    FewerThanTotal,
}

/// How many videos the server counts in the account, as far as a run knows at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only `sync` compares with it"))]
pub(crate) enum ServerTotal {
    /// The server does not count, or it counts other videos than this query lists.
    None,
    /// The server counts, but the last part of the run received no video, so its total proves
    /// nothing.
    Unproven,
    Videos(u64),
}

/// What a complete run changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conclusion {
    pub(crate) high_water: Option<i64>,
    pub(crate) full_at: Option<i64>,
    pub(crate) missing: Missing,
}

impl PlanSettings {
    /// Videos created before this time count as settled, whatever their status is.
    pub(crate) fn unsettled_since(&self, now: i64) -> i64 {
        now.saturating_sub(seconds(self.unsettled_for))
    }

    /// Decides what to do next.
    ///
    /// After a resumed run is complete, the caller asks again, and the history then has no
    /// unfinished run. So a sync always ends with a run that began at the top of the listing.
    pub(crate) fn next_run(&self, history: &History, now: i64) -> NextRun {
        match history.unfinished {
            Some(run) if self.is_worth_resuming(&run, history, now) => NextRun::Resume(run),
            _ => self.new_run(history, now),
        }
    }

    fn new_run(&self, history: &History, now: i64) -> NextRun {
        match self.floor(history) {
            Some(floor) if !self.is_full_due(history, now) => {
                NextRun::Begin { mode: SyncMode::Incremental, floor: Some(floor) }
            }
            // Without a floor the walk goes to the end in any case.
            _ => NextRun::Begin { mode: SyncMode::Full, floor: None },
        }
    }

    fn is_worth_resuming(&self, run: &UnfinishedRun, history: &History, now: i64) -> bool {
        match run.mode {
            // A full run that is due also covers the rest of this run.
            SyncMode::Incremental => !self.is_full_due(history, now),
            // Do not resume an older run: by the time it is complete, the next full run would
            // already be due.
            SyncMode::Full => {
                age(run.begun_at, now) < seconds(self.full_every).max(SHORTEST_RESUME_AGE)
            }
        }
    }

    fn is_full_due(&self, history: &History, now: i64) -> bool {
        let is_old = |at| age(at, now) >= seconds(self.full_every);
        self.full || history.full_at.is_none_or(is_old)
    }

    /// The earliest creation time that an incremental run must list.
    fn floor(&self, history: &History) -> Option<i64> {
        let floor = history.high_water?.saturating_sub(seconds(self.look_back));
        Some(history.oldest_unsettled.map_or(floor, |oldest| oldest.min(floor)))
    }

    /// What a complete run changes. `known` says whether the database has videos that are not
    /// marked as deleted.
    pub(crate) fn conclude(&self, seen: &SeenVideos, history: &History, known: bool) -> Conclusion {
        let missing = match seen.mode {
            SyncMode::Incremental => Missing::Unknown,
            SyncMode::Full if seen.skipped > 0 => Missing::SkippedEntries,
            SyncMode::Full if seen.videos == 0 && known && !self.allow_empty => {
                Missing::EmptyListing
            }
            SyncMode::Full => Missing::Deleted,
        };
        // A video that is created during the run must be found by the next one, even if
        // the server's clock is ahead of ours.
        let newest = seen.newest.map(|newest| newest.min(seen.begun_at));
        let full_at = match (seen.mode, missing) {
            // An empty listing costs one request, so the next run can be full again.
            (SyncMode::Incremental, _) | (_, Missing::EmptyListing) => history.full_at,
            (SyncMode::Full, _) => Some(seen.begun_at),
        };
        Conclusion { high_water: newest.max(history.high_water), full_at, missing }
    }
}

#[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only `sync` compares totals"))]
impl Conclusion {
    /// Concludes no deletions if the run saw fewer `distinct` videos than the server counts.
    ///
    /// The listing then seems to have gaps. The next run need not be full: the server also counts
    /// the videos that were created between two parts of the run, so there may be no gap.
    pub(crate) fn compared(self, distinct: u64, total: ServerTotal, history: &History) -> Self {
        match (self.missing, total) {
            (Missing::Deleted, ServerTotal::Videos(total)) if distinct < total => {
                Self { missing: Missing::FewerThanTotal, ..self }
            }
            // Another full run follows at once, and its pages have a total to compare.
            (Missing::Deleted, ServerTotal::Unproven) => {
                Self { missing: Missing::Unknown, full_at: history.full_at, ..self }
            }
            _ => self,
        }
    }
}

/// The time between two instants. A clock that was set back does not make it negative.
fn age(at: i64, now: i64) -> i64 {
    now.saturating_sub(at).saturating_abs()
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
