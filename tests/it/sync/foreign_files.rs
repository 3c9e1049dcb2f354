//! Files with the names of SQLite's own files that do not belong to the database.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use heygen_videos::simulator::Simulator;
use heygen_videos::sync::SyncErrorKind;
use rusqlite::Connection;

use crate::support::export::{file_names, temp_path, with_suffix};
use crate::support::sync::{daily, done, run, sync};

const SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Each creates something that is not a file: a pipe, a folder, a link.
const NOT_FILES: [fn(&Path); 3] = [
    |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
    |path| fs::create_dir(path).unwrap(),
    |path| symlink("elsewhere", path).unwrap(),
];

/// Checks that a sync is refused before its first request and changes no file.
async fn assert_refused(simulator: &Simulator, path: &Path, says: &str) {
    let look = || {
        let names = file_names(path);
        // Reading a pipe would wait for its other end.
        let read = |name: &String| {
            let file = path.with_file_name(name);
            file.symlink_metadata().unwrap().is_file().then(|| fs::read(file).unwrap())
        };
        let contents: Vec<_> = names.iter().map(read).collect();
        (names, contents)
    };
    let before = look();
    for dry_run in [true, false] {
        let requests = simulator.requests();
        let error = run(sync(simulator, path).dry_run(dry_run)).await.unwrap_err();
        assert_eq!(error.kind(), SyncErrorKind::Foreign, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.hint().is_some() && !error.is_resumable(), "{error:?}");
        assert_eq!(simulator.requests(), requests);
        assert!(look() == before, "{error}");
    }
}

#[tokio::test]
async fn a_file_of_sqlite_without_its_database_is_refused_and_left_as_it_is() {
    let simulator = daily(3).await;
    for suffix in SUFFIXES {
        for content in ["precious", ""] {
            for database in [None, Some("")] {
                let (_folder, path) = temp_path("videos.db");
                let side = with_suffix(&path, suffix);
                fs::write(&side, content).unwrap();
                if let Some(empty) = database {
                    fs::write(&path, empty).unwrap();
                }
                let says = format!("videos.db{suffix} exists without its database");
                assert_refused(&simulator, &path, &says).await;
                fs::remove_file(&side).unwrap();
                assert_eq!(done(sync(&simulator, &path)).await.videos, 3);
            }
        }
    }
}

#[tokio::test]
async fn a_new_database_does_not_get_the_rows_of_one_that_was_removed() {
    let (old, new) = (daily(3).await, daily(2).await);
    let (_folder, path) = temp_path("videos.db");
    done(sync(&old, &path)).await;
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("UPDATE videos SET video_title = 'old'").unwrap();
    let log = fs::read(with_suffix(&path, "-wal")).unwrap();
    assert!(!log.is_empty());
    drop(connection);
    fs::remove_file(&path).unwrap();
    fs::write(with_suffix(&path, "-wal"), log).unwrap();
    assert_refused(&new, &path, "videos.db-wal exists without its database").await;
    fs::remove_file(with_suffix(&path, "-wal")).unwrap();
    let summary = done(sync(&new, &path)).await;
    assert_eq!((summary.videos, summary.changes.inserted), (2, 2));
}

#[tokio::test]
async fn a_pipe_a_folder_and_a_link_are_refused_with_and_without_a_database() {
    let simulator = daily(3).await;
    for with_database in [false, true] {
        for suffix in SUFFIXES {
            for make in NOT_FILES {
                let (_folder, path) = temp_path("videos.db");
                if with_database {
                    done(sync(&simulator, &path)).await;
                }
                make(&with_suffix(&path, suffix));
                let says = format!("videos.db{suffix} is not a file");
                assert_refused(&simulator, &path, &says).await;
            }
        }
    }
}

#[tokio::test]
async fn the_files_of_a_database_that_is_being_created_are_not_taken_over() {
    let simulator = daily(3).await;
    for suffix in SUFFIXES {
        let (_folder, path) = temp_path("videos.db");
        let side = with_suffix(&path, &format!("-new{suffix}"));
        fs::write(&side, "precious").unwrap();
        let error = run(sync(&simulator, &path)).await.unwrap_err();
        assert_eq!(error.kind(), SyncErrorKind::Foreign, "{error}");
        assert_eq!(fs::read(&side).unwrap(), b"precious");
        assert_eq!(file_names(&path), [format!("videos.db-new{suffix}")]);
        // A power cut can leave an empty file, which is removed.
        fs::write(&side, "").unwrap();
        assert_eq!(done(sync(&simulator, &path)).await.videos, 3);
        assert_eq!(file_names(&path), ["videos.db"]);
    }
}

#[tokio::test]
async fn a_database_that_is_removed_during_a_sync_is_an_error() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    let mut pages = 0;
    let run = sync(&simulator, &path).run(|event| {
        pages += u32::from(event.as_str() == "page");
        if pages == 5 && path.exists() {
            fs::remove_file(&path).unwrap();
        }
    });
    let error = run.await.unwrap_err();
    assert_eq!((error.kind(), error.is_resumable()), (SyncErrorKind::Output, false));
    assert!(error.to_string().contains("removed or renamed during the sync"), "{error}");
}

#[tokio::test]
async fn a_lock_file_that_is_a_pipe_a_folder_or_a_link_is_refused() {
    let simulator = daily(3).await;
    for make in NOT_FILES {
        let (_folder, path) = temp_path("videos.db");
        make(&with_suffix(&path, "-lock"));
        assert_refused(&simulator, &path, "videos.db-lock is not a file").await;
    }
}
