//! What may be at the path of a database, and whose database it is.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use heygen_videos::Video;
use heygen_videos::simulator::Simulator;
use heygen_videos::sync::{Sync, SyncError, SyncErrorKind};
use rusqlite::Connection;

use crate::support::export::{file_names, folder_contents, temp_path};
use crate::support::sync::{daily, done, one, reader, run, sync, video};

/// A sync that is refused before its first request, and leaves everything as it is.
async fn refused(simulator: &Simulator, path: &Path) -> SyncError {
    let (asked, before) = (simulator.requests(), folder_contents(path));
    let error = run(sync(simulator, path)).await.unwrap_err();
    assert_eq!(simulator.requests(), asked);
    assert!(folder_contents(path) == before, "{error}");
    assert!(error.hint().is_some(), "{error}");
    error
}

#[tokio::test]
async fn a_file_that_is_not_a_database_of_a_sync_is_refused_and_left_as_it_is() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    for text in ["x", "SQLite format 3\0", &"SQLite format 3\0".repeat(20)] {
        fs::write(&path, text).unwrap();
        let error = refused(&simulator, &path).await;
        assert_eq!(error.kind(), SyncErrorKind::Foreign, "{error}");
    }
    fs::remove_file(&path).unwrap();
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE notes (text); INSERT INTO notes VALUES ('x')").unwrap();
    drop(foreign);
    let error = refused(&simulator, &path).await;
    assert_eq!(error.kind(), SyncErrorKind::Foreign);
    assert!(error.to_string().ends_with("was not written by a sync"), "{error}");
    let foreign = Connection::open(&path).unwrap();
    foreign.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
    drop(foreign);
    assert_eq!(refused(&simulator, &path).await.kind(), SyncErrorKind::Foreign);
    for suffix in ["-lock", "-new"] {
        let (_folder, path) = temp_path("videos.db");
        fs::write(path.with_file_name(format!("videos.db{suffix}")), "mine").unwrap();
        let error = run(sync(&simulator, &path)).await.unwrap_err();
        assert_eq!(error.kind(), SyncErrorKind::Foreign, "{error}");
        assert_eq!(file_names(&path), [format!("videos.db{suffix}")]);
    }
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused_and_left_as_it_is() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    for version in [0, 2, 99] {
        let newer = Connection::open(&path).unwrap();
        newer.pragma_update(None, "user_version", version).unwrap();
        drop(newer);
        let error = refused(&simulator, &path).await;
        assert_eq!(error.kind(), SyncErrorKind::Foreign, "{error}");
        assert!(error.to_string().contains(&format!("has version {version} of the schema")));
    }
}

#[tokio::test]
async fn a_path_where_no_file_can_be_is_refused() {
    let simulator = daily(3).await;
    let (folder, path) = temp_path("folder");
    fs::create_dir(&path).unwrap();
    let missing = folder.path().join("missing/videos.db");
    for path in [&path, &missing, Path::new("/dev/null"), Path::new("/dev/stdout"), Path::new("")] {
        let error = run(sync(&simulator, path)).await.unwrap_err();
        assert_eq!(error.kind(), SyncErrorKind::Output, "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    assert_eq!(run(sync(&simulator, &fifo)).await.unwrap_err().kind(), SyncErrorKind::Output);
    assert_eq!(simulator.requests(), 0);
    assert_eq!(file_names(&path), ["fifo", "folder"]);
}

#[tokio::test]
async fn a_new_database_is_readable_by_its_owner_only_and_leaves_no_other_file() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    let run = sync(&simulator, &path).run(|event| {
        if event.as_str() == "checkpoint" {
            assert_eq!(
                file_names(&path),
                ["videos.db", "videos.db-lock", "videos.db-shm", "videos.db-wal"]
            );
        }
    });
    run.await.unwrap();
    assert_eq!(file_names(&path), ["videos.db"]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(one::<String>(&path, "PRAGMA journal_mode"), "wal");
}

#[tokio::test]
async fn an_empty_file_and_what_a_crash_leaves_are_accepted() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    fs::write(&path, "").unwrap();
    fs::write(path.with_file_name("videos.db-lock"), "").unwrap();
    fs::write(path.with_file_name("videos.db-new"), "").unwrap();
    assert_eq!(done(sync(&simulator, &path)).await.videos, 3);
    assert_eq!(file_names(&path), ["videos.db"]);
    // A complete database that was not renamed yet.
    fs::rename(&path, path.with_file_name("videos.db-new")).unwrap();
    assert_eq!(done(sync(&simulator, &path)).await.changes.inserted, 3);
    assert_eq!(file_names(&path), ["videos.db"]);
}

#[tokio::test]
async fn a_link_means_the_database_that_it_leads_to() {
    let simulator = daily(3).await;
    let (folder, path) = temp_path("videos.db");
    let (other, link) = temp_path("link.db");
    symlink(&path, &link).unwrap();
    done(sync(&simulator, &link)).await;
    assert_eq!(done(sync(&simulator, &path)).await.changes.unchanged, 3);
    // A link to the folder is accepted too.
    let folder_link = other.path().join("folder");
    symlink(folder.path(), &folder_link).unwrap();
    let summary = done(sync(&simulator, &folder_link.join("videos.db"))).await;
    assert_eq!(summary.changes.unchanged, 3);
}

#[tokio::test]
async fn a_database_with_a_second_name_is_refused_and_left_as_it_is() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let second = path.with_file_name("second.db");
    fs::hard_link(&path, &second).unwrap();
    for name in [&path, &second] {
        let error = refused(&simulator, name).await;
        assert_eq!(error.kind(), SyncErrorKind::Foreign);
        assert!(error.to_string().ends_with(" has 2 names (hard links)"), "{error}");
    }
    fs::remove_file(&second).unwrap();
    assert_eq!(done(sync(&simulator, &path)).await.changes.unchanged, 3);
}

