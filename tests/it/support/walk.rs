//! Taking streams apart: ids, single items, errors; and servers that page in circles.

use std::future::Future;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use heygen_videos::simulator::{Simulator, SimulatorBuilder};
use heygen_videos::{Client, Error, Result, RetryPolicy, Video};
use httpmock::prelude::*;
use httpmock::{Mock, MockServer};
use serde_json::{Value, json};

/// A simulator of so many videos.
pub(crate) async fn simulator(videos: u64) -> Simulator {
    start(Simulator::builder().videos(videos)).await
}

pub(crate) async fn start(builder: SimulatorBuilder) -> Simulator {
    builder.start().await.expect("loopback has a free port")
}

/// A client of the simulator that reports the first failure.
#[track_caller]
pub(crate) fn without_retries(simulator: &Simulator) -> Client {
    simulator.client_builder().retry(RetryPolicy::none()).build().unwrap()
}

/// Retries as often as wanted, and next to no wait.
pub(crate) fn quick_retries(attempts: u32) -> RetryPolicy {
    RetryPolicy::default().max_attempts(attempts).base_delay(Duration::from_millis(1))
}

/// The ids of all that is left, which must come without an error.
pub(crate) async fn ids(videos: &mut (impl Stream<Item = Result<Video>> + Unpin)) -> Vec<String> {
    let ids = videos.map_ok(|video| video.video_id).try_collect();
    within(ids).await.expect("no error is due")
}

/// The ids of the next `n` videos, which must be there.
pub(crate) async fn take(
    videos: &mut (impl Stream<Item = Result<Video>> + Unpin),
    n: usize,
) -> Vec<String> {
    let taken = ids(&mut videos.take(n)).await;
    assert_eq!(taken.len(), n, "the stream ended too early");
    taken
}

/// The ids before the error that must come, and the error.
pub(crate) async fn until_error(
    videos: &mut (impl Stream<Item = Result<Video>> + Unpin),
) -> (Vec<String>, Error) {
    within(async {
        let mut ids = Vec::new();
        loop {
            match videos.next().await.expect("an error is due before the end") {
                Ok(video) => ids.push(video.video_id),
                Err(error) => return (ids, error),
            }
        }
    })
    .await
}

/// Waits for what another task will make true; a test that would wait for ever fails instead.
pub(crate) async fn eventually(mut holds: impl FnMut() -> bool) {
    within(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// A generous bound on what must not hang.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this hangs")
}

/// A body of v1 with these ids.
pub(crate) fn v1_page(ids: &[&str], token: Option<&str>) -> Value {
    let videos: Vec<_> = ids.iter().map(|id| json!({ "video_id": id })).collect();
    json!({ "code": 100, "data": { "videos": videos, "token": token, "total": ids.len() } })
}

/// Serves the page of each token: `(token that is asked for, ids, next token)`.
pub(crate) async fn serve<'a>(
    server: &'a MockServer,
    pages: &[(Option<&str>, &[&str], Option<&str>)],
) -> Vec<Mock<'a>> {
    let mut mocks = Vec::new();
    for (asked, ids, next) in pages {
        let body = v1_page(ids, *next);
        let mock = server.mock_async(|when, then| {
            let when = when.method(GET).path("/v1/video.list");
            match asked {
                Some(token) => when.query_param("token", *token),
                None => when.query_param_missing("token"),
            };
            then.status(200).json_body(body);
        });
        mocks.push(mock.await);
    }
    mocks
}

/// A client of a mock server, without retries.
#[track_caller]
pub(crate) fn mock_client(server: &MockServer) -> Client {
    Client::builder()
        .api_key("mock-key")
        .base_url(server.base_url())
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}
