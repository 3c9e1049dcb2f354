//! The tables of a database, and how an older database gets them.

use rusqlite::{Connection, Result, Transaction};

/// Tells a database of a sync from the databases of other programs; `hgvs` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x6867_7673;

/// The statements that lead from one version of the schema to the next. They never change; a new
/// version is added at the end.
const MIGRATIONS: [&str; 1] = [VERSION_1];

/// The version of the schema that this release writes.
pub(super) const VERSION: i32 = MIGRATIONS.len() as i32;

/// `kept` names the fields whose values come from the other version of the API, because `api`, which
/// sent the video last, does not send them. The index on unsettled videos lists the statuses of
/// `plan::SETTLED`.
const VERSION_1: &str = "
CREATE TABLE videos (
    video_id TEXT PRIMARY KEY NOT NULL,
    video_title TEXT,
    status TEXT,
    type TEXT,
    folder_id TEXT,
    created_at INTEGER,
    extra TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_seen_run INTEGER NOT NULL,
    deleted_at INTEGER,
    api TEXT NOT NULL,
    kept TEXT
);
CREATE INDEX videos_created_at ON videos (created_at);
CREATE INDEX videos_status ON videos (status);
CREATE INDEX videos_unsettled ON videos (created_at)
    WHERE deleted_at IS NULL
    AND (status IS NULL OR status NOT IN ('completed', 'success', 'failed'));
CREATE VIEW current_videos AS
    SELECT video_id, video_title, status, type, folder_id, created_at, extra,
        first_seen_at, updated_at, last_seen_run
    FROM videos WHERE deleted_at IS NULL;
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    mode TEXT NOT NULL,
    floor INTEGER,
    begun_at INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    finished_at INTEGER,
    outcome TEXT,
    parts INTEGER NOT NULL,
    api TEXT NOT NULL,
    videos INTEGER NOT NULL,
    newest INTEGER,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    repeated INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    dropped_urls INTEGER NOT NULL,
    warnings TEXT NOT NULL
);
CREATE TABLE sync_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    base_url TEXT NOT NULL,
    key TEXT NOT NULL,
    folder_id TEXT,
    title TEXT,
    videos INTEGER NOT NULL,
    high_water INTEGER,
    full_at INTEGER,
    run INTEGER,
    cursor TEXT
);
";

/// Brings the tables from this version to [`VERSION`]; version 0 has no tables.
pub(super) fn migrate(transaction: &Transaction<'_>, version: i32) -> Result<()> {
    let done = usize::try_from(version).unwrap_or(0);
    for statements in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(statements)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)
}

/// The version of a database's tables.
pub(super) fn version(connection: &Connection) -> Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use crate::plan::SETTLED;

    use super::*;

    #[test]
    fn a_new_database_has_all_tables_and_the_newest_version() {
        let mut connection = Connection::open_in_memory().unwrap();
        let transaction = connection.transaction().unwrap();
        migrate(&transaction, 0).unwrap();
        transaction.commit().unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
        for table in ["videos", "current_videos", "runs", "sync_state"] {
            let sql = format!("SELECT count(*) FROM {table}");
            assert_eq!(connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
        }
        // A database that has the newest version is left as it is.
        let transaction = connection.transaction().unwrap();
        migrate(&transaction, VERSION).unwrap();
    }

    #[test]
    fn the_index_of_unsettled_videos_follows_the_plan() {
        let list = SETTLED.map(|status| format!("'{status}'")).join(", ");
        assert!(VERSION_1.contains(&format!("status NOT IN ({list})")));
    }
}
