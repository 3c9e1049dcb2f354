//! `Planner`: which videos a run of the tap lists, and what its end changes in the state.
//!
//! The rules are those of the [sync](crate::plan). This file translates between them and the state.

use std::time::Duration;

use super::selection::Method;
use super::state::{TapState, UnfinishedWalk};
use crate::plan::{
    History, Missing, NextRun, PlanSettings, SETTLED, SeenVideos, SyncMode, UnfinishedRun,
};
use crate::video::Video;

/// The settings of a run that decide what it lists.
#[derive(Debug, Clone)]
pub(super) struct Planner {
    pub(super) method: Method,
    pub(super) look_back: Duration,
    /// In Unix seconds.
    pub(super) start_date: Option<i64>,
    pub(super) activate_version: bool,
}

impl Planner {
    fn settings(&self, is_full: bool) -> PlanSettings {
        PlanSettings {
            look_back: self.look_back,
            // With zero, an unfinished FULL_TABLE run is resumed for a day, the plan's minimum. With
            // the maximum, no full run is ever due for INCREMENTAL, and an unfinished one is resumed
            // at any age.
            full_every: if is_full { Duration::ZERO } else { Duration::MAX },
            full: is_full,
            ..PlanSettings::default()
        }
    }

    /// The walk that comes next: the rest of the unfinished one, or a new one. `is_full` says
    /// whether the run still has to list everything. `now` is in milliseconds.
    pub(super) fn next(&self, state: &mut TapState, is_full: bool, now: i64) -> UnfinishedWalk {
        let begun_at = now.div_euclid(1_000);
        let unfinished = state.unfinished.take();
        let mut history = history_of(state, begun_at);
        history.unfinished = unfinished.as_ref().map(|walk| walk.run);
        let (mode, floor) = match (self.settings(is_full).next_run(&history, begun_at), unfinished)
        {
            (NextRun::Resume(_), Some(walk)) => return walk,
            (NextRun::Resume(run), None) => (run.mode, run.floor),
            (NextRun::Begin { mode, floor }, _) => (mode, floor),
        };
        // Targets compare versions, so a later run needs a larger version.
        let version = (is_full && self.activate_version).then_some(now);
        let run = UnfinishedRun { mode, begun_at, floor: self.since_start(floor, state.bookmark) };
        UnfinishedWalk { version, ..UnfinishedWalk::new(run) }
    }

    /// Raises the floor to the start date, because older videos are not sent.
    fn since_start(&self, floor: Option<i64>, bookmark: Option<i64>) -> Option<i64> {
        if self.method == Method::FullTable {
            return floor;
        }
        // A start date after the bookmark must not make a gap.
        let start = self.start_date.map(|start| bookmark.map_or(start, |at| at.min(start)));
        floor.max(start)
    }

    /// Updates the state after a complete walk. Returns what is known about the videos that the
    /// walk did not list.
    pub(super) fn conclude(&self, state: &mut TapState, walk: &UnfinishedWalk) -> Missing {
        let is_everything = self.method == Method::FullTable && walk.run.mode == SyncMode::Full;
        let seen = SeenVideos {
            mode: walk.run.mode,
            begun_at: walk.run.begun_at,
            newest: walk.newest,
            videos: walk.videos,
            skipped: walk.skipped,
        };
        let history = history_of(state, walk.run.begun_at);
        let settings = self.settings(is_everything);
        let conclusion = settings.conclude(&seen, &history, state.bookmark.is_some());
        state.unfinished = None;
        state.bookmark = conclusion.high_water;
        state.oldest_unsettled = walk.oldest_unsettled;
        if is_everything { conclusion.missing } else { Missing::Unknown }
    }

    /// Notes the creation times of videos that were sent.
    pub(super) fn note(&self, walk: &mut UnfinishedWalk, videos: &[Video]) {
        let since = self.settings(false).unsettled_since(walk.run.begun_at);
        for video in videos {
            walk.newest = walk.newest.max(video.created_at);
            let word = video.status.as_ref().map(|status| status.as_str());
            let is_settled = word.is_some_and(|word| SETTLED.contains(&word));
            let unsettled = video.created_at.filter(|at| !is_settled && *at >= since);
            walk.oldest_unsettled = match (walk.oldest_unsettled, unsettled) {
                (Some(oldest), Some(at)) => Some(oldest.min(at)),
                (oldest, at) => oldest.or(at),
            };
        }
        walk.videos += videos.len() as u64;
    }
}

