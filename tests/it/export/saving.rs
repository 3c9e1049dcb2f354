//! Saving on a separate thread, and exports that are dropped while they save.

use std::future::poll_fn;
use std::path::Path;
use std::task::Poll;

use futures::{FutureExt, executor};
use heygen_videos::VideoQuery;
use heygen_videos::export::{Event, Existing, Outcome, StopHandle};
use heygen_videos::simulator::Simulator;
use tokio::runtime::Runtime;

use crate::support::export::{export, file_names, read, run, temp_path, undisturbed};
use crate::support::walk::{simulator, within};

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
fn an_export_whose_runtime_is_shut_down_still_saves_when_it_is_stopped() {
    let (_simulators, simulator, wanted) = simulator_of(90);
    let (_folder, path) = temp_path("videos.jsonl");
    let runtime = Runtime::new().unwrap();
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
    let summary = {
        let _within = handle.enter();
        executor::block_on(run).unwrap()
    };
    assert_eq!((summary.outcome, summary.videos), (Outcome::Stopped, 40));
    assert!(!path.exists());
    assert_resumes(&simulator, &path, &wanted);
}
