//! Helpers for syncs to temporary databases, and for their rows.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heygen_videos::Video;
use heygen_videos::simulator::Simulator;
use heygen_videos::sync::{Sync, SyncError, SyncSummary};
use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags};

pub(crate) const DAY: i64 = 24 * 60 * 60;

/// Lists the values of the rows that do not depend on which run wrote them.
#[cfg(feature = "cli")]
pub(crate) const VALUES: &str = "SELECT json_array(video_id, video_title, status, type, folder_id,
    created_at, extra, deleted_at IS NOT NULL) FROM videos ORDER BY video_id";

/// A sync of everything, with one page a batch.
pub(crate) fn sync(simulator: &Simulator, path: &Path) -> Sync {
    let query = simulator.client().videos().page_size(10);
    Sync::new(query, path).checkpoint_every(Duration::from_secs(60), 1)
}

pub(crate) async fn run(sync: Sync) -> Result<SyncSummary, SyncError> {
    super::walk::within(sync.run(|_| {})).await
}

/// A sync that must succeed.
pub(crate) async fn done(sync: Sync) -> SyncSummary {
    run(sync).await.unwrap()
}

/// A connection that does not change the database.
#[track_caller]
pub(crate) fn reader(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// The first value of a query.
#[track_caller]
pub(crate) fn one<T: FromSql>(path: &Path, sql: &str) -> T {
    reader(path).query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The first column of a query, as text.
#[track_caller]
pub(crate) fn texts(path: &Path, sql: &str) -> Vec<String> {
    let connection = reader(path);
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Everything in the database that is not about runs.
#[track_caller]
pub(crate) fn rows(path: &Path) -> Vec<String> {
    let sql = "SELECT json_array(video_id, video_title, status, type, folder_id, created_at, extra,
               first_seen_at, updated_at, last_seen_run, deleted_at) FROM videos ORDER BY video_id";
    texts(path, sql)
}

pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// A video that was created this many days ago.
pub(crate) fn video(id: &str, days: i64, status: &str) -> Video {
    let text = format!(r#"{{"video_id":"{id}","status":"{status}","video_title":"T"}}"#);
    let mut video: Video = serde_json::from_str(&text).unwrap();
    video.created_at = Some(now() - days * DAY);
    video
}

/// An account with a completed video a day, the newest from today: `v000`, `v001` and so on.
pub(crate) async fn daily(videos: i64) -> Simulator {
    let simulator = super::walk::simulator(0).await;
    for days in 0..videos {
        simulator.insert(video(&format!("v{days:03}"), days, "completed"));
    }
    simulator
}