fn history_of(state: &TapState, now: i64) -> History {
    History {
        // Whether a full run is due depends on the replication method, not on the last full run.
        full_at: Some(now),
        high_water: state.bookmark,
        oldest_unsettled: state.oldest_unsettled,
        unfinished: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60;
    const NOW: i64 = 20_000 * DAY;

    fn planner(method: Method, start_date: Option<i64>) -> Planner {
        let look_back = Duration::from_secs(7 * DAY as u64);
        Planner { method, look_back, start_date, activate_version: true }
    }

    #[track_caller]
    fn next(planner: &Planner, state: &TapState) -> UnfinishedWalk {
        let is_full = planner.method == Method::FullTable;
        planner.next(&mut state.clone(), is_full, NOW * 1_000)
    }

    #[test]
    fn the_start_date_limits_the_look_back_and_makes_no_gap() {
        let at = |bookmark| TapState { bookmark, ..TapState::default() };
        for (start, bookmark, floor) in [
            (None, None, None),
            (Some(NOW - DAY), None, Some(NOW - DAY)),
            (None, Some(NOW - DAY), Some(NOW - 8 * DAY)),
            (Some(NOW - 2 * DAY), Some(NOW - DAY), Some(NOW - 2 * DAY)),
            (Some(NOW - 90 * DAY), Some(NOW - DAY), Some(NOW - 8 * DAY)),
            (Some(NOW), Some(NOW - DAY), Some(NOW - DAY)),
        ] {
            let walk = next(&planner(Method::Incremental, start), &at(bookmark));
            assert_eq!(walk.run.floor, floor, "{start:?} {bookmark:?}");
            assert_eq!(walk.version, None);
            let walk = next(&planner(Method::FullTable, start), &at(bookmark));
            assert_eq!((walk.run.floor, walk.run.mode), (None, SyncMode::Full));
            assert_eq!(walk.version, Some(NOW * 1_000));
        }
    }

    #[test]
    fn an_unfinished_walk_continues_unless_everything_is_due() {
        let run = |mode, begun_at| UnfinishedRun { mode, begun_at, floor: None };
        for (mode, age, incremental, full) in [
            (SyncMode::Incremental, DAY, true, false),
            (SyncMode::Incremental, 90 * DAY, true, false),
            (SyncMode::Full, DAY - 1, true, true),
            (SyncMode::Full, DAY, true, false),
        ] {
            let walk = UnfinishedWalk { videos: 1, ..UnfinishedWalk::new(run(mode, NOW - age)) };
            let state = TapState { unfinished: Some(walk.clone()), ..TapState::default() };
            for (method, is_resumed) in
                [(Method::Incremental, incremental), (Method::FullTable, full)]
            {
                let next = next(&planner(method, None), &state);
                assert_eq!(next == walk, is_resumed, "{mode:?} {age} {method:?}");
            }
        }
    }

    #[test]
    fn only_a_complete_full_table_walk_knows_what_is_missing() {
        for (method, mode, missing) in [
            (Method::FullTable, SyncMode::Full, Missing::Deleted),
            (Method::FullTable, SyncMode::Incremental, Missing::Unknown),
            // The first run of INCREMENTAL may begin at a start date.
            (Method::Incremental, SyncMode::Full, Missing::Unknown),
        ] {
            let run = UnfinishedRun { mode, begun_at: NOW, floor: None };
            let newest = Some(NOW + DAY);
            let walk = UnfinishedWalk { newest, videos: 1, ..UnfinishedWalk::new(run) };
            let mut state = TapState { bookmark: Some(5), ..TapState::default() };
            assert_eq!(planner(method, None).conclude(&mut state, &walk), missing);
            assert_eq!(state.bookmark, Some(NOW));
        }
    }
}