#[tokio::test]
async fn a_path_may_have_any_characters() {
    let simulator = daily(3).await;
    for name in ["a b?immutable=0#x%41.db", ":memory:", "file:x.db", "ä\u{1b}.db"] {
        let (_folder, path) = temp_path(name);
        assert_eq!(done(sync(&simulator, &path)).await.changes.inserted, 3, "{name}");
        assert_eq!(done(sync(&simulator, &path)).await.changes.inserted, 0, "{name}");
        assert_eq!(file_names(&path), [name]);
    }
}

#[tokio::test]
async fn a_sync_releases_no_lock_of_another_connection_in_the_same_process() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch("BEGIN; SELECT * FROM videos").unwrap();
    done(sync(&simulator, &path)).await;
    // Another process is the last to close its connection, as far as it can see. If our lock were
    // gone, it would remove the log.
    let log = path.with_file_name("videos.db-wal");
    assert!(log.exists());
    let ran =
        std::process::Command::new("sqlite3").arg(&path).arg("SELECT max(run) FROM runs").output();
    assert!(ran.is_err() || log.exists());
    drop(writer);
}

#[tokio::test]
async fn two_runs_at_once_are_refused_and_readers_are_not() {
    let simulator = daily(40).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let old = reader(&path);
    old.execute_batch("BEGIN").unwrap();
    let count = |connection: &Connection| -> i64 {
        connection.query_row("SELECT count(*) FROM videos", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&old), 40);
    simulator.insert(video("new", 0, "completed"));
    let (mut tried, mut seen) = (None, 0);
    let run_first = sync(&simulator, &path).full(true).run(|event| {
        if event.as_str() == "checkpoint" {
            seen = count(&reader(&path));
            tried.get_or_insert_with(|| {
                let second = sync(&simulator, &path);
                futures::executor::block_on(async {
                    std::thread::scope(|scope| {
                        let run = || {
                            let runtime = tokio::runtime::Runtime::new().unwrap();
                            runtime.block_on(run(second)).unwrap_err()
                        };
                        scope.spawn(run).join().unwrap()
                    })
                })
            });
        }
    });
    run_first.await.unwrap();
    let error = tried.unwrap();
    assert_eq!(error.kind(), SyncErrorKind::Locked);
    assert!(error.to_string().starts_with("another run is writing "), "{error}");
    assert_eq!((count(&old), seen), (40, 41), "a reader keeps what it began with");
    drop(old);
    assert_eq!(done(sync(&simulator, &path)).await.videos, 41);
}

#[tokio::test]
async fn a_database_of_another_account_server_or_filter_is_refused() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let other_key = simulator.client().with_api_key("other-key-canary").unwrap();
    let refused = |of: Sync, what: &'static str| async move {
        let error = run(of).await.unwrap_err();
        assert_eq!(error.kind(), SyncErrorKind::Mismatch);
        assert!(error.to_string().contains(what), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    };
    refused(Sync::new(other_key.videos(), &path), "another key").await;
    refused(Sync::new(simulator.client().videos().title("x"), &path), "title (none)").await;
    refused(Sync::new(simulator.client().videos().folder_id("x"), &path), "--folder-id").await;
    refused(sync(&simulator, &path).server_name("x"), "another server (").await;
    assert_eq!(simulator.requests(), 1);
}

