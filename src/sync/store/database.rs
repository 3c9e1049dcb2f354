//! `Store`: the database of a sync. Each batch is one transaction.

use std::io;
use std::path::Path;

use rusqlite::{Connection, Result, TransactionBehavior};

use super::binding::Binding;
use super::location::{Location, memory};
use super::probe::failed;
use super::row::ReceivedReader;
use super::runs::{
    ActiveRun, DRY_RUN_TABLES, RunDelta, count_unseen, distinct_seen, load_history, mark_deleted,
    oldest_unsettled, store_conclusion, unseen, video_count,
};
use super::writer::VideoWriter;
use crate::api_version::ApiVersion;
use crate::cursor::Cursor;
use crate::export::unix_now;
use crate::plan::{Conclusion, History, Missing, NextRun, PlanSettings, SeenVideos, ServerTotal};
use crate::stream::Stats;
use crate::sync::error::SyncError;
use crate::sync::summary::Changes;
use crate::sync::warning::SyncWarning;
use crate::video::Video;

/// The database of a sync, locked against other runs.
#[derive(Debug)]
pub(crate) struct Store {
    /// Declared first, so that the database is closed before its lock is released.
    connection: Option<Connection>,
    location: Location,
    binding: Binding,
    dry_run: bool,
    reader: ReceivedReader,
    history: History,
    /// Videos in the database that are not marked as deleted. Counted once, because a count reads
    /// the whole table.
    videos: u64,
    run: Option<ActiveRun>,
}

/// What a sync finds when it opens its database.
#[derive(Debug)]
pub(crate) struct OpenedStore {
    pub(crate) store: Box<Store>,
    pub(crate) history: History,
    /// The position of the unfinished run; an error if its text cannot be read.
    pub(crate) position: Option<std::result::Result<Cursor, ()>>,
    pub(crate) videos: u64,
    pub(crate) warning: Option<SyncWarning>,
}

/// What is saved at once.
#[derive(Debug)]
pub(crate) struct VideoBatch {
    pub(crate) videos: Vec<Video>,
    /// The position after these videos.
    pub(crate) cursor: Cursor,
    /// What the listing has done since the last batch.
    pub(crate) stats: Stats,
    /// How many videos the server counts.
    pub(crate) total: ServerTotal,
    /// Whether these are the last videos of the run.
    pub(crate) complete: bool,
    /// The warnings of the sync so far.
    pub(crate) warnings: Vec<SyncWarning>,
    pub(crate) settings: PlanSettings,
}

/// The result of saving a batch.
#[derive(Debug, Default)]
pub(crate) struct SavedBatch {
    pub(crate) changes: Changes,
    pub(crate) dropped_urls: u64,
    /// Videos in the database that are not marked as deleted.
    pub(crate) videos: u64,
    pub(crate) warnings: Vec<SyncWarning>,
    /// What the next run starts from; `None` if the run is not complete.
    pub(crate) history: Option<History>,
}

impl Store {
    /// Opens the database at this path, if there is one. Otherwise it is created with the first
    /// batch.
    pub(crate) fn open(
        path: &Path,
        binding: Binding,
        key_rotated: bool,
        dry_run: bool,
        settings: &PlanSettings,
    ) -> std::result::Result<OpenedStore, SyncError> {
        let location = Location::claim(path)?;
        let warning = location.warning();
        let mut connection = location.open()?;
        let cannot = |error| failed("read", &location.path, error);
        let (mut history, mut position, mut videos) = (History::default(), None, 0);
        if let Some(connection) = &connection {
            if let Some(stored) = Binding::load(connection).map_err(cannot)? {
                binding.check(&stored, key_rotated, path)?;
            }
            let since = settings.unsettled_since(unix_now());
            (history, position) = load_history(connection, since).map_err(cannot)?;
            videos = video_count(connection).map_err(cannot)?;
        }
        if dry_run {
            if connection.is_none() {
                connection = Some(memory(&binding).map_err(cannot)?);
            }
            if let Some(connection) = &connection {
                connection.execute_batch(DRY_RUN_TABLES).map_err(cannot)?;
            }
        }
        let reader = ReceivedReader::new();
        let store = Box::new(Self {
            connection,
            location,
            binding,
            dry_run,
            reader,
            history: history.clone(),
            videos,
            run: None,
        });
        Ok(OpenedStore { store, history, position, videos, warning })
    }

    /// Begins a run or continues one. Nothing is written until the first batch.
    pub(crate) fn begin(&mut self, next: NextRun) -> std::result::Result<SeenVideos, SyncError> {
        let run = ActiveRun::new(self.connection.as_ref(), next, unix_now());
        let run = run.map_err(|error| failed("read", &self.location.path, error))?;
        let seen = run.seen;
        self.run = Some(run);
        Ok(seen)
    }

    /// Whether the next sync continues the unfinished run.
    pub(crate) fn has_position(&self) -> bool {
        let load = |connection: &Connection| {
            let sql = "SELECT run IS NOT NULL FROM sync_state";
            connection.query_row(sql, [], |row| row.get::<_, bool>(0))
        };
        self.connection.as_ref().is_some_and(|connection| load(connection).unwrap_or(false))
    }

    /// Whether there is a database.
    pub(crate) fn exists(&self) -> bool {
        self.connection.is_some() && !self.dry_run && self.location.path.exists()
    }

