//! Starts simulators and reads streams: ids, errors, and a common type for both kinds of stream.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use heygen_videos::simulator::{Simulator, SimulatorBuilder};
use heygen_videos::{
    Client, Cursor, End, Error, PageStream, Result, RetryPolicy, Stats, Video, VideoQuery,
    VideoStream,
};

/// How long a test waits before it fails instead of hanging.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A simulator with this many videos.
pub(crate) async fn simulator(videos: u64) -> Simulator {
    start(Simulator::builder().videos(videos)).await
}

pub(crate) async fn start(builder: SimulatorBuilder) -> Simulator {
    builder.start().await.expect("loopback has a free port")
}

/// A client of the simulator that does not retry.
#[track_caller]
pub(crate) fn without_retries(simulator: &Simulator) -> Client {
    simulator.client_builder().retry(RetryPolicy::none()).build().unwrap()
}

/// A policy with up to this many attempts and almost no wait between them.
pub(crate) fn quick_retries(attempts: u32) -> RetryPolicy {
    RetryPolicy::default().max_attempts(attempts).base_delay(Duration::from_millis(1))
}

/// The ids of all remaining videos. An error fails the test.
#[track_caller]
pub(crate) fn ids(
    videos: &mut (impl Stream<Item = Result<Video>> + Unpin),
) -> impl Future<Output = Vec<String>> {
    let caller = Location::caller();
    let ids = within(videos.map_ok(|video| video.video_id).try_collect());
    async move { ids.await.unwrap_or_else(|error| panic!("{error}, at {caller}")) }
}

/// The ids of the next `n` videos. An earlier end fails the test.
#[track_caller]
pub(crate) fn take(
    videos: &mut (impl Stream<Item = Result<Video>> + Unpin),
    n: usize,
) -> impl Future<Output = Vec<String>> {
    let caller = Location::caller();
    async move {
        let taken = ids(&mut videos.take(n)).await;
        assert_eq!(taken.len(), n, "the stream ended too early, at {caller}");
        taken
    }
}

/// The next error and the ids before it. An end without an error fails the test.
#[track_caller]
pub(crate) fn until_error(
    videos: &mut (impl Stream<Item = Result<Video>> + Unpin),
) -> impl Future<Output = (Vec<String>, Error)> {
    let caller = Location::caller();
    within(async move {
        let mut ids = Vec::new();
        while let Some(item) = videos.next().await {
            match item {
                Ok(video) => ids.push(video.video_id),
                Err(error) => return (ids, error),
            }
        }
        panic!("the stream ended without an error, at {caller}");
    })
}

/// The ids of all remaining videos and the number of errors. After each error the stream is
/// rearmed.
pub(crate) fn ids_and_errors(
    videos: &mut VideoStream,
) -> impl Future<Output = (Vec<String>, usize)> {
    within(async move {
        let (mut ids, mut errors) = (Vec::new(), 0);
        while let Some(item) = videos.next().await {
            match item {
                Ok(video) => ids.push(video.video_id),
                Err(_) => {
                    errors += 1;
                    assert!(videos.rearm());
                    assert!(!videos.rearm(), "it is rearmed already");
                }
            }
        }
        (ids, errors)
    })
}

/// Whether the listing may have more videos, if the cap ended the stream.
pub(crate) fn cap_reached(end: Option<End>) -> Option<bool> {
    match end {
        Some(End::CapReached { more, .. }) => Some(more),
        _ => None,
    }
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    within(async move {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
}

/// The result of a future that should complete soon.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = Location::caller();
    async move {
        let ended = tokio::time::timeout(TEST_TIMEOUT, future).await;
        ended.unwrap_or_else(|_| panic!("nothing after {TEST_TIMEOUT:?}, at {caller}"))
    }
}

/// A stream of videos or of pages, read as batches of videos.
pub(crate) enum Walker {
    Videos(Box<VideoStream>),
    Pages(Box<PageStream>),
}

impl Walker {
    pub(crate) fn open(query: VideoQuery, by_page: bool) -> Self {
        if by_page {
            Self::Pages(Box::new(query.pages()))
        } else {
            Self::Videos(Box::new(query.stream()))
        }
    }

    /// The next video or the next page.
    pub(crate) async fn next(&mut self) -> Option<Result<Vec<Video>>> {
        Some(match self {
            Self::Videos(videos) => videos.next().await?.map(|video| vec![video]),
            Self::Pages(pages) => pages.next().await?.map(|page| page.videos),
        })
    }

    pub(crate) fn cursor(&self) -> Cursor {
        match self {
            Self::Videos(videos) => videos.cursor(),
            Self::Pages(pages) => pages.cursor(),
        }
    }

    pub(crate) fn rearm(&mut self) -> bool {
        match self {
            Self::Videos(videos) => videos.rearm(),
            Self::Pages(pages) => pages.rearm(),
        }
    }

    pub(crate) fn end(&self) -> Option<End> {
        match self {
            Self::Videos(videos) => videos.end(),
            Self::Pages(pages) => pages.end(),
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Videos(videos) => videos.stats(),
            Self::Pages(pages) => pages.stats(),
        }
    }
}
