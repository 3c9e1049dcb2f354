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

/// A database whose last complete full run was started yesterday.
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
fn a_clock_that_was_far_ahead_does_not_delay_full_runs_forever() {
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
fn a_full_run_on_request_continues_an_unfinished_one() {
    let run = unfinished(SyncMode::Full, NOW - DAY);
    let history = History { unfinished: Some(run), ..synced() };
    let on_request = PlanSettings { full: true, ..settings() };
    assert_eq!(on_request.next_run(&history, NOW), NextRun::Resume(run));
}

#[test]
fn an_unfinished_full_run_that_would_be_due_again_is_restarted() {
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
fn an_empty_listing_is_accepted_only_if_allowed_or_if_nothing_is_known() {
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
    let unproven = compared(3, ServerTotal::Unproven);
    assert_eq!((unproven.missing, unproven.full_at), (Missing::Unknown, history.full_at));
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
