//! The rows of `runs`, and the unfinished run of a database.

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};

use crate::cursor::Cursor;
use crate::plan::{Conclusion, History, NextRun, SETTLED, SeenVideos, SyncMode, UnfinishedRun};
use crate::stream::Stats;
use crate::sync::summary::Changes;

/// A run in progress.
#[derive(Debug, Clone)]
pub(super) struct ActiveRun {
    /// `None` until the first batch is saved.
    id: Option<i64>,
    floor: Option<i64>,
    /// Whether a new part must be counted with the next batch.
    is_new_part: bool,
    pub(super) seen: SeenVideos,
}

/// What a batch adds to the row of its run.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunDelta<'a> {
    pub(super) now: i64,
    pub(super) changes: Changes,
    /// Videos in the database that are not marked as deleted.
    pub(super) known: u64,
    pub(super) stats: Stats,
    pub(super) dropped_urls: u64,
    /// The position after the batch; `None` if the run is complete.
    pub(super) cursor: Option<&'a Cursor>,
    pub(super) api: &'a str,
    /// All warnings of the sync so far, as JSON.
    pub(super) warnings: &'a str,
}

/// The id that no run has.
const NO_RUN: i64 = -1;

impl ActiveRun {
    /// The id of the run, or one that no run has if it has not saved anything.
    pub(super) fn id_or_none(&self) -> i64 {
        self.id.unwrap_or(NO_RUN)
    }

    /// The run to begin or to continue.
    pub(super) fn new(connection: Option<&Connection>, next: NextRun, now: i64) -> Result<Self> {
        match (next, connection) {
            (NextRun::Resume(run), Some(connection)) => Self::unfinished(connection, run),
            (NextRun::Begin { mode, floor }, _)
            | (NextRun::Resume(UnfinishedRun { mode, floor, .. }), None) => {
                let seen = SeenVideos { mode, begun_at: now, newest: None, videos: 0, skipped: 0 };
                Ok(Self { id: None, floor, is_new_part: false, seen })
            }
        }
    }

    fn unfinished(connection: &Connection, run: UnfinishedRun) -> Result<Self> {
        let sql = "SELECT run, newest, runs.videos, skipped FROM runs JOIN sync_state USING (run)";
        connection.query_row(sql, [], |row| {
            let seen = SeenVideos {
                mode: run.mode,
                begun_at: run.begun_at,
                newest: row.get(1)?,
                videos: unsigned(row, 2)?,
                skipped: unsigned(row, 3)?,
            };
            Ok(Self { id: Some(row.get(0)?), floor: run.floor, is_new_part: true, seen })
        })
    }

    /// The id of the run. If the run has no row in the database yet, adds one.
    pub(super) fn begin(&mut self, connection: &Connection, now: i64, api: &str) -> Result<i64> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        connection.execute(
            "UPDATE runs SET outcome = 'abandoned', finished_at = ? WHERE outcome IS NULL",
            [now],
        )?;
        let SeenVideos { mode, begun_at, .. } = self.seen;
        connection.execute(
            "INSERT INTO runs (mode, floor, begun_at, saved_at, parts, api, videos, inserted,
                 updated, unchanged, deleted, pages, requests, retries, repeated, skipped,
                 dropped_urls, warnings)
             VALUES (?, ?, ?, ?, 1, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '[]')",
            params![mode.as_str(), self.floor, begun_at, now, api],
        )?;
        let id = connection.last_insert_rowid();
        self.id = Some(id);
        Ok(id)
    }

    /// Adds a batch to the row of the run and saves the position after it.
    pub(super) fn save(&mut self, connection: &Connection, delta: RunDelta<'_>) -> Result<()> {
        let RunDelta { now, changes, known, stats, dropped_urls, cursor, api, warnings } = delta;
        let (id, seen) = (self.id_or_none(), self.seen);
        let finished_at = cursor.is_none().then_some(now);
        let outcome = cursor.is_none().then_some("complete");
        connection.execute(
            "UPDATE runs SET saved_at = ?2, finished_at = ?3, outcome = ?4, parts = parts + ?5,
                 api = ?6, videos = ?7, newest = ?8, inserted = inserted + ?9,
                 updated = updated + ?10, unchanged = unchanged + ?11, deleted = deleted + ?12,
                 pages = pages + ?13, requests = requests + ?14, retries = retries + ?15,
                 repeated = repeated + ?16, skipped = ?17, dropped_urls = dropped_urls + ?18,
                 warnings = ?19
             WHERE run = ?1",
            params![
                id,
                now,
                finished_at,
                outcome,
                self.is_new_part,
                api,
                signed(seen.videos),
                seen.newest,
                signed(changes.inserted),
                signed(changes.updated),
                signed(changes.unchanged),
                signed(changes.deleted),
                signed(stats.pages),
                signed(stats.requests),
                signed(stats.retries),
                signed(stats.repeated),
                signed(seen.skipped),
                signed(dropped_urls),
                warnings,
            ],
        )?;
        connection.execute(
            "UPDATE sync_state SET run = ?, cursor = ?, videos = ?",
            params![cursor.map(|_| id), cursor.map(ToString::to_string), signed(known),],
        )?;
        self.is_new_part = false;
        Ok(())
    }
}

/// Writes what a complete run concludes.
pub(super) fn store_conclusion(connection: &Connection, conclusion: &Conclusion) -> Result<()> {
    connection
        .execute(
            "UPDATE sync_state SET high_water = ?, full_at = ?",
            params![conclusion.high_water, conclusion.full_at],
        )
        .map(drop)
}

