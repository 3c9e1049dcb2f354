//! Promises 12 to 15: fused, bounded, reading ahead, and `size_hint`.

use futures::stream::FusedStream;
use futures::{FutureExt, Stream, StreamExt, select};
use heygen_videos::simulator::Fault;
use heygen_videos::{End, PageStream, VideoStream};

use crate::support::walk::{eventually, ids, simulator, take, until_error, without_retries};

/// The traits that are part of the public interface.
#[test]
fn the_streams_are_send_sync_and_unpin() {
    fn holds<T: Send + Sync + Unpin + std::fmt::Debug + FusedStream + 'static>() {}
    holds::<VideoStream>();
    holds::<PageStream>();
}

#[tokio::test]
async fn promise_12_none_stays_none_and_only_then_is_terminated_is_true() {
    let simulator = simulator(250).await;
    let mut videos = simulator.client().videos().stream();
    let mut count = 0;
    loop {
        assert!(!videos.is_terminated(), "after {count} videos");
        assert_eq!(videos.end(), None);
        if videos.next().await.is_none() {
            break;
        }
        count += 1;
    }
    assert_eq!(count, 250);
    for _ in 0..3 {
        assert!(videos.is_terminated());
        assert_eq!(videos.end(), Some(End::Exhausted));
        assert!(videos.next().await.is_none());
    }
    assert_eq!(simulator.requests(), 3);
}

#[tokio::test]
async fn promise_12_select_next_some_yields_the_last_page() {
    let simulator = simulator(250).await;
    let mut videos = simulator.client().videos().read_ahead(1).stream();
    let mut got = Vec::new();
    loop {
        select! {
            video = videos.select_next_some() => got.push(video.unwrap().video_id),
            complete => break,
        }
    }
    assert_eq!(got, simulator.ids());
    assert_eq!(simulator.requests(), 3);
}

#[tokio::test]
async fn promise_13_buffered_pages_and_the_cursor_are_bounded() {
    for read_ahead in [0, 1, 3] {
        let (simulator, other) = (simulator(3_000).await, simulator(100).await);
        let mut videos = simulator.client().videos().page_size(10).read_ahead(read_ahead).stream();
        let (mut taken, mut longest_cursor) = (0_u64, 0);
        while let Some(video) = videos.next().await {
            video.unwrap();
            taken += 1;
            assert!(videos.size_hint().0 < 10, "more than one page is in the buffer");
            longest_cursor = longest_cursor.max(videos.cursor().to_string().len());
            if taken % 25 == 0 {
                // Ten other requests give a task that reads too far ahead the time to do so.
                ids(&mut other.client().videos().page_size(10).stream()).await;
                let held = simulator.requests() - (taken - 1) / 10;
                assert!(held <= 1 + read_ahead as u64, "{held} pages held after {taken} videos");
            }
        }
        assert_eq!(taken, 3_000);
        assert!(longest_cursor < 1_700, "{longest_cursor} characters grow with the listing");
    }
}

#[tokio::test]
async fn promise_13_a_cursor_stays_small_through_deletions_and_resumes() {
    let simulator = simulator(2_000).await;
    let all = simulator.ids();
    let mut cursor = simulator.client().videos().stream().cursor();
    let mut taken = Vec::new();
    for _ in 0..40 {
        let mut videos = simulator.client().videos().resume_from(cursor).stream();
        let some = take(&mut videos, 50).await;
        some.iter().for_each(|id| assert!(simulator.remove(id)));
        taken.extend(some);
        let text = videos.cursor().to_string();
        assert!(text.len() < 1_000, "{} bytes after {} deletions", text.len(), taken.len());
        cursor = text.parse().unwrap();
    }
    assert_eq!(taken, all);
}

#[tokio::test]
async fn promise_14_read_ahead_fetches_while_the_consumer_works() {
    let simulator = simulator(1_000).await;
    for ahead in [1, 3] {
        let asked = simulator.requests();
        let mut videos = simulator.client().videos().page_size(50).read_ahead(ahead).stream();
        take(&mut videos, 1).await;
        // The pages are requested although the stream is not polled.
        eventually(|| simulator.requests() - asked == 1 + ahead as u64).await;
        // No further page is requested during 100 other requests.
        let other = ids(&mut simulator.client().videos().page_size(10).stream()).await;
        assert_eq!(other.len(), 1_000);
        assert_eq!(simulator.requests() - asked, 100 + 1 + ahead as u64);
        assert_eq!(videos.stats().items, 1);
    }
}

#[tokio::test]
async fn promise_14_read_ahead_counts_from_the_awaited_page() {
    let simulator = simulator(1_000).await;
    for ahead in [1, 3] {
        let asked = simulator.requests();
        let mut videos = simulator.client().videos().page_size(50).read_ahead(ahead).stream();
        assert!(videos.next().now_or_never().is_none());
        // The read-ahead counts from the first page, although it has not been yielded.
        eventually(|| simulator.requests() - asked == 1 + ahead as u64).await;
        take(&mut videos, 50).await;
        let other = ids(&mut simulator.client().videos().page_size(10).stream()).await;
        assert_eq!(other.len(), 1_000);
        assert_eq!(
            simulator.requests() - asked,
            100 + 1 + ahead as u64,
            "no page was requested twice"
        );
        take(&mut videos, 1).await;
        eventually(|| simulator.requests() - asked == 100 + 2 + ahead as u64).await;
    }
}

