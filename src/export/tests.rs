//! Exports whose writer is held up, so that what happens meanwhile can be seen.

use std::fs;
use std::future::poll_fn;
use std::path::Path;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;

use super::builder::Export;
use super::event::Event;
use super::open::Opened;
use super::options::{Existing, Output};
use super::run::ExportRun;
use super::sink::Sink;
use super::summary::Outcome;
use crate::simulator::Simulator;

fn export(simulator: &Simulator, path: &Path) -> Export {
    let query = simulator.client().videos().page_size(20);
    Export::new(query, Output::file(path)).checkpoint_every(Duration::from_secs(60), 1)
}

/// An opened export that saves nothing until the sender is dropped.
#[track_caller]
fn held_up(export: Export) -> (Box<ExportRun>, mpsc::Sender<()>) {
    let Ok(Opened::Run { run, .. }) = export.open() else { panic!("there is nothing to export") };
    let Sink::File(writer, ..) = &run.sink else { panic!("it is not written to a file") };
    let release = writer.hold_up();
    (run, release)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_more_page_is_received_while_a_page_is_saved() {
    let simulator = Simulator::builder().videos(190).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("videos.jsonl");
    let (mut run, release) = held_up(export(&simulator, &path));
    let (mut release, mut received, mut saved, mut ahead) = (Some(release), 0, 0, Vec::new());
    let mut on_event = |event: &Event| match event {
        Event::Page { videos, .. } => {
            received = *videos;
            ahead.push(received - saved);
            if received == 40 {
                drop(release.take());
            }
        }
        Event::Checkpoint { videos, .. } => saved = *videos,
        _ => {}
    };
    let outcome = run.run(false, None, &mut on_event).await.unwrap();
    assert_eq!(outcome, Outcome::Complete);
    assert_eq!(ahead[..2], [20, 40], "the second page was received before the first was saved");
    assert!(ahead.iter().all(|ahead| *ahead <= 40), "{ahead:?}");
    assert_eq!((received, saved), (190, 190));
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 190);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_dropped_before_it_saves_releases_its_file_at_once() {
    let simulator = Simulator::builder().videos(90).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("videos.jsonl");
    let partial = folder.path().join("videos.jsonl.partial");
    let (mut run, release) = held_up(export(&simulator, &path));
    let mut received = 0;
    {
        let mut on_event = |event: &Event| {
            if let Event::Page { videos, .. } = event {
                received = *videos;
            }
        };
        let mut running = Box::pin(run.run(false, None, &mut on_event));
        // The second page cannot be saved yet.
        poll_fn(|cx| {
            assert!(running.poll_unpin(cx).is_pending(), "nothing can be saved yet");
            if simulator.requests() >= 2 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
    assert!(received >= 20, "a page was to be saved");
    assert_eq!(fs::read(&partial).unwrap(), b"");
    drop(run);
    let summary = export(&simulator, &path).existing(Existing::Refuse).run(|_| {}).await.unwrap();
    assert_eq!((summary.videos, summary.resumed_from), (90, None));
    drop(release);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 90);
}
