//! `VideoWriter`: puts the videos of a batch into the table, or only counts what would change.

use rusqlite::{Connection, Result, Statement, params};

use super::row::{ReceivedRow, VideoRow};
use crate::api_version::ApiVersion;
use crate::sync::summary::Changes;

const FIND: &str =
    "SELECT rowid, video_title, status, type, folder_id, created_at, extra, api, kept,
    deleted_at IS NOT NULL FROM videos WHERE video_id = ?";

const INSERT: &str = "INSERT INTO videos (video_id, video_title, status, type, folder_id,
    created_at, extra, first_seen_at, updated_at, last_seen_run, api, kept)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11)";

const UPDATE: &str = "UPDATE videos SET video_title = ?2, status = ?3, type = ?4, folder_id = ?5,
    created_at = ?6, extra = ?7, updated_at = ?8, last_seen_run = ?9, api = ?10, kept = ?11,
    deleted_at = NULL WHERE rowid = ?1";

/// The values are the same. Only what the sync itself remembers changes.
const TOUCH: &str = "UPDATE videos SET last_seen_run = ?, api = ?, kept = ? WHERE rowid = ?";

/// Remembers the id, the status and the creation time that a dry run would store for a video.
const REMEMBER: &str = "INSERT OR IGNORE INTO temp.dry_run_seen VALUES (?, ?, ?)";

/// Writes the videos of one batch.
pub(super) struct VideoWriter<'c> {
    find: Statement<'c>,
    /// `None` in a dry run.
    changes: Option<[Statement<'c>; 3]>,
    /// `None` unless it is a dry run.
    remember: Option<Statement<'c>>,
    run: i64,
    now: i64,
    api: ApiVersion,
    pub(super) counts: Changes,
}

impl<'c> VideoWriter<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        run: i64,
        now: i64,
        api: ApiVersion,
        dry_run: bool,
    ) -> Result<Self> {
        let changes = || -> Result<_> {
            Ok([
                connection.prepare(INSERT)?,
                connection.prepare(UPDATE)?,
                connection.prepare(TOUCH)?,
            ])
        };
        Ok(Self {
            find: connection.prepare(FIND)?,
            changes: if dry_run { None } else { Some(changes()?) },
            remember: if dry_run { Some(connection.prepare(REMEMBER)?) } else { None },
            run,
            now,
            api,
            counts: Changes::default(),
        })
    }

    pub(super) fn write(&mut self, id: &str, received: ReceivedRow<'_>) -> Result<()> {
        let mut found = self.find.query([id])?;
        let Some(row) = found.next()? else {
            drop(found);
            let row = received.merged(self.api, None);
            if self.is_counted(id, &row)? {
                return Ok(());
            }
            self.counts.inserted += 1;
            return self.insert(id, row);
        };
        let rowid: i64 = row.get(0)?;
        let stored = VideoRow {
            columns: [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?],
            extra: row.get(6)?,
            api: row.get(7)?,
            kept: row.get(8)?,
        };
        let is_deleted: bool = row.get(9)?;
        drop(found);
        let row = received.merged(self.api, Some(&stored));
        if self.is_counted(id, &row)? {
            return Ok(());
        }
        if is_deleted {
            self.counts.inserted += 1;
        } else if row.has_values_of(&stored) {
            self.counts.unchanged += 1;
            return self.touch(rowid, row);
        } else {
            self.counts.updated += 1;
        }
        self.update(rowid, row)
    }

    /// Whether this is a dry run that has already counted the video. The table is unchanged, so a
    /// comparison with it would count the same change twice.
    fn is_counted(&mut self, id: &str, row: &VideoRow) -> Result<bool> {
        let Some(remember) = &mut self.remember else { return Ok(false) };
        let [_, status, _, _, created_at] = &row.columns;
        Ok(remember.execute(params![id, status, created_at])? == 0)
    }

    fn insert(&mut self, id: &str, row: VideoRow) -> Result<()> {
        let (run, now) = (self.run, self.now);
        let Some([insert, ..]) = &mut self.changes else { return Ok(()) };
        let VideoRow { columns: [title, status, kind, folder, created], extra, api, kept } = row;
        insert
            .execute(params![id, title, status, kind, folder, created, extra, now, run, api, kept])
            .map(drop)
    }

    fn update(&mut self, rowid: i64, row: VideoRow) -> Result<()> {
        let (run, now) = (self.run, self.now);
        let Some([_, update, _]) = &mut self.changes else { return Ok(()) };
        let VideoRow { columns: [title, status, kind, folder, created], extra, api, kept } = row;
        update
            .execute(params![
                rowid, title, status, kind, folder, created, extra, now, run, api, kept
            ])
            .map(drop)
    }

    fn touch(&mut self, rowid: i64, row: VideoRow) -> Result<()> {
        let Some([.., touch]) = &mut self.changes else { return Ok(()) };
        touch.execute(params![self.run, row.api, row.kept, rowid]).map(drop)
    }
}