#[tokio::test]
async fn promise_14_read_ahead_keeps_order_cap_and_request_count() {
    let simulator = simulator(1_000).await;
    for ahead in [1, 2, 7, 1_000] {
        for (cap, requests) in [(1, 1), (100, 1), (101, 2), (730, 8), (5_000, 10)] {
            let asked = simulator.requests();
            let query = simulator.client().videos().read_ahead(ahead).max_items(cap);
            let got = ids(&mut query.stream()).await;
            assert_eq!(got, simulator.ids()[..1_000.min(cap as usize)]);
            // A page after the last needed one would have been requested by now.
            assert_eq!(simulator.requests() - asked, requests, "{ahead} ahead, cap {cap}");
        }
    }
}

#[tokio::test]
async fn promise_14_read_ahead_yields_an_error_in_order() {
    let simulator = simulator(500).await;
    simulator.script_at(4, Fault::Status(500));
    let mut videos = without_retries(&simulator).videos().read_ahead(10).stream();
    let first = take(&mut videos, 1).await;
    eventually(|| simulator.requests() == 4).await;
    let (before, error) = until_error(&mut videos).await;
    assert_eq!([first, before].concat(), simulator.ids()[..300]);
    assert_eq!(error.status(), Some(500));
    assert!(videos.next().await.is_none());
    assert_eq!(simulator.requests(), 4);
}

#[tokio::test]
async fn promise_14_read_ahead_does_not_move_the_cursor() {
    let simulator = simulator(500).await;
    let plain = simulator.client().videos();
    let ahead = plain.clone().read_ahead(4);
    let (mut plain, mut ahead) = (plain.stream(), ahead.stream());
    for taken in 0..=500 {
        // The simulator never repeats a token, so cursors are compared by what they yield.
        if taken % 50 == 0 {
            let rest = simulator.client().videos().resume_from(ahead.cursor());
            assert_eq!(ids(&mut rest.stream()).await, simulator.ids()[taken..]);
        }
        assert_eq!(ahead.total(), plain.total());
        assert_eq!(ahead.stats().items, taken as u64);
        let (one, other) = (plain.next().await, ahead.next().await);
        assert_eq!(one.map(Result::unwrap), other.map(Result::unwrap));
    }
}

#[test]
fn promise_14_a_lost_runtime_is_an_error_and_rearm_continues() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    };
    let servers = runtime();
    let simulator = servers.block_on(simulator(500));
    let first = runtime();
    let mut videos = simulator.client().videos().read_ahead(1).stream();
    let mut got = first.block_on(take(&mut videos, 1));
    drop(first);
    servers.block_on(async {
        let (before, _) = until_error(&mut videos).await;
        got.extend(before);
        assert!(videos.rearm());
        // The pooled connection of the lost runtime is gone, and a retry opens another.
        got.extend(ids(&mut videos).await);
    });
    assert_eq!(got, simulator.ids());
}

#[tokio::test]
async fn promise_15_size_hint_counts_the_buffer_and_is_exact_on_the_last_page() {
    let simulator = simulator(250).await;
    let mut videos = simulator.client().videos().stream();
    assert_eq!(videos.size_hint(), (0, None));
    for taken in 1..=250 {
        assert!(videos.next().now_or_never().is_some() || videos.next().await.is_some());
        let buffered = (100 - taken % 100) % 100;
        let wanted = match taken {
            ..=200 => (buffered, None),
            _ => (250 - taken, Some(250 - taken)),
        };
        assert_eq!(videos.size_hint(), wanted, "after {taken}");
    }

    let mut capped = simulator.client().videos().max_items(130).stream();
    assert_eq!(capped.size_hint(), (0, Some(130)));
    take(&mut capped, 1).await;
    assert_eq!(capped.size_hint(), (99, Some(129)));
    take(&mut capped, 100).await;
    assert_eq!(capped.size_hint(), (29, Some(29)));
    assert_eq!(ids(&mut capped).await.len(), 29);
    assert_eq!(capped.size_hint(), (0, Some(0)));
    assert_eq!(simulator.client().videos().max_items(0).stream().size_hint(), (0, Some(0)));
}

#[tokio::test]
async fn promise_15_size_hint_counts_the_error_of_a_refused_query_for_any_cap() {
    let simulator = simulator(1).await;
    let mut videos = simulator.client().videos().page_size(0).max_items(0).stream();
    assert_eq!(videos.size_hint(), (0, None));
    assert!(videos.next().await.is_some_and(|item| item.is_err()));
    assert_eq!(videos.size_hint(), (0, Some(0)));
}