#[tokio::test]
async fn a_rotated_key_is_remembered_once_it_works() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    let key = |key: &str| simulator.client().with_api_key(key).unwrap().videos();
    let connection = || Connection::open(&path).unwrap();
    done(sync(&simulator, &path)).await;
    let ours: String = one(&path, "SELECT key FROM sync_state");
    // The server refuses this key, so the database keeps the old one.
    run(Sync::new(key("wrong"), &path).key_rotated(true)).await.unwrap_err();
    assert_eq!(one::<String>(&path, "SELECT key FROM sync_state"), ours);
    connection().execute("UPDATE sync_state SET key = 'older'", []).unwrap();
    run(sync(&simulator, &path)).await.unwrap_err();
    done(sync(&simulator, &path).key_rotated(true)).await;
    assert_eq!(one::<String>(&path, "SELECT key FROM sync_state"), ours);
    assert_eq!(done(sync(&simulator, &path)).await.videos, 3);
}

#[tokio::test]
async fn a_query_that_lists_only_a_part_is_refused() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    let query = || simulator.client().videos();
    let cursor = query().stream().cursor();
    for (part, name) in [
        (query().max_items(5), "max_items"),
        (query().created_since(std::time::UNIX_EPOCH), "created_since"),
        (query().start_token("t"), "start_token"),
        (query().resume_from(cursor), "resume_from"),
    ] {
        let error = run(Sync::new(part, &path)).await.unwrap_err();
        assert_eq!(error.kind(), SyncErrorKind::Usage);
        assert!(error.to_string().contains(name), "{error}");
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn a_damaged_database_is_an_error_and_is_left_as_it_is() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    simulator.insert(Video::new("new"));
    // Its header is right, its pages are not.
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[4096..8192].fill(0xff);
    bad[100..200].fill(0xff);
    fs::write(&path, &bad).unwrap();
    let error = run(sync(&simulator, &path)).await.unwrap_err();
    assert_eq!(error.kind(), SyncErrorKind::Output);
    assert!(error.to_string().ends_with("is damaged"), "{error}");
    assert!(fs::read(&path).unwrap() == bad);
    fs::write(&path, &good).unwrap();
    assert_eq!(done(sync(&simulator, &path).full(true)).await.videos, 4);
}

#[tokio::test]
async fn a_damaged_page_or_a_missing_table_does_not_promise_that_the_next_sync_continues() {
    let simulator = daily(40).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let good = fs::read(&path).unwrap();
    let mut begun = 0;
    let mut assert_is_damaged = |error: SyncError, requests: u64| {
        assert_eq!(error.kind(), SyncErrorKind::Output, "{error}");
        assert!(error.to_string().ends_with("is damaged"), "{error}");
        assert!(error.hint().is_some() && !error.is_resumable(), "{error:?}");
        begun += usize::from(simulator.requests() > requests);
    };
    for page in 1..good.len() / 4096 {
        let mut bad = good.clone();
        bad[page * 4096..(page + 1) * 4096].fill(0);
        fs::write(&path, &bad).unwrap();
        let requests = simulator.requests();
        if let Err(error) = run(sync(&simulator, &path).full(true)).await {
            assert_is_damaged(error, requests);
        }
    }
    fs::write(&path, &good).unwrap();
    Connection::open(&path).unwrap().execute_batch("DROP TABLE runs").unwrap();
    let requests = simulator.requests();
    assert_is_damaged(run(sync(&simulator, &path).full(true)).await.unwrap_err(), requests);
    assert!(begun > 0, "no fault was found after the first request");
}

#[tokio::test]
async fn a_database_whose_tables_were_changed_is_an_error_that_says_what_to_do() {
    let simulator = daily(3).await;
    for change in [
        "DELETE FROM sync_state",
        "DROP TABLE sync_state",
        "DROP VIEW current_videos; DROP TABLE videos",
        "DROP TABLE runs",
    ] {
        let (_folder, path) = temp_path("videos.db");
        done(sync(&simulator, &path)).await;
        Connection::open(&path).unwrap().execute_batch(change).unwrap();
        for dry_run in [true, false] {
            let error = run(sync(&simulator, &path).dry_run(dry_run)).await.unwrap_err();
            assert_eq!(error.kind(), SyncErrorKind::Output, "{change}: {error}");
            assert!(error.to_string().ends_with("videos.db is damaged"), "{change}: {error}");
            assert!(error.hint().unwrap().contains("from a backup"), "{change}: {error:?}");
            assert!(!error.is_resumable(), "{change}");
        }
    }
}
