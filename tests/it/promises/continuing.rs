//! Promises 7 to 11: errors, `rearm`, cursors, and dropped futures and streams.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use heygen_videos::simulator::{Fault, Simulator};
use heygen_videos::{Cursor, End, ErrorKind};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::walk::{
    cap_reached, eventually, ids, ids_and_errors, quick_retries, simulator, take, until_error,
    within, without_retries,
};

#[tokio::test]
async fn promise_07_an_error_ends_the_stream() {
    let simulator = simulator(500).await;
    simulator.script_at(3, Fault::Status(400));
    let mut videos = simulator.client().videos().stream();
    let (before, error) = until_error(&mut videos).await;
    assert_eq!(before, simulator.ids()[..200]);
    assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(400)));
    for _ in 0..3 {
        assert!(videos.next().await.is_none());
        assert_eq!(videos.end(), Some(End::Failed));
    }
    assert_eq!(simulator.requests(), 3);
}

#[tokio::test]
async fn promise_08_rearm_continues_at_the_failed_request() {
    for read_ahead in [0, 1, 4] {
        let simulator = simulator(1_000).await;
        // Every page fails twice first.
        for page in 0..10 {
            simulator.script_at(3 * page + 1, Fault::Status(503));
            simulator.script_at(3 * page + 2, Fault::Code { code: 400_545, message: "no".into() });
        }
        let client = without_retries(&simulator);
        let mut videos = client.videos().read_ahead(read_ahead).max_items(950).stream();
        assert!(!videos.rearm(), "there is no error yet");
        let (got, errors) = ids_and_errors(&mut videos).await;
        assert_eq!(got, simulator.ids()[..950]);
        assert_eq!(errors, 20);
        assert_eq!(simulator.requests(), 30, "read_ahead {read_ahead}");
        assert_eq!(cap_reached(videos.end()), Some(true));
    }
}

/// The cursor as another process reads it from its text.
#[track_caller]
fn reread(cursor: &Cursor) -> Cursor {
    cursor.to_string().parse().unwrap()
}

#[tokio::test]
async fn promise_09_a_cursor_resumes_with_exactly_the_remaining_videos() {
    let simulator = simulator(250).await;
    let all = simulator.ids();
    let client = simulator.client();
    let mut videos = client.videos().stream();
    for taken in 0..=250 {
        for read_ahead in [0, 2] {
            let cursor = reread(&videos.cursor());
            let resumed = client.videos().read_ahead(read_ahead).resume_from(cursor);
            assert_eq!(ids(&mut resumed.stream()).await, all[taken..], "after {taken}");
        }
        assert_eq!(videos.next().await.is_some(), taken < 250);
    }
}

#[tokio::test]
async fn promise_09_a_cursor_stays_exact_through_creations_and_deletions() {
    let all = simulator(250).await.ids();
    for taken in 0..=250 {
        let simulator = simulator(250).await;
        let mut videos = simulator.client().videos().stream();
        let first = take(&mut videos, taken).await;
        let cursor = reread(&videos.cursor());

        let mut gone = Vec::new();
        for at in [taken.saturating_sub(1), taken, 249] {
            if let Some(id) = all.get(at) {
                simulator.remove(id);
                gone.push(id.clone());
            }
        }
        let newest = simulator.videos()[0].created_at;
        for n in 0..3 {
            let mut video = heygen_videos::Video::new(format!("new-{n}"));
            video.created_at = newest.map(|at| at + 1);
            simulator.insert(video);
        }

        let rest = ids(&mut simulator.client().videos().resume_from(cursor).stream()).await;
        let rest: Vec<_> = rest.into_iter().filter(|id| !id.starts_with("new-")).collect();
        let wanted: Vec<_> = all[taken..].iter().filter(|id| !gone.contains(id)).cloned().collect();
        assert_eq!(first, all[..taken]);
        assert_eq!(rest, wanted, "after {taken}");
    }
}

#[tokio::test]
async fn promise_09_an_error_and_the_end_have_a_cursor_to_resume_from() {
    let simulator = simulator(250).await;
    let client = without_retries(&simulator);
    simulator.script_at(2, Fault::Status(500));
    let mut videos = client.videos().stream();
    let (before, error) = until_error(&mut videos).await;
    let cursor = error.cursor().expect("an error of a stream has a cursor").clone();
    assert_eq!(cursor, videos.cursor());
    let mut rest = client.videos().resume_from(reread(&cursor)).stream();
    assert_eq!([before, ids(&mut rest).await].concat(), simulator.ids());

    let finished = rest.cursor();
    assert!(finished.is_finished());
    assert_ne!(finished, client.videos().stream().cursor());
    let asked = simulator.requests();
    let mut nothing = client.videos().resume_from(reread(&finished)).stream();
    assert!(nothing.next().await.is_none());
    assert_eq!(nothing.end(), Some(End::Exhausted));
    assert!(nothing.cursor().is_finished());
    assert_eq!(simulator.requests(), asked);
}

