//! Reads a database of a case, and lets time pass in it.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

/// A row of `videos`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) title: Option<String>,
    pub(super) status: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) folder: Option<String>,
    pub(super) created_at: Option<i64>,
    pub(super) duration: Option<u64>,
    pub(super) is_deleted: bool,
}

/// What a database holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) rows: BTreeMap<String, Stored>,
    /// The version of the API that sent each video last.
    pub(super) apis: BTreeMap<String, String>,
    pub(super) high_water: Option<i64>,
    pub(super) full_at: Option<i64>,
    /// The mode and the floor of the unfinished run.
    pub(super) unfinished: Option<(String, Option<i64>)>,
}

/// Reads a database; it is empty if there is none.
#[track_caller]
pub(super) fn snapshot(path: &Path) -> Snapshot {
    if !path.exists() {
        return Snapshot::default();
    }
    let connection = Connection::open(path).unwrap();
    let check: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let sql = "SELECT video_id, video_title, status, type, folder_id, created_at, extra,
               deleted_at IS NOT NULL, api FROM videos";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        let extra: Value = serde_json::from_str(&row.get::<_, String>(6)?).unwrap();
        assert!(extra.get("video_url").is_none(), "a signed URL is a secret");
        let stored = Stored {
            title: row.get(1)?,
            status: row.get(2)?,
            kind: row.get(3)?,
            folder: row.get(4)?,
            created_at: row.get(5)?,
            duration: extra.get("duration").and_then(Value::as_u64),
            is_deleted: row.get(7)?,
        };
        let id: String = row.get(0)?;
        Ok(((id.clone(), stored), (id, row.get(8)?)))
    });
    let (rows, apis): (BTreeMap<String, Stored>, BTreeMap<String, String>) =
        rows.unwrap().map(Result::unwrap).unzip();
    let sql = "SELECT high_water, full_at, mode, floor, sync_state.videos
               FROM sync_state LEFT JOIN runs USING (run)";
    connection
        .query_row(sql, [], |row| {
            let counted: i64 = row.get(4)?;
            let current = rows.values().filter(|row| !row.is_deleted).count();
            assert_eq!(counted, current as i64, "sync_state.videos");
            let mode: Option<String> = row.get(2)?;
            let floor = row.get(3)?;
            Ok(Snapshot {
                high_water: row.get(0)?,
                full_at: row.get(1)?,
                unfinished: mode.map(|mode| (mode, floor)),
                rows: rows.clone(),
                apis: apis.clone(),
            })
        })
        .unwrap()
}

/// Lets this many seconds pass: everything in the database is that much older.
#[track_caller]
pub(super) fn age(path: &Path, seconds: i64) {
    if seconds == 0 || !path.exists() {
        return;
    }
    let connection = Connection::open(path).unwrap();
    let sql = format!(
        "UPDATE videos SET created_at = created_at - {seconds};
         UPDATE runs SET begun_at = begun_at - {seconds}, floor = floor - {seconds},
             newest = newest - {seconds};
         UPDATE sync_state SET high_water = high_water - {seconds}, full_at = full_at - {seconds};"
    );
    connection.execute_batch(&sql).unwrap();
}
