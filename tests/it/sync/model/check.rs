//! What must hold after a sync.

use std::time::{SystemTime, UNIX_EPOCH};

use heygen_videos::ApiVersion;
use heygen_videos::sync::{Changes, SyncMode, SyncSummary};

use super::account::{Account, FOLDER, State, now};
use super::case::Setup;
use super::database::{Snapshot, Stored};

/// A sync, with the database before and after it.
pub(super) struct Command {
    pub(super) setup: Setup,
    pub(super) api: ApiVersion,
    pub(super) page_size: u64,
    pub(super) full: bool,
    pub(super) allow_empty: bool,
    pub(super) before: Snapshot,
    pub(super) after: Snapshot,
    /// The tick at its end.
    pub(super) until: u64,
    pub(super) requests: u64,
    /// The unfinished run that it found.
    pub(super) resumed: Option<StartedRun>,
    pub(super) observed: Observed,
}

/// What a sync reported.
pub(super) struct Observed {
    /// The tick at its beginning.
    pub(super) from: u64,
    pub(super) runs: Vec<StartedRun>,
    /// How often the account changed meanwhile.
    pub(super) changes: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct StartedRun {
    pub(super) mode: SyncMode,
    pub(super) is_resumed: bool,
    pub(super) floor: Option<i64>,
    pub(super) tick: u64,
}

type Checked = Result<(), String>;

impl StartedRun {
    pub(super) fn new(mode: SyncMode, resumed: bool, floor: Option<SystemTime>, tick: u64) -> Self {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        Self { mode, is_resumed: resumed, floor: floor.map(seconds), tick }
    }
}

/// Checks a sync that ended with success.
pub(super) fn check_complete(
    command: &Command,
    summary: &SyncSummary,
    account: &Account,
) -> Checked {
    let runs = &command.observed.runs;
    let last = runs.last().ok_or("no run")?;
    ensure(!last.is_resumed, "a sync ends with a run from the newest video")?;
    ensure(last.mode == summary.mode, "the mode of the summary")?;
    ensure(command.after.unfinished.is_none(), "nothing is unfinished")?;
    check_plan(command)?;
    check_high_water(command)?;
    check_rows(command, last, account)?;
    check_deletions(command, summary, account)?;
    check_counts(command, summary)?;
    check_requests(command, last, account)
}

/// Checks a sync that was killed or failed. It may have completed runs before that.
pub(super) fn check_unfinished(command: &Command, account: &Account) -> Checked {
    let (before, after) = (&command.before, &command.after);
    check_high_water(command)?;
    let is_full = |run: &StartedRun| run.mode == SyncMode::Full;
    let has_full = command.observed.runs.iter().any(is_full);
    for (id, row) in &after.rows {
        let was_deleted = before.rows.get(id).is_some_and(|row| row.is_deleted);
        ensure(!row.is_deleted || was_deleted || has_full, "only a full run marks deletions")?;
        check_was_sent(id, row, before.rows.get(id), account, 0, command)?;
    }
    ensure(before.rows.keys().all(|id| after.rows.contains_key(id)), "no row is ever removed")
}

/// The first run is the one that the design asks for.
fn check_plan(command: &Command) -> Checked {
    let (setup, before) = (command.setup, &command.before);
    let first = command.observed.runs[0];
    let is_due = command.full
        || before.full_at.is_none_or(|full_at| now() - full_at >= setup.full_every)
        || before.high_water.is_none();
    match &before.unfinished {
        None => ensure((first.mode == SyncMode::Full) == is_due, "full if it must be")?,
        Some((mode, _)) if mode == "incremental" && is_due && before.high_water.is_some() => {
            ensure(first.mode == SyncMode::Full && !first.is_resumed, "a full run replaces it")?;
        }
        Some(_) => {}
    }
    if first.is_resumed || first.mode == SyncMode::Full {
        return Ok(());
    }
    let unsettled = before.rows.values().filter(|row| {
        let is_settled = matches!(row.status.as_deref(), Some("completed" | "success" | "failed"));
        !is_settled && !row.is_deleted
    });
    let since = now() - setup.unsettled_for;
    let oldest = unsettled.filter_map(|row| row.created_at).filter(|at| *at >= since).min();
    let floor = before.high_water.map(|high_water| high_water - setup.look_back);
    let wanted = floor.map(|floor| oldest.map_or(floor, |oldest| oldest.min(floor)));
    ensure(first.floor == wanted, "the floor")
}

fn check_high_water(command: &Command) -> Checked {
    let (before, after) = (command.before.high_water, command.after.high_water);
    ensure(after >= before, "the high-water mark never moves back")?;
    ensure(after <= before.max(Some(now())), "nor beyond the run")
}

/// Every row that the last run covers has what was sent. Every other row has what it had.
fn check_rows(command: &Command, last: &StartedRun, account: &Account) -> Checked {
    let (from, until) = (last.tick, command.until);
    let (setup, rows) = (command.setup, &command.after.rows);
    for id in account.ids() {
        let states = account.between(id, from, until);
        let Some(states) = states.into_iter().collect::<Option<Vec<State>>>() else { continue };
        if setup.filtered && !states[0].in_folder {
            ensure(!rows.contains_key(id), "the filter")?;
            continue;
        }
        let is_covered = match (last.mode, last.floor, states[0].created_at) {
            (SyncMode::Full, ..) => true,
            // Where the order is not kept, a run cannot always know that.
            (_, Some(floor), Some(created_at)) => setup.newest_first && created_at >= floor,
            _ => false,
        };
        let row = rows.get(id);
        if is_covered {
            let row = row.ok_or_else(|| format!("{id} is missing: {states:?}"))?;
            ensure(!row.is_deleted, &format!("{id} is there, but marked as deleted"))?;
            let is_one = states.iter().any(|state| has_values(row, state, command.api));
            ensure(is_one, &format!("{id} has {row:?}, but was {states:?}"))?;
        }
        // Whatever the floor is, every video from before the sync is in the database.
        let was_there =
            account.between(id, command.observed.from, until).iter().all(Option::is_some);
        if was_there && setup.newest_first && !account.is_odd(id) {
            ensure(row.is_some_and(|row| !row.is_deleted), &format!("{id} was lost"))?;
        }
    }
    for (id, row) in rows {
        let first = command.resumed.map_or(command.observed.from, |run| run.tick);
        check_was_sent(id, row, command.before.rows.get(id), account, first, command)?;
    }
    Ok(())
}

/// A row is as it was before, or as the server sent it since this tick.
fn check_was_sent(
    id: &str,
    row: &Stored,
    before: Option<&Stored>,
    account: &Account,
    from: u64,
    command: &Command,
) -> Checked {
    let is_same = |before: &Stored| {
        Stored { is_deleted: false, ..before.clone() }
            == Stored { is_deleted: false, ..row.clone() }
    };
    if before.is_some_and(is_same) {
        return Ok(());
    }
    let states = account.between(id, from, command.until);
    let apis = [ApiVersion::V1, ApiVersion::V3];
    let was_sent = |state: &State| apis.into_iter().any(|api| has_values(row, state, api));
    ensure(states.iter().flatten().any(was_sent), &format!("{id} was never sent as {row:?}"))?;
    // A field that this version does not send keeps its value.
    if let Some(before) = before.filter(|_| command.resumed.is_none()) {
        let kept = match command.api {
            ApiVersion::V1 => row.duration == before.duration,
            _ => row.kind == before.kind,
        };
        ensure(kept, &format!("{id} had {before:?} and now has {row:?}"))?;
    }
    Ok(())
}

fn has_values(row: &Stored, state: &State, api: ApiVersion) -> bool {
    let folder = state.in_folder.then_some(FOLDER);
    let own = match api {
        ApiVersion::V1 => row.kind.as_deref() == Some(state.kind),
        _ => row.duration == Some(state.duration.into()),
    };
    own && row.title.as_deref() == Some(&*state.title)
        && row.status.as_deref() == Some(state.status)
        && row.created_at == state.created_at
        && row.folder.as_deref() == folder
}

fn check_deletions(command: &Command, summary: &SyncSummary, account: &Account) -> Checked {
    let has_full = command.observed.runs.iter().any(|run| run.mode == SyncMode::Full);
    let warned = |word| summary.warnings.iter().any(|warning| warning.as_str() == word);
    let is_empty = warned("empty_listing");
    let is_doubtful = is_empty || warned("fewer_than_total");
    let last_is_full = summary.mode == SyncMode::Full;
    // When the first part of the full run was started.
    let mut runs = command.observed.runs.iter();
    let begun = runs.rfind(|run| run.mode == SyncMode::Full && !run.is_resumed);
    let begun = begun.copied().or(command.resumed).map_or(0, |run| run.tick);
    for (id, row) in &command.after.rows {
        let was_deleted = command.before.rows.get(id).is_some_and(|row| row.is_deleted);
        let states = account.between(id, begun, command.until);
        if !has_full {
            ensure(!row.is_deleted || was_deleted, "only a full run marks deletions")?;
        }
        if row.is_deleted && !was_deleted {
            let was_gone = states.iter().any(Option::is_none);
            ensure(was_gone, &format!("{id} is marked as deleted, but was always there"))?;
        }
        let was_never_there = states.iter().all(Option::is_none);
        let is_of_this_version =
            command.after.apis.get(id).is_some_and(|api| api == summary.api.as_str());
        if !row.is_deleted && was_never_there && last_is_full && !is_of_this_version {
            ensure(warned("other_version") || is_doubtful, "a kept video has no warning")?;
        } else if last_is_full && was_never_there && !is_doubtful {
            ensure(row.is_deleted, &format!("{id} is gone, but not marked as deleted"))?;
        }
    }
    if is_empty {
        ensure(!command.allow_empty, "an empty listing is accepted if that is allowed")?;
    }
    Ok(())
}

/// The counts of the summary are those of the rows that differ.
fn check_counts(command: &Command, summary: &SyncSummary) -> Checked {
    let (before, after) = (&command.before.rows, &command.after.rows);
    let current = after.values().filter(|row| !row.is_deleted).count() as u64;
    ensure(summary.videos == current, "the videos of the summary")?;
    if command.observed.changes > 0 {
        return Ok(());
    }
    let mut found = Changes::default();
    for (id, row) in after {
        match before.get(id) {
            _ if row.is_deleted && before.get(id).is_some_and(|row| !row.is_deleted) => {
                found.deleted += 1;
            }
            Some(before) if !before.is_deleted => found.updated += u64::from(before != row),
            _ if row.is_deleted => {}
            _ => found.inserted += 1,
        }
    }
    let Changes { inserted, updated, deleted, .. } = summary.changes;
    let counted = (inserted, updated, deleted);
    let found = (found.inserted, found.updated, found.deleted);
    ensure(counted == found, &format!("counted {counted:?}, but {found:?} changed"))
}

/// An incremental run asks for no more pages than its floor needs.
fn check_requests(command: &Command, last: &StartedRun, account: &Account) -> Checked {
    let is_calm = command.observed.changes == 0 && command.observed.runs.len() == 1;
    let (Some(floor), true, true) = (last.floor, is_calm, command.setup.newest_first) else {
        return Ok(());
    };
    let until = command.until;
    let states = account.ids().filter_map(|id| account.between(id, until, until).remove(0));
    let is_listed = |state: &State| !command.setup.filtered || state.in_folder;
    let is_new = |state: &State| state.created_at.is_none_or(|at| at >= floor);
    let new = states.filter(|state| is_listed(state) && is_new(state)).count() as u64;
    // Overlapping pages bring fewer videos each, and an empty page or a page read ahead is one more.
    let per_page = command.page_size.saturating_sub(account.overlap as u64).max(1);
    let most = (new + 1).div_ceil(per_page) + 4;
    ensure(command.requests <= most, &format!("{} requests for {new} videos", command.requests))
}

/// A dry run says what the real one then changes.
pub(super) fn check_dry_run(dry: &SyncSummary, real: &SyncSummary) -> Checked {
    ensure(dry.dry_run && !real.dry_run, "the dry run says what it is")?;
    let counts = |summary: &SyncSummary| {
        let Changes { inserted, updated, deleted, .. } = summary.changes;
        (inserted, updated, deleted, summary.mode)
    };
    let (dry, real) = (counts(dry), counts(real));
    ensure(dry == real, &format!("the dry run said {dry:?}, but it was {real:?}"))
}

fn ensure(holds: bool, what: &str) -> Checked {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}
