//! `with_cursors`: each video with the position after it, so that concurrent work can resume.

use std::time::Duration;

use futures::stream::FusedStream;
use futures::{Stream, StreamExt, TryStreamExt};
use heygen_videos::simulator::Fault;
use heygen_videos::{Cursor, End, Video};

use crate::support::walk::{cap_reached, ids, simulator, take, within, without_retries};

#[tokio::test]
async fn each_video_comes_with_the_position_just_after_it() {
    let simulator = simulator(250).await;
    let all = simulator.ids();
    let client = simulator.client();
    for read_ahead in [0, 2] {
        let mut videos = client.videos().read_ahead(read_ahead).stream().with_cursors();
        let mut taken = 0;
        while let Some((video, cursor)) = within(videos.try_next()).await.unwrap() {
            assert_eq!(video.video_id, all[taken]);
            taken += 1;
            assert_eq!(cursor, videos.cursor());
            if taken % 33 == 0 || taken > 247 {
                let cursor: Cursor = cursor.to_string().parse().unwrap();
                let rest = ids(&mut client.videos().resume_from(cursor).stream()).await;
                assert_eq!(rest, all[taken..], "after {taken}");
            }
        }
        assert_eq!(taken, 250);
    }
}

#[tokio::test]
async fn with_cursors_is_lazy_and_fused_and_reports_what_the_stream_reports() {
    let simulator = simulator(250).await;
    let mut videos = simulator.client().videos().max_items(130).stream().with_cursors();
    assert_eq!((videos.size_hint(), simulator.requests()), ((0, Some(130)), 0));
    for taken in 1..=130 {
        videos.next().await.unwrap().unwrap();
        assert_eq!(videos.stats().items, taken);
        assert_eq!(videos.size_hint(), videos.get_ref().size_hint());
        assert!(!videos.is_terminated() && videos.end().is_none());
    }
    for _ in 0..2 {
        assert!(videos.next().await.is_none());
        assert!(videos.is_terminated());
    }
    assert_eq!((videos.total(), cap_reached(videos.end())), (Some(250), Some(true)));
    assert_eq!(simulator.requests(), 2);
    let debug = format!("{videos:?}");
    assert!(debug.starts_with("WithCursors(VideoStream {"), "{debug}");
}

#[tokio::test]
async fn an_error_is_passed_on_unchanged_and_rearm_continues() {
    let simulator = simulator(250).await;
    simulator.script_at(2, Fault::Status(503));
    let mut videos = without_retries(&simulator).videos().stream().with_cursors();
    assert!(!videos.rearm(), "there is no error yet");
    let mut got = Vec::new();
    let error = loop {
        match videos.next().await.unwrap() {
            Ok((video, _)) => got.push(video.video_id),
            Err(error) => break error,
        }
    };
    assert_eq!((got.len(), error.cursor()), (100, Some(&videos.cursor())));
    assert!(videos.next().await.is_none());
    assert_eq!(videos.end(), Some(End::Failed));
    assert!(videos.rearm());
    while let Some((video, _)) = videos.try_next().await.unwrap() {
        got.push(video.video_id);
    }
    assert_eq!(got, simulator.ids());
}

#[tokio::test]
async fn into_inner_continues_at_the_same_video() {
    let simulator = simulator(250).await;
    let mut plain = simulator.client().videos().stream();
    let mut got = take(&mut plain, 30).await;
    let mut pairs = plain.with_cursors();
    let (video, cursor) = pairs.next().await.unwrap().unwrap();
    got.push(video.video_id);
    let mut plain = pairs.into_inner();
    assert_eq!(plain.cursor(), cursor);
    got.extend(ids(&mut plain).await);
    assert_eq!((got, simulator.requests()), (simulator.ids(), 3));
}

/// Work that takes longer for some videos, so that it does not finish in the order it began.
async fn work(number: usize, video: Video) -> String {
    tokio::time::sleep(Duration::from_millis((number * 7 % 5) as u64)).await;
    video.video_id
}

/// Stops the work after each number of results. A resume begins with the first video that has no
/// result yet, even though the work on later videos had already begun.
#[tokio::test]
async fn buffered_work_resumes_at_the_first_video_that_is_not_finished() {
    let simulator = simulator(60).await;
    let all = simulator.ids();
    let client = simulator.client();
    for finished in 1..=60 {
        let videos = client.videos().page_size(25).stream().with_cursors();
        let results = videos.enumerate().map(async |(number, item)| {
            let (video, cursor) = item.unwrap();
            (work(number, video).await, cursor)
        });
        let mut results = results.buffered(8);
        let mut done = Vec::new();
        let mut saved = None;
        for _ in 0..finished {
            let (id, cursor) = within(results.next()).await.unwrap();
            done.push(id);
            saved = Some(cursor);
        }
        drop(results);
        let rest = client.videos().resume_from(saved.unwrap()).stream();
        let rest: Vec<_> = rest.map_ok(|video| video.video_id).try_collect().await.unwrap();
        assert_eq!([done, rest].concat(), all, "killed after {finished}");
    }
}
