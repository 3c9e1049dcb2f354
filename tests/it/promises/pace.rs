//! `requests_per_second`: when requests are sent, and what waiting for a turn counts as.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use heygen_videos::simulator::Fault;
use heygen_videos::{Client, RetryPolicy, VideoQuery, VideoStream};
use tokio::task::yield_now;

use crate::support::fault::{FaultServer, Reply, page_v1};
use crate::support::walk::{ids, simulator};

/// When each request arrived.
type Times = Arc<Mutex<Vec<Instant>>>;

/// A server whose first response asks for a wait of one second, and a client with this rate.
async fn waiting_server(requests_per_second: f64) -> (FaultServer, Client, Times) {
    let times = Times::default();
    let log = Arc::clone(&times);
    let server = FaultServer::start(move |_, number| {
        log.lock().unwrap().push(Instant::now());
        match number {
            0 => Reply::new(429, "").header("retry-after", "1"),
            _ => Reply::ok(page_v1(0..1, None, 1)),
        }
    })
    .await;
    let client = Client::builder().api_key("key").base_url(server.base_url());
    let client = client.requests_per_second(requests_per_second).build().unwrap();
    (server, client, times)
}

#[tokio::test]
async fn the_request_rate_holds_after_a_retry_after() {
    let (_server, client, times) = waiting_server(20.0).await;
    let walks = (0..6).map(|_| {
        let mut videos = client.videos().stream();
        async move { ids(&mut videos).await }
    });
    futures::future::join_all(walks).await;
    let times = times.lock().unwrap();
    // Six requests span 250 ms; their times of arrival may vary.
    let span = times[times.len() - 1] - times[times.len() - 6];
    assert!(span >= Duration::from_millis(150), "six requests within {span:?}");
}

#[tokio::test]
async fn a_turn_during_a_retry_after_wait_is_not_used() {
    let (_server, client, times) = waiting_server(3.0).await;
    // The second stream waits for its turn when the first one gets the `Retry-After`.
    let (mut first, mut second) = (client.videos().stream(), client.videos().stream());
    futures::join!(ids(&mut first), ids(&mut second));
    let times = times.lock().unwrap();
    assert_eq!(times.len(), 3);
    let wait = times[1] - times[0];
    assert!(wait >= Duration::from_secs(1), "the next request came after {wait:?}");
}

#[tokio::test]
async fn waiting_for_a_turn_does_not_count_as_elapsed_time_of_a_page() {
    let simulator = simulator(100).await;
    let retry = RetryPolicy::default()
        .base_delay(Duration::from_millis(1))
        .max_elapsed(Duration::from_millis(450));
    // Half a second passes between two requests.
    let client = simulator.client_builder().requests_per_second(2.0).retry(retry).build().unwrap();
    simulator.script_at(2, Fault::Status(503));
    // The first stream takes the first turn, so the second waits longer than `max_elapsed`.
    for _ in 0..2 {
        assert_eq!(ids(&mut client.videos().stream()).await, simulator.ids());
    }
    assert_eq!(simulator.requests(), 3);
}

/// Streams that wait for their turns.
async fn waiting(count: usize, query: VideoQuery) -> Vec<VideoStream> {
    let mut streams: Vec<_> = (0..count).map(|_| query.clone().stream()).collect();
    assert!(streams.iter_mut().all(|stream| stream.next().now_or_never().is_none()));
    // Their requests are tasks of this thread, which take their places in the queue once they run.
    for _ in 0..10 {
        yield_now().await;
    }
    streams
}

#[tokio::test]
async fn promise_11_streams_that_are_dropped_while_they_wait_give_their_turns_back() {
    let simulator = simulator(1).await;
    let client = simulator.client_builder().requests_per_second(2.0).build().unwrap();
    ids(&mut client.videos().stream()).await;
    let begun = Instant::now();
    for read_ahead in [0, 1] {
        drop(waiting(20, client.videos().read_ahead(read_ahead)).await);
    }
    // These streams wait in the queue before `next`, and are dropped once `next` waits too.
    let before = waiting(20, client.videos()).await;
    let mut next = waiting(1, client.videos()).await.remove(0);
    drop(before);
    assert_eq!(ids(&mut next).await.len(), 1);
    let waited = begun.elapsed();
    assert!(waited < Duration::from_secs(9), "one request at 2 a second waited {waited:?}");
    assert_eq!(simulator.requests(), 2);
}
