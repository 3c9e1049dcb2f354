//! What an export refuses to overwrite or resume, and its error messages.

use std::fs;
use std::path::Path;

use heygen_videos::export::{Event, Existing, ExportError, ExportErrorKind, StopHandle};
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, VideoQuery};

use crate::support::export::{export, file_names, run, temp_path};
use crate::support::walk::simulator;

/// Leaves an unfinished export with two pages at this path.
async fn unfinished(query: VideoQuery, path: &Path) {
    let (handle, mut pages) = (StopHandle::new(), 0);
    export(query.page_size(10), path)
        .stop(handle.clone())
        .run(|event| {
            pages += u32::from(matches!(event, Event::Page { .. }));
            if pages == 2 {
                handle.stop();
            }
        })
        .await
        .unwrap();
}

#[track_caller]
fn refused(result: Result<impl std::fmt::Debug, ExportError>, kind: ExportErrorKind, says: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error:?}");
    let text = format!("{error}; {}", error.hint().unwrap_or_default());
    assert!(text.contains(says), "{text}");
    assert!(!format!("{error:?} {text}").contains(Simulator::API_KEY), "{error:?}");
}

#[tokio::test]
async fn a_finished_file_is_replaced_only_with_force() {
    let simulator = simulator(30).await;
    let (_folder, path) = temp_path("videos.jsonl");
    fs::write(&path, "precious").unwrap();
    for existing in [Existing::Refuse, Existing::Restart] {
        let again = export(simulator.client().videos(), &path).existing(existing);
        refused(run(again).await, ExportErrorKind::Exists, "already exists; allow replacing it");
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        assert_eq!(file_names(&path), ["videos.jsonl"]);
    }
    assert_eq!(simulator.requests(), 0);
    run(export(simulator.client().videos(), &path).force(true)).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 30);
}

#[tokio::test]
async fn an_unfinished_export_is_resumed_or_restarted_only_on_request() {
    let simulator = simulator(30).await;
    let client = simulator.client();
    let (_folder, path) = temp_path("videos.jsonl");
    unfinished(client.videos(), &path).await;
    let before = fs::read(path.with_extension("jsonl.partial")).unwrap();
    let result = run(export(client.videos(), &path)).await;
    assert!(result.as_ref().is_err_and(ExportError::is_resumable));
    refused(result, ExportErrorKind::Unfinished, "resume it, or restart it");
    assert_eq!(fs::read(path.with_extension("jsonl.partial")).unwrap(), before);
    run(export(client.videos(), &path).existing(Existing::Restart)).await.unwrap();
    assert_eq!(file_names(&path), ["videos.jsonl"]);
}

#[tokio::test]
async fn a_concurrent_run_is_refused() {
    let simulator = simulator(30).await;
    let (_folder, path) = temp_path("videos.jsonl");
    let mut second = None;
    let first = export(simulator.client().videos().page_size(10), &path).run(|event| {
        if matches!(event, Event::Page { .. }) && second.is_none() {
            let again = export(simulator.client().videos(), &path).existing(Existing::Restart);
            // It is refused before its first request, so it never waits.
            second = futures::FutureExt::now_or_never(again.run(|_| {}));
        }
    });
    let summary = first.await.unwrap();
    assert_eq!(summary.videos, 30);
    refused(second.expect("a second run"), ExportErrorKind::Locked, "another run is writing");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 30);
}

#[tokio::test]
async fn a_checkpoint_of_another_export_is_refused_and_the_difference_is_named() {
    let (simulator, other) = (simulator(30).await, simulator(30).await);
    let client = simulator.client();
    let (_folder, path) = temp_path("videos.jsonl");
    unfinished(client.videos(), &path).await;
    let key = simulator.client_builder().api_key("another-key").build().unwrap();
    let v3 = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let resume = |query| export(query, &path).existing(Existing::Resume);
    for (again, says) in [
        (resume(client.videos().title("x")), "another --title (none);"),
        (resume(client.videos().folder_id("x")), "another --folder-id (none);"),
        (resume(client.videos().max_items(25)), "another --max-items (none);"),
        (resume(other.client().videos()), "another server ("),
        (resume(key.videos()), "another key;"),
        (resume(v3.videos()), "another --api (\"auto\");"),
        (resume(client.videos()).keep_urls(true), "another --urls (drop);"),
    ] {
        refused(run(again).await, ExportErrorKind::Mismatch, says);
    }
    // The refused runs have changed no file.
    run(resume(client.videos())).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 30);
}

