//! Exports that are stopped, fail or crash, and are resumed to the bytes of an undisturbed one.

use std::fs;
use std::time::Duration;

use heygen_videos::export::{Event, Existing, ExportErrorKind, Outcome, StopHandle};
use heygen_videos::simulator::Fault;

use crate::support::export::{
    NAMES, crash_at, export, file_names, read, run, snapshot, temp_path, undisturbed, with_suffix,
};
use crate::support::walk::{simulator, without_retries};

#[tokio::test]
async fn an_export_stopped_at_any_page_resumes_to_the_same_bytes() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    for name in NAMES {
        let wanted = undisturbed(&client, name).await;
        for stop_after in 1..=5 {
            let (_folder, path) = temp_path(name);
            let handle = StopHandle::new();
            let mut pages = 0;
            let first = export(client.videos().page_size(20), &path).stop(handle.clone());
            let summary = first
                .run(|event| {
                    pages += u32::from(matches!(event, Event::Page { .. }));
                    if pages == stop_after {
                        handle.stop();
                    }
                })
                .await
                .unwrap();
            assert_eq!(summary.outcome, Outcome::Stopped);
            assert!(!path.exists(), "the file must be complete or absent");
            let second = export(client.videos().page_size(20), &path).existing(Existing::Resume);
            let mut resumed = 0;
            let summary = second
                .run(|event| {
                    if let Event::Started { resumed: videos, .. } = event {
                        resumed = *videos;
                    }
                })
                .await
                .unwrap();
            assert_eq!(resumed, 90.min(20 * u64::from(stop_after)));
            assert_eq!((summary.outcome, summary.videos), (Outcome::Complete, 90));
            assert_eq!(read(&path), wanted, "{name} stopped after {stop_after}");
            assert_eq!(file_names(&path), [name]);
        }
    }
}

#[tokio::test]
async fn an_error_at_any_page_saves_all_earlier_pages() {
    let simulator = simulator(90).await;
    let client = without_retries(&simulator);
    let wanted = undisturbed(&client, "videos.jsonl").await;
    for page in 1..=5 {
        let (_folder, path) = temp_path("videos.jsonl");
        simulator.script_at(simulator.requests() + page, Fault::Status(503));
        let query = || client.videos().page_size(20).read_ahead(2);
        let error = run(export(query(), &path)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Api);
        assert_eq!(error.is_resumable(), page > 1, "nothing is saved before the first page");
        assert_eq!(error.api().unwrap().status(), Some(503));
        let asked = simulator.requests();
        run(export(query(), &path).existing(Existing::Resume)).await.unwrap();
        assert_eq!(simulator.requests() - asked, 6 - page, "pages that were saved are not fetched");
        assert_eq!(read(&path), wanted);
    }
}

#[tokio::test]
async fn a_crash_at_the_start_or_after_any_checkpoint_resumes_to_the_same_bytes() {
    let simulator = simulator(90).await;
    let client = simulator.client();
    let query = || client.videos().page_size(20);
    for name in ["videos.jsonl", "videos.csv", "videos.jsonl.gz", "videos.csv.zst"] {
        let wanted = undisturbed(&client, name).await;
        for crash in 0..=6 {
            let (_folder, path) = temp_path(name);
            assert!(crash_at(export(query(), &path), crash).await);
            // A crash may leave part of what was being written, or damaged data.
            let partial = with_suffix(&path, ".partial");
            let mut bytes = fs::read(&partial).unwrap();
            assert_eq!(bytes.is_empty(), crash == 0);
            bytes.extend(b"{\"video_id\":\"half a li".iter().cycle().take(crash * 7));
            fs::write(&partial, bytes).unwrap();
            fs::write(with_suffix(&path, ".checkpoint.tmp"), "{\"versi").unwrap();
            fs::write(with_suffix(&path, ".encoding"), "").unwrap();
            let again = export(query(), &path).existing(Existing::Resume);
            assert_eq!(run(again).await.unwrap().outcome, Outcome::Complete);
            assert_eq!(read(&path), wanted, "{name}, crash {crash}");
            assert_eq!(file_names(&path), [name]);
        }
        let (_folder, path) = temp_path(name);
        assert!(!crash_at(export(query(), &path), 7).await, "there are no more events");
    }
}

