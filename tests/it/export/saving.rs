//! Saving on a separate thread, and exports that are dropped while they save.

use std::future::poll_fn;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures::{FutureExt, executor};
use heygen_videos::VideoQuery;
use heygen_videos::export::{Event, Existing, Export, ExportErrorKind, StopHandle};
use heygen_videos::simulator::Simulator;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::support::export::{
    export, file_names, folder_contents, read, run, temp_path, undisturbed, with_suffix,
};
use crate::support::walk::{simulator, within};

/// A runtime that cannot save anything until the sender is dropped.
#[track_caller]
fn busy_runtime() -> (Runtime, oneshot::Sender<()>) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (release, released) = oneshot::channel::<()>();
    drop(runtime.spawn_blocking(|| released.blocking_recv()));
    (runtime, release)
}

fn query(simulator: &Simulator) -> VideoQuery {
    simulator.client().videos().page_size(20)
}

/// A simulator on its own runtime, and the bytes that an undisturbed run writes.
#[track_caller]
fn simulator_of(videos: u64) -> (Runtime, Simulator, Vec<u8>) {
    let runtime = Runtime::new().unwrap();
    let simulator = runtime.block_on(simulator(videos));
    let wanted = runtime.block_on(undisturbed(&simulator.client(), "videos.jsonl"));
    (runtime, simulator, wanted)
}

/// Resumes the export on another runtime, and checks the file.
#[track_caller]
fn assert_resumes(simulator: &Simulator, path: &Path, wanted: &[u8]) {
    let again = export(query(simulator), path).existing(Existing::Resume);
    Runtime::new().unwrap().block_on(run(again)).unwrap();
    assert_eq!(read(path), wanted);
    assert_eq!(file_names(path), ["videos.jsonl"]);
}

/// Runs an export until it has received the second page and waits to save the first.
async fn until_the_second_page(export: Export) {
    let second = Arc::new(Mutex::new(false));
    let received = Arc::clone(&second);
    let mut run = Box::pin(export.run(move |event| {
        *received.lock().unwrap() |= matches!(event, Event::Page { videos: 40, .. });
    }));
    within(poll_fn(|cx| {
        assert!(run.poll_unpin(cx).is_pending(), "nothing can be saved yet");
        match *second.lock().unwrap() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }))
    .await;
}

#[test]
fn one_more_page_is_received_while_a_page_is_saved() {
    let (_simulators, simulator, wanted) = simulator_of(190);
    let (runtime, release) = busy_runtime();
    let (_folder, path) = temp_path("videos.jsonl");
    let (mut release, mut received, mut saved, mut ahead) = (Some(release), 0, 0, Vec::new());
    let export = export(query(&simulator), &path).run(|event| match event {
        Event::Page { videos, .. } => {
            received = *videos;
            ahead.push(received - saved);
            if received == 40 {
                drop(release.take());
            }
        }
        Event::Checkpoint { videos, .. } => saved = *videos,
        _ => {}
    });
    runtime.block_on(within(export)).unwrap();
    assert_eq!(ahead[..2], [20, 40], "the second page was received before the first was saved");
    assert!(ahead.iter().all(|ahead| *ahead <= 40), "{ahead:?}");
    assert_eq!((received, saved), (190, 190));
    assert_eq!(read(&path), wanted);
}

#[tokio::test]
async fn the_last_checkpoint_adds_no_empty_archive() {
    let simulator = simulator(40).await;
    for name in ["videos.jsonl.gz", "videos.csv.zst"] {
        let (_folder, path) = temp_path(name);
        let mut lengths = Vec::new();
        let export = export(query(&simulator), &path).run(|event| {
            if let Event::Checkpoint { bytes, .. } = event {
                lengths.push(*bytes);
            }
        });
        export.await.unwrap();
        assert_eq!(lengths.len(), 3, "one a page, and the end");
        assert_eq!(lengths[1], lengths[2], "{name}: an empty archive was added");
    }
}

#[test]
fn an_export_dropped_before_saving_releases_its_file_at_once() {
    let (simulators, simulator, wanted) = simulator_of(90);
    let (_folder, path) = temp_path("videos.jsonl");
    let (runtime, release) = busy_runtime();
    runtime.block_on(until_the_second_page(export(query(&simulator), &path)));
    assert_eq!(std::fs::read(with_suffix(&path, ".partial")).unwrap(), b"");
    let before = folder_contents(&path);
    drop(release);
    drop(runtime); // waits for its tasks
    assert_eq!(folder_contents(&path), before, "a save that had not begun is not carried out");
    let again = export(query(&simulator), &path).existing(Existing::Refuse);
    simulators.block_on(run(again)).unwrap();
    assert_eq!(read(&path), wanted);
}

#[test]
fn an_export_dropped_while_saving_can_be_resumed_at_once() {
    let (_simulators, simulator, wanted) = simulator_of(90);
    for round in 0..40 {
        let (_folder, path) = temp_path("videos.jsonl");
        let runtime = Runtime::new().unwrap();
        let mut polls = 0;
        let mut run = Box::pin(export(query(&simulator), &path).run(|_| {}));
        runtime.block_on(within(poll_fn(|cx| {
            polls += 1;
            match run.poll_unpin(cx) {
                Poll::Pending if polls <= round => Poll::Pending,
                _ => Poll::Ready(()),
            }
        })));
        drop(run);
        if !path.exists() {
            assert_resumes(&simulator, &path, &wanted);
        }
        assert_eq!(read(&path), wanted, "dropped after {round} polls");
    }
}

#[test]
fn an_export_without_its_runtime_is_an_error_and_leaves_no_finished_file() {
    let (_simulators, simulator, wanted) = simulator_of(90);
    let (_folder, path) = temp_path("videos.jsonl");
    let (runtime, release) = busy_runtime();
    let handle = runtime.handle().clone();
    let (mut runtime, stop) = (Some(runtime), StopHandle::new());
    let export = export(query(&simulator), &path).stop(stop.clone());
    let run = export.run(|event| {
        if let Event::Page { videos: 40, .. } = event {
            stop.stop();
            if let Some(runtime) = runtime.take() {
                runtime.shutdown_background();
            }
        }
    });
    let result = {
        let _within = handle.enter();
        executor::block_on(run)
    };
    drop(release);
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.is_resumable()), (ExportErrorKind::Output, true), "{error}");
    assert!(!path.exists());
    assert_resumes(&simulator, &path, &wanted);
}
