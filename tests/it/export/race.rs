//! Concurrent runs on one path, and changes to its files during a run.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use fs4::FileExt;
use heygen_videos::export::{Event, Existing, ExportError, ExportErrorKind, Outcome};

use crate::support::export::{
    export, file_names, folder_contents, read, run, snapshot, stopped, temp_path, with_suffix,
};
use crate::support::walk::simulator;

#[track_caller]
fn assert_locked(result: Result<impl std::fmt::Debug, ExportError>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Locked, "{error}");
}

/// Locks a file as a run in another process does.
#[track_caller]
fn hold(path: &Path) -> File {
    let file = File::open(path).unwrap();
    FileExt::try_lock(&file).unwrap();
    file
}

#[tokio::test]
async fn a_run_that_only_has_to_remove_its_checkpoint_still_holds_the_lock() {
    let simulator = simulator(30).await;
    let client = simulator.client();
    let (folder, path) = temp_path("videos.jsonl");
    let mut last = None;
    let first = export(client.videos(), &path).run(|event| {
        if let Event::Checkpoint { .. } = event {
            last = Some(snapshot(folder.path()));
        }
    });
    first.await.unwrap();
    let last = last.unwrap();
    let path = last.path().join("videos.jsonl");
    fs::rename(with_suffix(&path, ".partial"), &path).unwrap();
    let held = hold(&path);
    let before = folder_contents(&path);
    for existing in [Existing::Refuse, Existing::Resume, Existing::Restart] {
        assert_locked(run(export(client.videos(), &path).existing(existing).force(true)).await);
        assert_eq!(folder_contents(&path), before, "{existing:?}");
    }
    FileExt::unlock(&held).unwrap();
    let summary = run(export(client.videos(), &path).existing(Existing::Resume)).await.unwrap();
    assert_eq!((summary.outcome, summary.requests), (Outcome::Complete, 0));
    assert_eq!(file_names(&path), ["videos.jsonl"]);
}

#[tokio::test]
async fn a_concurrent_run_is_reported_before_its_unfinished_files() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl");
    stopped(&simulator, &path, 2).await;
    let _held = hold(&with_suffix(&path, ".partial"));
    let before = folder_contents(&path);
    assert_locked(run(export(simulator.client().videos(), &path)).await);
    assert_eq!(folder_contents(&path), before);
}

#[test]
fn two_runs_that_race_to_the_last_rename_leave_one_complete_file() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let simulator = runtime.block_on(simulator(30));
    let (folder, path) = temp_path("videos.jsonl");
    let mut last = None;
    let first = export(simulator.client().videos(), &path).run(|event| {
        if let Event::Checkpoint { .. } = event {
            last = Some(snapshot(folder.path()));
        }
    });
    runtime.block_on(first).unwrap();
    // The crash left only the last rename and the removal of the checkpoint to do.
    let (last, wanted) = (last.unwrap(), read(&path));
    let start = Barrier::new(2);
    let mut ends = [0; 2];
    for round in 0..400_u64 {
        let crash = snapshot(last.path());
        let path = crash.path().join("videos.jsonl");
        let racing = |delay| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let again = export(simulator.client().videos(), &path).existing(Existing::Resume);
            start.wait();
            // Varies the delay, so that the runs meet in every step.
            let until = Instant::now() + delay;
            while Instant::now() < until {}
            match runtime.block_on(again.run(|_| {})) {
                Ok(summary) => assert_eq!(summary.outcome, Outcome::Complete),
                Err(error) => {
                    let late = [ExportErrorKind::Locked, ExportErrorKind::Exists];
                    assert!(late.contains(&error.kind()), "round {round}: {error:?}");
                    return 0;
                }
            }
            1
        };
        let done = std::thread::scope(|scope| {
            let other = scope.spawn(|| racing(Duration::ZERO));
            racing(Duration::from_micros(2 * round)) + other.join().unwrap()
        });
        assert!(done > 0, "round {round}: neither run succeeded");
        ends[done - 1] += 1;
        assert!(read(&path) == wanted, "round {round}");
        assert_eq!(file_names(&path), ["videos.jsonl"], "round {round}");
    }
    println!("one finished it {} times, both {} times", ends[0], ends[1]);
}