    /// Saves a batch in one transaction: its videos, the position after them, and what a complete
    /// run concludes.
    pub(crate) fn save(&mut self, batch: VideoBatch) -> std::result::Result<SavedBatch, SyncError> {
        let mut warnings = Vec::new();
        if self.connection.is_none() {
            let (connection, warning) = self.location.create(&self.binding)?;
            self.connection = Some(connection);
            warnings.extend(warning);
        }
        // A batch is only saved after its run has started.
        let (Some(mut connection), Some(mut run)) = (self.connection.take(), self.run.clone())
        else {
            return Ok(SavedBatch::default());
        };
        let saved = self.save_batch(&mut connection, &mut run, batch);
        self.connection = Some(connection);
        let mut saved = saved.map_err(|error| failed("write", &self.location.path, error))?;
        if !self.dry_run {
            self.location.refuse_removed()?;
        }
        if let Some(history) = &saved.history {
            self.history = history.clone();
        }
        (self.run, self.videos) = (Some(run), saved.videos);
        saved.warnings.extend(warnings);
        Ok(saved)
    }

    fn save_batch(
        &mut self,
        connection: &mut Connection,
        run: &mut ActiveRun,
        batch: VideoBatch,
    ) -> Result<SavedBatch> {
        let VideoBatch { videos, cursor, stats, total, complete, mut warnings, settings } = batch;
        let (now, api, dropped_before) = (unix_now(), cursor.api, self.reader.dropped_urls());
        // With `Immediate`, SQLite takes the write lock at the beginning, where it waits for other
        // programs. If it took the lock later, it could fail without waiting.
        let behavior = match self.dry_run {
            true => TransactionBehavior::Deferred,
            false => TransactionBehavior::Immediate,
        };
        let transaction = connection.transaction_with_behavior(behavior)?;
        if !self.dry_run {
            run.begin(&transaction, now, api.as_str())?;
            self.binding.store_key(&transaction)?;
        }
        let id = run.id_or_none();
        let mut writer = VideoWriter::new(&transaction, id, now, api, self.dry_run)?;
        for video in &videos {
            let received = self.reader.read(video).map_err(unreadable)?;
            writer.write(&video.video_id, received)?;
        }
        let mut changes = writer.counts;
        drop(writer);
        run.seen.add(&videos, stats.skipped);
        let known_warnings = warnings.len();
        let mut conclusion = None;
        if complete {
            let known = self.videos;
            let concluded = settings.conclude(&run.seen, &self.history, known > 0);
            let distinct = distinct_seen(&transaction, id, self.dry_run)?;
            let (missing, kept) = unseen(&transaction, id, api.as_str(), self.dry_run)?;
            // If the run saw every known video, it deletes none, so the total does not matter.
            let concluded = match missing {
                0 => concluded,
                _ => concluded.compared(distinct, total, &self.history),
            };
            changes.deleted = self.conclude(&transaction, id, now, api, &concluded)?;
            let seen = (distinct, total);
            warnings.extend(SyncWarning::of_missing(
                concluded.missing,
                known,
                run.seen.skipped,
                seen,
            ));
            if concluded.missing == Missing::Deleted && kept > 0 {
                warnings.push(SyncWarning::OtherVersion { kept });
            }
            if concluded.high_water.is_none() && run.seen.videos > 0 {
                warnings.push(SyncWarning::NoDates);
            }
            conclusion = Some(concluded);
        }
        // A dry run changes nothing, and nobody else writes during a run.
        let videos_after = match self.dry_run {
            true => self.videos,
            false => (self.videos + changes.inserted).saturating_sub(changes.deleted),
        };
        let dropped_urls = self.reader.dropped_urls() - dropped_before;
        if !self.dry_run {
            let warnings = serde_json::to_string(&warnings).unwrap_or_else(|_| "[]".to_owned());
            let delta = RunDelta {
                now,
                changes,
                known: videos_after,
                stats,
                dropped_urls,
                cursor: (!complete).then_some(&cursor),
                api: api.as_str(),
                warnings: &warnings,
            };
            run.save(&transaction, delta)?;
        }
        let history = match conclusion {
            Some(conclusion) => {
                Some(self.next_history(&transaction, &conclusion, settings, now)?)
            }
            None => None,
        };
        transaction.commit()?;
        let warnings = warnings.split_off(known_warnings);
        Ok(SavedBatch { changes, dropped_urls, videos: videos_after, warnings, history })
    }

    /// Stores what a complete run concludes and marks the videos that are gone; returns how many.
    fn conclude(
        &self,
        connection: &Connection,
        run: i64,
        now: i64,
        api: ApiVersion,
        conclusion: &Conclusion,
    ) -> Result<u64> {
        if !self.dry_run {
            store_conclusion(connection, conclusion)?;
        }
        match conclusion.missing {
            Missing::Deleted if self.dry_run => count_unseen(connection, run, api.as_str()),
            Missing::Deleted => mark_deleted(connection, run, now, api.as_str()),
            Missing::Unknown
            | Missing::EmptyListing
            | Missing::SkippedEntries
            | Missing::FewerThanTotal => Ok(0),
        }
    }

    fn next_history(
        &self,
        connection: &Connection,
        conclusion: &Conclusion,
        settings: PlanSettings,
        now: i64,
    ) -> Result<History> {
        let since = settings.unsettled_since(now);
        if !self.dry_run {
            let (history, _) = load_history(connection, since)?;
            return Ok(history);
        }
        let Conclusion { high_water, full_at, .. } = *conclusion;
        let oldest_unsettled = oldest_unsettled(connection, since, true)?;
        Ok(History { high_water, full_at, oldest_unsettled, unfinished: None })
    }

    /// Closes the database, which moves what is in its log to the main file.
    pub(crate) fn close(mut self: Box<Self>) {
        if let Some(connection) = self.connection.take() {
            // If this fails, what was saved is still in the log, which the next run reads.
            let _ = connection.close();
        }
    }
}

fn unreadable(error: io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}