#[tokio::test]
async fn a_checkpoint_cut_anywhere_is_refused_and_nothing_is_lost() {
    let simulator = simulator(30).await;
    let client = simulator.client();
    let (_folder, path) = temp_path("videos.jsonl");
    unfinished(client.videos(), &path).await;
    let (checkpoint, partial) =
        (path.with_extension("jsonl.checkpoint"), path.with_extension("jsonl.partial"));
    let (whole, bytes) = (fs::read(&checkpoint).unwrap(), fs::read(&partial).unwrap());
    for length in (0..whole.len() - 2).step_by(13) {
        fs::write(&checkpoint, &whole[..length]).unwrap();
        let again = export(client.videos(), &path).existing(Existing::Resume);
        refused(run(again).await, ExportErrorKind::Foreign, "cut short or altered");
        assert_eq!(fs::read(&partial).unwrap(), bytes);
    }
    fs::write(&checkpoint, &whole).unwrap();
    fs::write(&partial, &bytes[..bytes.len() - 1]).unwrap();
    let again = export(client.videos(), &path).existing(Existing::Resume);
    refused(run(again).await, ExportErrorKind::Mismatch, "shorter than");
}

#[tokio::test]
async fn an_unwritable_path_is_an_error_before_any_request() {
    let simulator = simulator(30).await;
    let (folder, path) = temp_path("videos.jsonl");
    fs::create_dir(&path).unwrap();
    let query = || simulator.client().videos();
    refused(run(export(query(), &path)).await, ExportErrorKind::Output, "is a folder");
    let missing = folder.path().join("missing/videos.jsonl");
    refused(run(export(query(), &missing)).await, ExportErrorKind::Output, "cannot create");
    assert_eq!(simulator.requests(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_cannot_have_a_checkpoint_is_an_error_before_any_request() {
    use std::os::unix::fs::symlink;

    let simulator = simulator(30).await;
    let query = || simulator.client().videos();
    for existing in [Existing::Refuse, Existing::Resume, Existing::Restart] {
        // Only the name of the checkpoint's temporary file is too long for the file system.
        let (_folder, path) = temp_path(&format!("{}.jsonl", "n".repeat(235)));
        let result = run(export(query(), &path).existing(existing)).await;
        refused(result, ExportErrorKind::Output, "cannot create a checkpoint next to");
        assert_eq!(file_names(&path), [""; 0]);

        let (folder, path) = temp_path("videos.jsonl");
        let checkpoint = folder.path().join("videos.jsonl.checkpoint");
        fs::create_dir(&checkpoint).unwrap();
        let result = run(export(query(), &path).existing(existing)).await;
        refused(result, ExportErrorKind::Foreign, ".checkpoint is not a file");
        fs::remove_dir(&checkpoint).unwrap();
        symlink("nowhere", &checkpoint).unwrap();
        let result = run(export(query(), &path).existing(existing)).await;
        refused(result, ExportErrorKind::Foreign, ".checkpoint is not a file");
        assert_eq!(file_names(&path), ["videos.jsonl.checkpoint"]);
    }
    assert_eq!(simulator.requests(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_a_checkpoint_and_it_holds_no_key() {
    use std::os::unix::fs::PermissionsExt;

    let simulator = simulator(30).await;
    let (_folder, path) = temp_path("videos.jsonl");
    unfinished(simulator.client().videos(), &path).await;
    let checkpoint = path.with_extension("jsonl.checkpoint");
    assert_eq!(checkpoint.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&checkpoint).unwrap().contains(Simulator::API_KEY));
}

#[tokio::test]
async fn a_refused_key_leaves_no_file() {
    let simulator = simulator(30).await;
    let client = simulator.client_builder().api_key("another-key").build().unwrap();
    let (_folder, path) = temp_path("videos.jsonl");
    let error = run(export(client.videos(), &path)).await.unwrap_err();
    assert_eq!(error.api().unwrap().status(), Some(401));
    assert!(!error.is_resumable());
    assert_eq!(file_names(&path), [""; 0]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_lock_ends_with_its_run_even_if_a_process_was_just_forked() {
    let simulator = simulator(30).await;
    let (_folder, path) = temp_path("videos.jsonl");
    unfinished(simulator.client().videos(), &path).await;
    let stopped = StopHandle::new();
    stopped.stop();
    // Between fork and exec a child process has the open files of its parent.
    let processes = std::thread::spawn(|| {
        for _ in 0..200 {
            std::process::Command::new("true").status().unwrap();
        }
    });
    let (mut runs, mut locked) = (0, 0);
    while !processes.is_finished() {
        let again = export(simulator.client().videos(), &path).existing(Existing::Resume);
        locked += u32::from(run(again.stop(stopped.clone())).await.is_err());
        runs += 1;
    }
    assert_eq!(locked, 0, "{locked} of {runs} consecutive runs found the file locked");
}