#[tokio::test]
async fn promise_09_a_page_has_the_cursor_after_its_last_video() {
    let simulator = simulator(250).await;
    let client = simulator.client();
    let mut pages = client.videos().page_size(60).max_items(200).pages();
    let mut seen = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        seen += page.videos.len();
        assert_eq!(page.cursor(), pages.cursor());
        let rest = ids(&mut client.videos().resume_from(page.cursor()).stream()).await;
        assert_eq!(rest, simulator.ids()[seen..]);
    }
    assert_eq!((seen, cap_reached(pages.end())), (200, Some(true)));
}

#[tokio::test]
async fn promise_10_dropping_the_future_of_next_loses_and_repeats_nothing() {
    let simulator = simulator(1_050).await;
    for read_ahead in [0, 1] {
        let asked = simulator.requests();
        let mut videos = simulator.client().videos().read_ahead(read_ahead).stream();
        let (mut got, mut dropped) = (Vec::new(), 0);
        within(async {
            loop {
                tokio::select! {
                    biased;
                    item = videos.next() => match item {
                        Some(video) => got.push(video.unwrap().video_id),
                        None => break,
                    },
                    () = tokio::task::yield_now() => dropped += 1,
                }
            }
        })
        .await;
        assert!(dropped > 10, "only {dropped} futures were dropped");
        assert_eq!(got, simulator.ids());
        assert_eq!(simulator.requests() - asked, 11);
    }
}

#[tokio::test]
async fn promise_10_dropping_the_future_of_next_restarts_no_wait() {
    let simulator = simulator(30).await;
    simulator.script_at(2, Fault::Status(503));
    simulator.script_at(3, Fault::StatusRetryAfter(429, "1".into()));
    let retry = quick_retries(3).base_delay(Duration::from_millis(50));
    let builder = simulator.client_builder().retry(retry).requests_per_second(20.0);
    let mut videos = builder.build().unwrap().videos().page_size(10).stream();
    let mut got = Vec::new();
    within(async {
        loop {
            // Shorter than each wait: for a turn, before a retry, and for the `Retry-After`.
            match timeout(Duration::from_millis(2), videos.next()).await {
                Ok(Some(video)) => got.push(video.unwrap().video_id),
                Ok(None) => break,
                Err(_) => {}
            }
        }
    })
    .await;
    assert_eq!(got, simulator.ids());
    assert_eq!((simulator.requests(), videos.stats().retries), (5, 2));
}

#[tokio::test]
async fn promise_11_drop_cancels_the_request_in_flight() {
    for read_ahead in [0, 1] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = heygen_videos::Client::builder()
            .api_key("key")
            .base_url(format!("http://{}", listener.local_addr().unwrap()))
            .timeout(Duration::from_secs(3_600)) // does not end the request during the test
            .build()
            .unwrap();
        let mut videos = client.videos().read_ahead(read_ahead).stream();
        let mut connection = tokio::select! {
            biased;
            accepted = listener.accept() => accepted.unwrap().0,
            _ = videos.next() => panic!("the server sent no response"),
        };
        let mut request = [0; 4096];
        let read = tokio::select! {
            biased;
            read = connection.read(&mut request) => read.unwrap(),
            _ = videos.next() => panic!("the server sent no response"),
        };
        assert!(request[..read].starts_with(b"GET /v1/video.list?limit=100 "));
        drop(videos);
        // A connection with a cancelled request cannot be used again, so the client closes it.
        assert_eq!(within(connection.read(&mut request)).await.unwrap_or(0), 0);
    }
}

/// Lists the account in 100 requests, and returns how many requests arrived meanwhile.
async fn requests_of_a_whole_walk(simulator: &Simulator) -> u64 {
    let asked = simulator.requests();
    let client = simulator.client_builder().build().unwrap();
    ids(&mut client.videos().page_size(10).stream()).await;
    simulator.requests() - asked
}

#[tokio::test]
async fn promise_11_drop_cancels_a_wait_before_a_retry() {
    let simulator = simulator(1_000).await;
    simulator.script(Fault::StatusRetryAfter(503, "1".into()));
    let mut videos = simulator.client().videos().stream();
    tokio::select! {
        biased;
        _ = videos.next() => panic!("the stream must wait before its retry"),
        () = eventually(|| !simulator.recorded().is_empty()) => {}
    }
    drop(videos);
    // The walk takes more than a second, after which the retry would be due.
    simulator.set_latency(Duration::from_millis(11));
    assert_eq!(requests_of_a_whole_walk(&simulator).await, 100);
}

#[tokio::test]
async fn promise_11_drop_cancels_reading_ahead() {
    let simulator = simulator(1_000).await;
    let mut videos = simulator.client().videos().page_size(10).read_ahead(3).stream();
    take(&mut videos, 1).await;
    eventually(|| simulator.requests() == 4).await;
    drop(videos);
    assert_eq!(requests_of_a_whole_walk(&simulator).await, 100);
}