#[tokio::test]
async fn a_crash_before_or_after_the_last_rename_resumes_without_a_request() {
    let simulator = simulator(30).await;
    let client = simulator.client();
    let (folder, path) = temp_path("videos.jsonl");
    let mut before = None;
    export(client.videos(), &path)
        .run(|event| {
            if let Event::Checkpoint { .. } = event {
                before = Some(snapshot(folder.path()));
            }
        })
        .await
        .unwrap();
    let before = before.unwrap();
    let asked = simulator.requests();

    // A crash after the last save and before the rename.
    let renamed = before.path().join("videos.jsonl");
    let after = snapshot(before.path());
    run(export(client.videos(), &renamed).existing(Existing::Resume)).await.unwrap();
    assert_eq!(read(&renamed), read(&path));
    assert_eq!(file_names(&renamed), ["videos.jsonl"]);

    // A crash after the rename and before the removal of the checkpoint.
    let left = after.path().join("videos.jsonl");
    fs::rename(after.path().join("videos.jsonl.partial"), &left).unwrap();
    let summary = run(export(client.videos(), &left).existing(Existing::Resume)).await.unwrap();
    assert_eq!((summary.outcome, summary.videos), (Outcome::Complete, 30));
    assert_eq!(read(&left), read(&path));
    assert_eq!(file_names(&left), ["videos.jsonl"]);
    assert_eq!(simulator.requests(), asked, "nothing is fetched again");
}

#[tokio::test]
async fn the_cap_of_a_resumed_export_counts_the_videos_in_the_file() {
    let simulator = simulator(90).await;
    let client = without_retries(&simulator);
    let query = || client.videos().page_size(20).max_items(50);
    let (_folder, path) = temp_path("videos.jsonl");
    simulator.script_at(2, Fault::Status(500));
    run(export(query(), &path)).await.unwrap_err();
    let summary = run(export(query(), &path).existing(Existing::Resume)).await.unwrap();
    assert_eq!(summary.videos, 50);
    let content = String::from_utf8(read(&path)).unwrap();
    assert_eq!(content.lines().count(), 50);
}

#[tokio::test]
async fn checkpoints_follow_the_configured_time_and_page_count() {
    let simulator = simulator(1_200).await;
    let query = || simulator.client().videos().page_size(10);
    let checkpoints = async |time, pages| {
        let (_folder, path) = temp_path("videos.jsonl");
        let mut count = 0;
        let export = export(query(), &path).checkpoint_every(time, pages);
        let counted = |event: &Event| count += u32::from(matches!(event, Event::Checkpoint { .. }));
        export.run(counted).await.unwrap();
        count
    };
    let hour = Duration::from_secs(3_600);
    assert_eq!(checkpoints(hour, 50).await, 3);
    assert_eq!(checkpoints(hour, 1).await, 121, "one a page, and the end");
    assert_eq!(checkpoints(Duration::ZERO, 50).await, 121);
}

#[tokio::test]
async fn received_pages_are_saved_while_the_next_page_is_loading() {
    let simulator = simulator(200).await;
    simulator.script_at(2, Fault::Latency(Duration::from_secs(3_600)));
    let (folder, path) = temp_path("videos.jsonl");
    let handle = StopHandle::new();
    let export = export(simulator.client().videos(), &path);
    let export = export.checkpoint_every(Duration::from_millis(20), 50).stop(handle.clone());
    let mut events = Vec::new();
    let summary = export
        .run(|event| {
            if let Event::Checkpoint { .. } = event {
                handle.stop();
            }
            events.push(event.clone());
        })
        .await
        .unwrap();
    assert_eq!((summary.outcome, summary.videos), (Outcome::Stopped, 100));
    assert!(matches!(events[2], Event::Checkpoint { videos: 100, .. }), "{events:?}");
    assert!(folder.path().join("videos.jsonl.checkpoint").exists());
}
