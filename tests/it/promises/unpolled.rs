//! Promises 10 and 11: a request continues while nobody polls the stream, and is cancelled when the
//! stream is dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use futures::{FutureExt, StreamExt, executor};
use heygen_videos::simulator::Fault;
use heygen_videos::{Client, ErrorKind};
use tokio::runtime::Builder;
use tokio::time::sleep;
use tracing::Instrument;

use crate::support::log::Log;
use crate::support::walk::{eventually, ids, quick_retries, simulator, take, until_error, within};

/// How long a test waits for a thread that may hang.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn promise_10_a_request_continues_while_nobody_polls_the_stream() {
    for read_ahead in [0, 1] {
        let simulator = simulator(200).await;
        // The retry after the failure also needs no poll.
        simulator.script(Fault::Status(503));
        let client = simulator.client_builder().retry(quick_retries(3)).build().unwrap();
        let mut videos = client.videos().read_ahead(read_ahead).stream();
        assert!(videos.next().now_or_never().is_none());
        eventually(|| simulator.requests() >= 2 && videos.stats().bytes > 10_000).await;
        assert!(
            within(async { videos.next().await.is_some_and(|item| item.is_ok()) }).await,
            "the page is there"
        );
        assert_eq!(videos.stats().retries, 1);
    }
}

#[tokio::test]
async fn promise_10_slow_work_does_not_make_a_request_time_out_or_repeat() {
    let simulator = simulator(10).await;
    let timeout = Duration::from_millis(250);
    let client = simulator.client_builder().timeout(timeout).build().unwrap();
    // `buffered` asks for the next page while the consumer works on the last videos of this one.
    let videos = client.videos().page_size(5).stream();
    let mut videos = videos.map(|video| async move { video }).buffered(8);
    let mut got = Vec::new();
    while let Some(video) = within(videos.next()).await {
        got.push(video.unwrap().video_id);
        if got.len() == 1 {
            sleep(3 * timeout).await;
        }
    }
    assert_eq!((got, simulator.requests()), (simulator.ids(), 2));

    let mut videos = client.videos().page_size(5).stream();
    let mut got = Vec::new();
    loop {
        tokio::select! {
            biased;
            video = videos.next() => match video {
                Some(video) => got.push(video.unwrap().video_id),
                None => break,
            },
            () = tokio::task::yield_now() => sleep(3 * timeout).await,
        }
    }
    assert_eq!((got, simulator.requests()), (simulator.ids(), 4));
    assert_eq!(videos.stats().retries, 0);
}

#[test]
fn blocking_on_a_stream_inside_block_on_reads_any_number_of_pages() {
    const PAGES: usize = 300;
    let runtime = || Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let servers = runtime();
    let simulator = servers.block_on(simulator(PAGES as u64));
    for read_ahead in [0, 1] {
        let client = simulator.client_builder().build().unwrap();
        let videos = client.videos().page_size(1).read_ahead(read_ahead).stream();
        let (sender, receiver) = mpsc::channel();
        let runtime = runtime();
        // Tokio gives a future a budget of 128 operations for each poll. This is one single poll.
        let counts = async move { sender.send(executor::block_on_stream(videos).count()) };
        // If it hangs, the thread ends with the process.
        thread::spawn(move || runtime.block_on(counts));
        let counted = receiver.recv_timeout(PATIENCE);
        assert_eq!(counted, Ok(PAGES), "with read_ahead {read_ahead}");
    }
}

#[tokio::test]
async fn promise_11_a_stream_dropped_before_its_task_ran_sends_nothing() {
    let simulator = simulator(10).await;
    let mut videos = simulator.client().videos().stream();
    assert!(videos.next().now_or_never().is_none());
    drop(videos);
    ids(&mut simulator.client().videos().stream()).await;
    assert_eq!(simulator.requests(), 1, "only the second stream's");
}

#[test]
fn promise_11_no_task_outlives_its_stream() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let simulator = simulator(1_000).await;
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        for read_ahead in [0, 3] {
            let client = simulator.client_builder().build().unwrap();
            let mut videos = client.videos().page_size(10).read_ahead(read_ahead).stream();
            take(&mut videos, 5).await;
            take(&mut videos, 5).await;
            assert!(videos.next().now_or_never().is_none_or(|item| item.is_some()));
            drop((videos, client));
            // The simulator's two tasks end with their connections.
            eventually(|| tasks() <= 2).await;
        }
    });
}

/// The message of the panic of this closure.
#[track_caller]
fn panic_of(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("a panic");
    panic.downcast_ref::<&str>().map(ToString::to_string).or(panic.downcast_ref().cloned()).unwrap()
}

#[test]
fn polling_outside_a_tokio_runtime_panics_and_names_tokio() {
    for read_ahead in [0, 1] {
        let query = Client::new("key").unwrap().videos().read_ahead(read_ahead);
        let mut videos = query.clone().stream();
        let message = panic_of(|| drop(executor::block_on(videos.next())));
        assert!(message.contains("Tokio runtime"), "{message}");
        let mut pages = query.clone().pages();
        let message = panic_of(|| drop(executor::block_on(pages.next())));
        assert!(message.contains("Tokio runtime"), "{message}");

        // What needs no request needs no runtime.
        let mut refused = query.clone().page_size(0).stream();
        let error = executor::block_on(refused.next()).unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(executor::block_on(query.max_items(0).stream().next()).is_none());
    }
}

#[test]
fn promise_10_a_runtime_that_shuts_down_during_a_request_is_an_error_and_rearm_continues() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers = runtime();
    let simulator = servers.block_on(simulator(250));
    for read_ahead in [0, 1] {
        let first = runtime();
        let client = simulator.client_builder().build().unwrap();
        let mut videos = client.videos().read_ahead(read_ahead).stream();
        first.block_on(async { assert!(videos.next().now_or_never().is_none()) });
        drop(first);
        servers.block_on(async {
            let (before, error) = until_error(&mut videos).await;
            assert_eq!((before.len(), error.kind()), (0, ErrorKind::Network));
            assert!(error.is_retryable() && error.to_string().contains("Tokio runtime"), "{error}");
            assert!(videos.rearm());
            assert_eq!(ids(&mut videos).await, simulator.ids());
        });
    }
}

#[tokio::test]
async fn the_events_of_a_request_are_in_the_span_of_its_caller() {
    let log = Log::keep();
    let simulator = simulator(7).await;
    for (read_ahead, name) in [(0, "span-of-the-caller-0"), (1, "span-of-the-caller-1")] {
        let mut videos = simulator.client().videos().read_ahead(read_ahead).stream();
        ids(&mut videos).instrument(tracing::info_span!("caller", name)).await;
        let text = log.text();
        let line = text.lines().find(|line| line.contains(name) && line.contains("page received"));
        assert!(line.is_some_and(|line| line.contains("page{page=1 attempt=1}")), "{line:?}");
    }
}
