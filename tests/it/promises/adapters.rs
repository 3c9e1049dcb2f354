//! The streams under the adapters of `futures`, and shared by tasks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use heygen_videos::VideoStream;
use heygen_videos::simulator::{Fault, Simulator};
use tokio::task::JoinSet;

use crate::support::walk::{simulator, within, without_retries};

const PAGES: u64 = 5;

async fn account() -> (Simulator, VideoStream) {
    let simulator = simulator(450).await;
    let videos = simulator.client().videos().stream();
    (simulator, videos)
}

#[track_caller]
fn check(simulator: &Simulator, got: &[String]) {
    assert_eq!(got, simulator.ids());
    assert_eq!(simulator.requests(), PAGES);
}

#[tokio::test]
async fn buffered_work_gets_every_video_in_order() {
    let (simulator, videos) = account().await;
    let work = videos.map_ok(|video| async move {
        tokio::task::yield_now().await;
        Ok(video.video_id)
    });
    check(&simulator, &within(work.try_buffered(16).try_collect::<Vec<_>>()).await.unwrap());

    let (simulator, videos) = account().await;
    let work = videos.map(|video| async move { video.unwrap().video_id }).buffer_unordered(16);
    let mut got: Vec<_> = within(work.collect()).await;
    let mut all = simulator.ids();
    got.sort();
    all.sort();
    assert_eq!((got, simulator.requests()), (all, PAGES));
}

#[tokio::test]
async fn concurrent_work_gets_every_video_and_the_error() {
    let (simulator, videos) = account().await;
    let got = Mutex::new(Vec::new());
    within(videos.try_for_each_concurrent(8, |video| {
        got.lock().unwrap().push(video.video_id);
        async { Ok(()) }
    }))
    .await
    .unwrap();
    check(&simulator, &got.into_inner().unwrap());

    simulator.script(Fault::Status(500));
    let videos = without_retries(&simulator).videos().stream();
    let failed = videos.try_for_each_concurrent(8, |_| async { Ok(()) });
    assert_eq!(within(failed).await.unwrap_err().status(), Some(500));
}

#[tokio::test]
async fn zipped_peeked_and_chunked_streams_get_every_video() {
    let (simulator, videos) = account().await;
    let numbered: Vec<_> = within(videos.zip(stream::iter(0..)).collect()).await;
    assert!(numbered.iter().map(|(_, number)| *number).eq(0..450));
    let got = numbered.into_iter().map(|(video, _)| video.unwrap().video_id);
    check(&simulator, &got.collect::<Vec<_>>());

    let (simulator, videos) = account().await;
    let mut videos = Box::pin(videos.peekable());
    let mut got = Vec::new();
    within(async {
        while let Some(peeked) = videos.as_mut().peek().await {
            let peeked = peeked.as_ref().unwrap().video_id.clone();
            let video = videos.next().await.unwrap().unwrap();
            assert_eq!(video.video_id, peeked);
            got.push(peeked);
        }
    })
    .await;
    check(&simulator, &got);

    let (simulator, videos) = account().await;
    let chunks: Vec<_> =
        within(videos.map_ok(|v| v.video_id).try_chunks(64).try_collect()).await.unwrap();
    assert_eq!(chunks.iter().map(Vec::len).max(), Some(64));
    check(&simulator, &chunks.concat());
}

#[tokio::test]
async fn a_chunk_before_an_error_is_not_lost() {
    let simulator = simulator(250).await;
    simulator.script_at(2, Fault::Status(500));
    let mut chunks = without_retries(&simulator).videos().stream().try_chunks(64);
    let first = within(chunks.next()).await.unwrap().unwrap();
    let error = within(chunks.next()).await.unwrap().unwrap_err();
    assert_eq!((first.len(), error.0.len(), error.1.status()), (64, 36, Some(500)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_stream_shared_by_tasks_gives_each_video_to_one_of_them() {
    let (simulator, videos) = account().await;
    let videos = Arc::new(tokio::sync::Mutex::new(videos));
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let videos = Arc::clone(&videos);
        tasks.spawn(async move {
            let mut got = Vec::new();
            loop {
                let next = videos.lock().await.next().await;
                let Some(video) = next else { return got };
                got.push(video.unwrap().video_id);
                if got.len() % 10 == 0 {
                    tokio::time::sleep(Duration::from_micros(50)).await;
                }
            }
        });
    }
    let mut got = within(tasks.join_all()).await.concat();
    let mut all = simulator.ids();
    got.sort();
    all.sort();
    assert_eq!((got, simulator.requests()), (all, PAGES));
}