#[tokio::test]
async fn a_file_that_appears_during_an_export_is_replaced_only_with_force() {
    let simulator = simulator(30).await;
    let client = simulator.client();
    for force in [false, true] {
        let (_folder, path) = temp_path("videos.jsonl");
        let interrupted = export(client.videos(), &path)
            .force(force)
            .run(|event| {
                if let Event::Page { .. } = event {
                    fs::write(&path, "precious").unwrap();
                }
            })
            .await;
        if !force {
            let error = interrupted.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Output, "{error}");
            assert!(error.is_resumable());
            assert_eq!(fs::read(&path).unwrap(), b"precious");
            fs::remove_file(&path).unwrap();
            let again = export(client.videos(), &path).existing(Existing::Resume);
            assert_eq!(run(again).await.unwrap().requests, 0, "all videos were saved before");
        }
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 30);
        assert_eq!(file_names(&path), ["videos.jsonl"]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_partial_file_that_was_replaced_does_not_become_the_export() {
    let simulator = simulator(90).await;
    for replaced_after in 1..=6 {
        let (_folder, path) = temp_path("videos.jsonl");
        let (partial, checkpoint) =
            (with_suffix(&path, ".partial"), with_suffix(&path, ".checkpoint"));
        let mut checkpoints = 0;
        let error = export(simulator.client().videos().page_size(20), &path)
            .run(|event| {
                checkpoints += u32::from(matches!(event, Event::Checkpoint { .. }));
                if matches!(event, Event::Checkpoint { .. }) && checkpoints == replaced_after {
                    fs::remove_file(&partial).unwrap();
                    fs::write(&partial, "of another run").unwrap();
                    fs::write(&checkpoint, "of another run").unwrap();
                }
            })
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Output);
        assert!(error.to_string().ends_with("was moved or removed during the export"), "{error}");
        assert!(!path.exists());
        assert_eq!(fs::read(&partial).unwrap(), b"of another run");
        assert_eq!(fs::read(&checkpoint).unwrap(), b"of another run");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_is_a_link_means_the_file_that_it_leads_to() {
    use std::os::unix::fs::symlink;

    let simulator = simulator(30).await;
    let (folder, path) = temp_path("videos.jsonl");
    let query = || simulator.client().videos();
    fs::create_dir(folder.path().join("data")).unwrap();
    let elsewhere = folder.path().join("data/elsewhere");
    symlink("data/elsewhere", &path).unwrap();
    // In the first round, the target of the link does not exist yet.
    for force in [false, true] {
        let summary = run(export(query(), &path).force(force)).await.unwrap();
        assert_eq!(summary.path.as_deref(), Some(&*path), "as it was given");
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("data/elsewhere"));
        assert_eq!(fs::read_to_string(&elsewhere).unwrap().lines().count(), 30);
        assert_eq!(file_names(&elsewhere), ["elsewhere"]);
        assert_eq!(file_names(&path), ["data", "videos.jsonl"]);
        fs::write(&elsewhere, "old").unwrap();
        let error = run(export(query(), &path)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Exists);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"old");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_appears_at_the_path_is_called_a_link_and_stays() {
    use std::os::unix::fs::symlink;

    let simulator = simulator(30).await;
    for force in [false, true] {
        let (folder, path) = temp_path("videos.jsonl");
        let target = folder.path().join("target");
        fs::write(&target, "precious").unwrap();
        let run = export(simulator.client().videos(), &path).force(force).run(|event| {
            if let Event::Page { .. } = event {
                symlink(&target, &path).unwrap();
            }
        });
        let error = run.await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Output, "{error}");
        let message = error.to_string();
        assert!(
            message.ends_with("videos.jsonl is a link that appeared during the run"),
            "{message}"
        );
        assert!(error.hint().unwrap().contains("remove the link"), "{error:?}");
        assert!(error.is_resumable());
        assert_eq!(fs::read_link(&path).unwrap(), target);
        assert_eq!(fs::read(&target).unwrap(), b"precious");
    }
}