/// Marks the videos that no part of this run saw, except those that another version of the API sent
/// last; returns how many.
pub(super) fn mark_deleted(connection: &Connection, run: i64, now: i64, api: &str) -> Result<u64> {
    let marked = connection.execute(
        "UPDATE videos SET deleted_at = ?
         WHERE deleted_at IS NULL AND last_seen_run <> ? AND api = ?",
        params![now, run, api],
    );
    marked.map(|marked| marked as u64)
}

/// How many different videos all parts of this run saw.
pub(super) fn distinct_seen(connection: &Connection, run: i64, dry_run: bool) -> Result<u64> {
    let sql = match dry_run {
        false => "SELECT count(*) FROM videos WHERE last_seen_run = ?",
        true => {
            "SELECT count(*) FROM (SELECT video_id FROM temp.dry_run_seen
             UNION SELECT video_id FROM videos WHERE last_seen_run = ?)"
        }
    };
    connection.query_row(sql, [run], |row| unsigned(row, 0))
}

/// How many videos no part of this run saw: those that this version of the API sent last, and those
/// that another one did.
pub(super) fn unseen(
    connection: &Connection,
    run: i64,
    api: &str,
    dry_run: bool,
) -> Result<(u64, u64)> {
    let not_seen = match dry_run {
        false => "",
        true => "AND video_id NOT IN (SELECT video_id FROM temp.dry_run_seen)",
    };
    let sql = format!(
        "SELECT count(*) FILTER (WHERE api = ?2), count(*) FILTER (WHERE api <> ?2) FROM videos
         WHERE deleted_at IS NULL AND last_seen_run <> ?1 {not_seen}"
    );
    connection.query_row(&sql, params![run, api], |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)))
}

/// The tables in which a dry run remembers what it saw, with the values that it would have stored,
/// and what it would mark as deleted.
pub(super) const DRY_RUN_TABLES: &str = "
CREATE TEMP TABLE dry_run_seen (video_id TEXT PRIMARY KEY, status TEXT, created_at INTEGER)
    WITHOUT ROWID;
CREATE TEMP TABLE dry_run_deleted (video_id TEXT PRIMARY KEY) WITHOUT ROWID;
";

/// How many videos [`mark_deleted`] would mark, for a dry run. A second run does not count the
/// videos of the first one again.
pub(super) fn count_unseen(connection: &Connection, run: i64, api: &str) -> Result<u64> {
    let counted = connection.execute(
        "INSERT OR IGNORE INTO temp.dry_run_deleted SELECT video_id FROM videos
         WHERE deleted_at IS NULL AND last_seen_run <> ? AND api = ?
         AND video_id NOT IN (SELECT video_id FROM temp.dry_run_seen)",
        params![run, api],
    );
    counted.map(|counted| counted as u64)
}

/// What earlier runs saved, and the position of the unfinished one. The position is `Err` if its
/// text cannot be read.
pub(super) fn load_history(
    connection: &Connection,
    unsettled_since: i64,
) -> Result<(History, Option<std::result::Result<Cursor, ()>>)> {
    let sql = "SELECT full_at, high_water, cursor, mode, begun_at, floor
               FROM sync_state LEFT JOIN runs USING (run)";
    let (mut history, cursor) = connection.query_row(sql, [], |row| {
        let unfinished = match row.get::<_, Option<String>>(3)? {
            Some(word) => Some(UnfinishedRun {
                mode: mode(&word)?,
                begun_at: row.get(4)?,
                floor: row.get(5)?,
            }),
            None => None,
        };
        let (full_at, high_water) = (row.get(0)?, row.get(1)?);
        let cursor: Option<String> = row.get(2)?;
        Ok((History { full_at, high_water, oldest_unsettled: None, unfinished }, cursor))
    })?;
    history.oldest_unsettled = oldest_unsettled(connection, unsettled_since, false)?;
    Ok((history, cursor.map(|text| text.parse().map_err(drop))))
}

/// The creation time of the oldest video that is not settled and was created at or after `since`.
/// In a dry run, what it saw counts as stored. The conditions are those of the index
/// `videos_unsettled`.
pub(super) fn oldest_unsettled(
    connection: &Connection,
    since: i64,
    dry_run: bool,
) -> Result<Option<i64>> {
    let settled = SETTLED.map(|status| format!("'{status}'")).join(", ");
    let unsettled = format!("(status IS NULL OR status NOT IN ({settled})) AND created_at >= ?1");
    let stored = format!("SELECT created_at FROM videos WHERE deleted_at IS NULL AND {unsettled}");
    let sql = match dry_run {
        false => format!("{stored} ORDER BY created_at LIMIT 1"),
        true => format!(
            "{stored} AND video_id NOT IN (SELECT video_id FROM temp.dry_run_seen
                 UNION ALL SELECT video_id FROM temp.dry_run_deleted)
             UNION ALL SELECT created_at FROM temp.dry_run_seen WHERE {unsettled}
             ORDER BY created_at LIMIT 1"
        ),
    };
    connection.query_row(&sql, [since], |row| row.get(0)).optional()
}

/// How many videos are not marked as deleted.
pub(super) fn video_count(connection: &Connection) -> Result<u64> {
    let sql = "SELECT count(*) FROM videos WHERE deleted_at IS NULL";
    connection.query_row(sql, [], |row| unsigned(row, 0))
}

fn mode(word: &str) -> Result<SyncMode> {
    let known =
        [SyncMode::Full, SyncMode::Incremental].into_iter().find(|mode| mode.as_str() == word);
    known.ok_or_else(|| Error::InvalidColumnType(3, "mode".into(), Type::Text))
}

fn unsigned(row: &Row<'_>, at: usize) -> Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
