//! Decides what a run walks, and what it may conclude from its walk. It does no I/O.
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
    /// Whether a listing without videos is believed.
    pub(crate) allow_empty: bool,
}

/// What earlier runs left.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// When the last complete full run was begun; `None` if there was none.
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
    /// When its first part was begun.
    pub(crate) begun_at: i64,
    pub(crate) floor: Option<i64>,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextRun {
    /// Begin at the top of the listing. An unfinished run is given up; what it saved stays.
    Begin {
        mode: SyncMode,
        /// The earliest creation time that is walked; `None` for the whole listing.
        floor: Option<i64>,
    },
    /// Go on at the saved position of the unfinished run.
    Resume(UnfinishedRun),
}

/// What a run saw, in all its parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenVideos {
    pub(crate) mode: SyncMode,
    /// When its first part was begun.
    pub(crate) begun_at: i64,
    /// The newest creation time among its videos.
    pub(crate) newest: Option<i64>,
    pub(crate) videos: u64,
    /// Entries that are no videos and were left out.
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
    /// Nothing: the run did not look everywhere.
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
    /// The server counts, but the last part of the run made no request.
    NotAsked,
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

    /// The earliest creation time that an incremental run must walk.
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
        // A video that is created while the run is at work must be found by the next one, even if
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
    /// The listing then seems to have gaps. The next run need not be full, because videos that were
    /// created between two parts of a run also count.
    pub(crate) fn compared(self, distinct: u64, total: ServerTotal, history: &History) -> Self {
        match (self.missing, total) {
            (Missing::Deleted, ServerTotal::Videos(total)) if distinct < total => {
                Self { missing: Missing::FewerThanTotal, ..self }
            }
            // A full run that asks follows at once.
            (Missing::Deleted, ServerTotal::NotAsked) => {
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
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60;
    const NOW: i64 = 20_000 * DAY;

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * DAY as u64)
    }

    fn settings() -> PlanSettings {
        PlanSettings {
            look_back: days(7),
            unsettled_for: days(30),
            full_every: days(30),
            full: false,
            allow_empty: false,
        }
    }

    /// A database whose last complete full run was begun yesterday.
    fn synced() -> History {
        History { full_at: Some(NOW - DAY), high_water: Some(NOW - 2 * DAY), ..History::default() }
    }

    fn unfinished(mode: SyncMode, begun_at: i64) -> UnfinishedRun {
        let floor = (mode == SyncMode::Incremental).then_some(begun_at - 7 * DAY);
        UnfinishedRun { mode, begun_at, floor }
    }

    const FULL: NextRun = NextRun::Begin { mode: SyncMode::Full, floor: None };

    fn incremental(floor: i64) -> NextRun {
        NextRun::Begin { mode: SyncMode::Incremental, floor: Some(floor) }
    }

    fn seen(mode: SyncMode, newest: Option<i64>) -> SeenVideos {
        SeenVideos { mode, begun_at: NOW, newest, videos: 3, skipped: 0 }
    }

    #[test]
    fn a_run_is_full_the_first_time_on_request_and_when_the_last_one_is_old() {
        assert_eq!(settings().next_run(&History::default(), NOW), FULL);
        let on_request = PlanSettings { full: true, ..settings() };
        assert_eq!(on_request.next_run(&synced(), NOW), FULL);
        let due = |age| settings().next_run(&History { full_at: Some(NOW - age), ..synced() }, NOW);
        assert_eq!(due(30 * DAY), FULL);
        assert_eq!(due(30 * DAY - 1), incremental(NOW - 9 * DAY));
        let always = PlanSettings { full_every: Duration::ZERO, ..settings() };
        assert_eq!(always.next_run(&History { full_at: Some(NOW), ..synced() }, NOW), FULL);
    }

    #[test]
    fn a_clock_that_was_far_ahead_does_not_put_off_full_runs_for_ever() {
        let ahead = |by| settings().next_run(&History { full_at: Some(NOW + by), ..synced() }, NOW);
        assert_eq!(ahead(DAY), incremental(NOW - 9 * DAY));
        assert_eq!(ahead(300 * DAY), FULL);
    }

    #[test]
    fn the_floor_is_the_look_back_or_the_oldest_unsettled_video() {
        let floor =
            |oldest_unsettled| settings().next_run(&History { oldest_unsettled, ..synced() }, NOW);
        assert_eq!(floor(None), incremental(NOW - 9 * DAY));
        assert_eq!(floor(Some(NOW - 3 * DAY)), incremental(NOW - 9 * DAY));
        assert_eq!(floor(Some(NOW - 20 * DAY)), incremental(NOW - 20 * DAY));
        assert_eq!(settings().unsettled_since(NOW), NOW - 30 * DAY);
    }

    #[test]
    fn without_a_dated_video_every_run_is_full() {
        assert_eq!(settings().next_run(&History { high_water: None, ..synced() }, NOW), FULL);
    }

    #[test]
    fn an_unfinished_run_is_resumed_unless_a_full_run_is_due() {
        for age in [1, DAY, 29 * DAY] {
            for mode in [SyncMode::Full, SyncMode::Incremental] {
                let run = unfinished(mode, NOW - age);
                let history = History { unfinished: Some(run), ..synced() };
                assert_eq!(settings().next_run(&history, NOW), NextRun::Resume(run));
            }
        }
        let first = unfinished(SyncMode::Full, NOW - DAY);
        let history = History { unfinished: Some(first), ..History::default() };
        assert_eq!(settings().next_run(&history, NOW), NextRun::Resume(first));
    }

    #[test]
    fn a_full_run_that_is_due_replaces_an_unfinished_incremental_one() {
        let run = unfinished(SyncMode::Incremental, NOW - 1);
        let history = History { unfinished: Some(run), ..synced() };
        let on_request = PlanSettings { full: true, ..settings() };
        assert_eq!(on_request.next_run(&history, NOW), FULL);
        let due = History { full_at: Some(NOW - 31 * DAY), ..history };
        assert_eq!(settings().next_run(&due, NOW), FULL);
    }

    #[test]
    fn a_full_run_on_request_goes_on_with_an_unfinished_one() {
        let run = unfinished(SyncMode::Full, NOW - DAY);
        let history = History { unfinished: Some(run), ..synced() };
        let on_request = PlanSettings { full: true, ..settings() };
        assert_eq!(on_request.next_run(&history, NOW), NextRun::Resume(run));
    }

    #[test]
    fn an_unfinished_full_run_that_would_be_due_again_is_begun_anew() {
        let next = |settings: PlanSettings, age| {
            let run = unfinished(SyncMode::Full, NOW - age);
            let full_at = Some(NOW - 60 * DAY);
            let history = History { full_at, unfinished: Some(run), ..synced() };
            (settings.next_run(&history, NOW), NextRun::Resume(run))
        };
        assert_eq!(next(settings(), 30 * DAY).0, FULL);
        // Otherwise a sync that is always cut short would never get to the end.
        let always = PlanSettings { full_every: Duration::ZERO, ..settings() };
        let (planned, resumed) = next(always, DAY - 1);
        assert_eq!(planned, resumed);
        assert_eq!(next(always, DAY).0, FULL);
    }

    #[test]
    fn the_high_water_mark_never_moves_back_and_never_past_the_beginning_of_the_run() {
        let mark = |newest, high_water| {
            let history = History { high_water, ..synced() };
            settings().conclude(&seen(SyncMode::Incremental, newest), &history, true).high_water
        };
        assert_eq!(mark(Some(NOW - 5), Some(NOW - 9)), Some(NOW - 5));
        assert_eq!(mark(Some(NOW - 9), Some(NOW - 5)), Some(NOW - 5));
        assert_eq!(mark(Some(NOW + 100), Some(NOW - 5)), Some(NOW));
        assert_eq!(mark(Some(NOW + 100), Some(NOW + 50)), Some(NOW + 50));
        assert_eq!(mark(None, Some(NOW - 5)), Some(NOW - 5));
        assert_eq!(mark(None, None), None);
        assert_eq!(mark(Some(NOW - 5), None), Some(NOW - 5));
    }

    #[test]
    fn only_a_full_run_says_what_is_missing() {
        let missing = |mode| settings().conclude(&seen(mode, None), &synced(), true).missing;
        assert_eq!(missing(SyncMode::Incremental), Missing::Unknown);
        assert_eq!(missing(SyncMode::Full), Missing::Deleted);
    }

    #[test]
    fn an_empty_listing_is_believed_only_if_allowed_or_if_nothing_is_known() {
        let empty = SeenVideos { videos: 0, ..seen(SyncMode::Full, None) };
        let conclusion = settings().conclude(&empty, &synced(), true);
        let unchanged = synced();
        assert_eq!(conclusion.missing, Missing::EmptyListing);
        assert_eq!(
            (conclusion.full_at, conclusion.high_water),
            (unchanged.full_at, unchanged.high_water)
        );
        let allowed = PlanSettings { allow_empty: true, ..settings() };
        assert_eq!(allowed.conclude(&empty, &synced(), true).missing, Missing::Deleted);
        let fresh = settings().conclude(&empty, &History::default(), false);
        assert_eq!((fresh.missing, fresh.full_at), (Missing::Deleted, Some(NOW)));
    }

    #[test]
    fn a_run_that_left_entries_out_marks_nothing() {
        let skipped = SeenVideos { skipped: 1, ..seen(SyncMode::Full, None) };
        let conclusion = settings().conclude(&skipped, &synced(), true);
        assert_eq!(conclusion.missing, Missing::SkippedEntries);
        // Otherwise every run would be full until the entry is gone.
        assert_eq!(conclusion.full_at, Some(NOW));
    }

    #[test]
    fn a_full_run_that_saw_fewer_videos_than_the_server_counts_marks_nothing() {
        let history = synced();
        let whole = settings().conclude(&seen(SyncMode::Full, None), &history, true);
        let compared = |distinct, total| whole.compared(distinct, total, &history);
        for total in [ServerTotal::None, ServerTotal::Videos(2), ServerTotal::Videos(3)] {
            assert_eq!(compared(3, total), whole);
        }
        let fewer = compared(3, ServerTotal::Videos(4));
        assert_eq!((fewer.missing, fewer.full_at), (Missing::FewerThanTotal, Some(NOW)));
        let not_asked = compared(3, ServerTotal::NotAsked);
        assert_eq!((not_asked.missing, not_asked.full_at), (Missing::Unknown, history.full_at));
        let part = settings().conclude(&seen(SyncMode::Incremental, None), &history, true);
        assert_eq!(part.compared(3, ServerTotal::Videos(4), &history), part);
    }

    #[test]
    fn values_at_the_ends_of_their_range_do_not_overflow() {
        let settings = PlanSettings {
            look_back: Duration::MAX,
            unsettled_for: Duration::MAX,
            full_every: Duration::MAX,
            ..settings()
        };
        let history = History {
            full_at: Some(i64::MIN),
            high_water: Some(i64::MIN),
            oldest_unsettled: Some(i64::MAX),
            unfinished: None,
        };
        assert_eq!(settings.next_run(&history, i64::MAX), FULL);
        let history = History { full_at: Some(0), ..history };
        assert_eq!(settings.next_run(&history, 0), incremental(i64::MIN));
        assert_eq!(settings.unsettled_since(i64::MIN), i64::MIN);
    }
}
