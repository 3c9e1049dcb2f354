//! Restarts: an unfinished export stays resumable until the new one saves its first checkpoint.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use heygen_videos::export::{Event, Existing, ExportErrorKind, Outcome, StopHandle};
use heygen_videos::simulator::{Fault, Simulator};

use crate::support::export::{
    export, file_names, folder_contents, read, run, snapshot, stopped, temp_path, undisturbed,
    with_suffix,
};
use crate::support::walk::{simulator, without_retries};

/// Restarts with another query.
async fn restart(simulator: &Simulator, path: &Path) -> Result<Outcome, ExportErrorKind> {
    let query = without_retries(simulator).videos().page_size(20).max_items(70);
    let result = run(export(query, path).existing(Existing::Restart)).await;
    result.map(|summary| summary.outcome).map_err(|error| error.kind())
}

#[tokio::test]
async fn a_restart_without_a_page_leaves_the_old_export_resumable() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let wanted = undisturbed(&client, name).await;
        let (_folder, path) = temp_path(name);
        stopped(&simulator, &path, 2).await;
        let before = folder_contents(&path);
        assert_eq!(before.len(), 2);

        let wrong = simulator.client_builder().api_key("another-key").build().unwrap();
        let again = export(wrong.videos(), &path).existing(Existing::Restart);
        assert_eq!(run(again).await.unwrap_err().api().unwrap().status(), Some(401));
        assert_eq!(folder_contents(&path), before, "a wrong key");

        simulator.script(Fault::Status(503));
        assert_eq!(restart(&simulator, &path).await, Err(ExportErrorKind::Api));
        assert_eq!(folder_contents(&path), before, "a server that is down");

        let handle = StopHandle::new();
        handle.stop();
        let again = export(client.videos(), &path).existing(Existing::Restart).stop(handle);
        assert_eq!(run(again).await.unwrap().outcome, Outcome::Stopped);
        assert_eq!(folder_contents(&path), before, "a signal");

        run(export(client.videos().page_size(20), &path).existing(Existing::Resume)).await.unwrap();
        assert_eq!(read(&path), wanted);
        assert_eq!(file_names(&path), [name]);
    }
}

#[tokio::test]
async fn a_crash_during_a_restart_leaves_the_old_export_or_the_new_one() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    let (old, new) = (|| client.videos().page_size(20), || client.videos().page_size(10));
    for name in ["videos.jsonl", "videos.csv.zst"] {
        let wanted = undisturbed(&client, name).await;
        let (folder, path) = temp_path(name);
        stopped(&simulator, &path, 3).await;
        let mut crashes = Vec::new();
        let mut saved = 0;
        export(new(), &path)
            .existing(Existing::Restart)
            .run(|event| {
                saved += u32::from(matches!(event, Event::Checkpoint { .. }));
                // During a page event the writer may be active, so a copy would mix two states.
                if !matches!(event, Event::Page { .. }) {
                    crashes.push((saved, snapshot(folder.path())));
                }
            })
            .await
            .unwrap();
        assert_eq!(read(&path), wanted);
        for (saved, crash) in &crashes {
            let path = crash.path().join(name);
            let mut resumed = None;
            export(old(), &path)
                .existing(Existing::Resume)
                .run(|event| {
                    if let Event::Started { resumed: videos, .. } = event {
                        resumed = Some(*videos);
                    }
                })
                .await
                .unwrap();
            let kept = if *saved == 0 { 60 } else { 10 * u64::from((*saved).min(9)) };
            assert_eq!(resumed, Some(kept), "{name}: {saved} checkpoints");
            assert_eq!(read(&path), wanted, "{name}: {saved} checkpoints");
        }
    }
}

#[tokio::test]
async fn a_restart_works_without_an_old_export_and_with_an_altered_one() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    let wanted = undisturbed(&client, "videos.jsonl").await;
    for altered in [None, Some("x".repeat(99_999)), Some(String::new())] {
        let (_folder, path) = temp_path("videos.jsonl");
        if let Some(text) = altered {
            stopped(&simulator, &path, 2).await;
            fs::write(with_suffix(&path, ".partial"), text).unwrap();
        }
        run(export(client.videos(), &path).existing(Existing::Restart)).await.unwrap();
        assert_eq!(read(&path), wanted);
        assert_eq!(file_names(&path), ["videos.jsonl"]);
    }
}

#[tokio::test]
async fn a_restart_keeps_a_partial_file_that_is_not_from_an_export() {
    let simulator = simulator(90).await;
    for ruined in ["", "{\"version\":3,", "{\"version\":2,\"job\":{}}", "\u{0}\u{0}"] {
        let (_folder, path) = temp_path("videos.jsonl");
        fs::write(with_suffix(&path, ".checkpoint"), ruined).unwrap();
        fs::write(with_suffix(&path, ".partial"), "x".repeat(99_999)).unwrap();
        let before = folder_contents(&path);
        let again = export(simulator.client().videos(), &path).existing(Existing::Restart);
        let error = run(again).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Foreign, "{error}");
        assert!(error.hint().unwrap().contains("away and begin again"), "{error:?}");
        assert_eq!(folder_contents(&path), before);
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn a_restart_drops_an_unfinished_export_whose_checkpoint_cannot_be_used() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    let wanted = undisturbed(&client, "videos.csv").await;
    for ruined in ["", "{\"version\":4,\"tool\":\"hey", "{\"version\":3,\"job\":{}}", "\0\0"] {
        let (_folder, path) = temp_path("videos.csv");
        stopped(&simulator, &path, 2).await;
        fs::write(with_suffix(&path, ".checkpoint"), ruined).unwrap();
        let before = folder_contents(&path);
        let resume = export(client.videos(), &path).existing(Existing::Resume);
        let error = run(resume).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Foreign, "{ruined:?}: {error}");
        // Until the restart has received a page, everything is kept.
        simulator.script(Fault::Status(400));
        let restart = || export(client.videos(), &path).existing(Existing::Restart);
        let error = run(restart()).await.unwrap_err();
        assert!(error.api().is_some() && !error.is_resumable(), "{ruined:?}: {error:?}");
        assert_eq!(folder_contents(&path), before, "{ruined:?}");
        run(restart()).await.unwrap();
        assert_eq!(read(&path), wanted, "{ruined:?}");
        assert_eq!(file_names(&path), ["videos.csv"]);
    }
}

#[tokio::test]
async fn a_restart_drops_no_file_that_may_belong_to_someone_else() {
    let simulator = simulator(90).await;
    let record = "{\"video_id\":\"a\"}\n";
    for (checkpoint, partial, mode) in [
        ("my notes", record, 0o600),
        ("{}", record, 0o600),
        ("", "my notes", 0o600),
        ("", "", 0o600),
        ("", record, 0o644),
    ] {
        let (_folder, path) = temp_path("videos.jsonl");
        let theirs = with_suffix(&path, ".partial");
        fs::write(with_suffix(&path, ".checkpoint"), checkpoint).unwrap();
        fs::write(&theirs, partial).unwrap();
        fs::set_permissions(theirs, fs::Permissions::from_mode(mode)).unwrap();
        let before = folder_contents(&path);
        let again = export(simulator.client().videos(), &path).existing(Existing::Restart);
        let error = run(again).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Foreign, "{error}");
        assert!(error.hint().unwrap().contains("away"), "{error:?}");
        assert_eq!(folder_contents(&path), before);
    }
    assert_eq!(simulator.requests(), 0);
}
