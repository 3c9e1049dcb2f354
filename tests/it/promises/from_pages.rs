//! `VideoStream::from_pages`: a stream over a user's own pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream::{self, FusedStream};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, executor};
use heygen_videos::{Cursor, End, ErrorKind, Page, Result, Video, VideoStream, simulator};

use crate::support::walk::{self, ids, take, until_error, without_retries};

fn page(ids: &[&str]) -> Page {
    Page::new(ids.iter().copied().map(Video::new).collect())
}

fn stream_of(pages: impl IntoIterator<Item = Result<Page>>) -> VideoStream {
    VideoStream::from_pages(stream::iter(pages.into_iter().collect::<Vec<_>>()))
}

#[test]
fn the_videos_come_in_order_without_a_runtime() {
    let mut last = page(&["c"]);
    last.total = Some(3);
    let mut videos = stream_of([Ok(page(&["a", "b"])), Ok(page(&[])), Ok(last)]);
    assert_eq!(videos.size_hint(), (0, None));
    let got: Vec<_> = videos
        .by_ref()
        .map_ok(|video| video.video_id)
        .try_collect()
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(got, ["a", "b", "c"]);
    assert_eq!((videos.end(), videos.total()), (Some(End::Exhausted), Some(3)));
    assert!(videos.is_terminated() && videos.cursor().is_finished());
    assert_eq!(videos.size_hint(), (0, Some(0)));
    let stats = videos.stats();
    assert_eq!((stats.pages, stats.items, stats.requests), (3, 3, 0));
    assert!(!videos.rearm(), "it did not fail");
}

#[test]
fn no_pages_at_all_are_an_exhausted_listing() {
    let mut videos = stream_of([]);
    assert!(videos.next().now_or_never().unwrap().is_none());
    assert_eq!((videos.end(), videos.stats().pages), (Some(End::Exhausted), 0));
}

#[tokio::test]
async fn pages_are_polled_one_at_a_time_and_not_after_their_end() {
    let polled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&polled);
    // `unfold` panics when it is polled after its end.
    let pages = stream::unfold(0, move |number| {
        let count = Arc::clone(&count);
        async move {
            count.fetch_add(1, Ordering::Relaxed);
            (number < 3)
                .then(|| (Ok(page(&[&format!("{number}a"), &format!("{number}b")])), number + 1))
        }
    });
    let mut videos = VideoStream::from_pages(pages);
    assert_eq!(polled.load(Ordering::Relaxed), 0);
    for taken in 1..=6_usize {
        take(&mut videos, 1).await;
        assert_eq!(polled.load(Ordering::Relaxed), taken.div_ceil(2));
    }
    for _ in 0..3 {
        assert!(videos.next().await.is_none());
    }
    assert_eq!(polled.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn an_error_item_ends_the_stream_and_rearm_continues_with_the_same_pages() {
    let error = || Err(simulator::error(ErrorKind::RateLimited));
    let pages = [error(), Ok(page(&["a", "b"])), error(), error(), Ok(page(&["c"]))];
    let mut videos = stream_of(pages);
    let mut got = Vec::new();
    for before in [0, 2, 0] {
        let (ids, error) = until_error(&mut videos).await;
        assert_eq!((ids.len(), error.kind()), (before, ErrorKind::RateLimited));
        assert_eq!(error.cursor(), Some(&videos.cursor()));
        got.extend(ids);
        for _ in 0..2 {
            assert!(videos.next().await.is_none());
            assert_eq!(videos.end(), Some(End::Failed));
        }
        assert!(videos.rearm());
    }
    got.extend(ids(&mut videos).await);
    assert_eq!(got, ["a", "b", "c"]);
    assert_eq!((videos.end(), videos.stats().pages), (Some(End::Exhausted), 2));
}

#[test]
fn a_video_that_comes_again_is_left_out_and_counted() {
    let pages = [&["a", "b"][..], &["b", "c", "c"], &["a"], &["d"]];
    let mut videos = stream_of(pages.map(|ids| Ok(page(ids))));
    let got: Vec<_> =
        executor::block_on(videos.by_ref().map_ok(|v| v.video_id).try_collect()).unwrap();
    assert_eq!(got, ["a", "b", "c", "d"]);
    assert_eq!((videos.stats().items, videos.stats().repeated), (4, 3));
}

#[tokio::test]
async fn promise_06_a_hundred_pages_without_a_new_video_are_an_error() {
    for again in [&[][..], &["a"]] {
        let without_new_videos = |count| (0..count).map(|_| Ok(page(again)));
        let one = |id| [Ok(page(&[id]))].into_iter();
        let pages =
            one("a").chain(without_new_videos(99)).chain(one("b")).chain(without_new_videos(150));
        let mut videos = stream_of(pages.chain(one("c")));
        let (before, error) = until_error(&mut videos).await;
        assert_eq!((before.len(), error.kind()), (2, ErrorKind::Pagination), "{again:?}");
        assert_eq!((videos.end(), videos.stats().pages), (Some(End::Failed), 201));
        assert!(videos.next().await.is_none());
        // 50 of them are left, and then one with a video.
        assert!(videos.rearm());
        assert_eq!(ids(&mut videos).await, ["c"]);
    }
}

#[tokio::test]
async fn promise_06_endless_pages_that_are_always_ready_do_not_block_the_executor() {
    // The pages of a listing are not counted, because their own walk counts them.
    let simulator = walk::simulator(3).await;
    let query = simulator.client().videos().title("no such title");
    let empty = query.pages().next().await.unwrap().unwrap();
    assert!(empty.videos.is_empty());
    for empty in [Page::new(vec![]), empty] {
        let mut videos = VideoStream::from_pages(stream::repeat_with(move || Ok(empty.clone())));
        // The first poll must return.
        assert!(videos.next().now_or_never().is_none());
    }
}

#[tokio::test]
async fn the_cursor_of_a_users_pages_leaves_out_exactly_what_was_yielded() {
    let simulator = walk::simulator(250).await;
    let all = simulator.videos();
    let pages: Vec<_> = all.chunks(40).map(|videos| Page::new(videos.to_vec())).collect();
    let mut videos = stream_of(pages.into_iter().map(Ok));
    for taken in 0..all.len() {
        if taken % 13 == 0 || taken > 247 {
            let cursor: Cursor = videos.cursor().to_string().parse().unwrap();
            assert!(!cursor.is_finished());
            let rest = ids(&mut simulator.client().videos().resume_from(cursor).stream()).await;
            assert_eq!(rest, simulator.ids()[taken..], "after {taken}");
        }
        take(&mut videos, 1).await;
    }
    assert!(videos.next().await.is_none() && videos.cursor().is_finished());
}

#[tokio::test]
async fn the_cursor_of_pages_of_a_listing_is_a_position_in_that_listing() {
    let simulator = walk::simulator(250).await;
    let all = simulator.ids();
    let folder = simulator.folders()[0].clone();
    for query in [simulator.client().videos(), simulator.client().videos().folder_id(folder)] {
        let listed = ids(&mut query.clone().stream()).await;
        // Begin in the middle of a page of the server.
        let mut first = query.clone().page_size(20).stream();
        take(&mut first, 7).await;
        let pages = query.clone().page_size(20).resume_from(first.cursor()).pages();
        let mut videos = VideoStream::from_pages(pages);
        for taken in 8..=listed.len() {
            take(&mut videos, 1).await;
            if taken % 13 == 0 {
                let rest = query.clone().resume_from(videos.cursor()).stream();
                let rest: Vec<_> = rest.map_ok(|video| video.video_id).try_collect().await.unwrap();
                assert_eq!(rest, listed[taken..], "after {taken}");
            }
        }
        assert!(videos.next().await.is_none() && videos.cursor().is_finished());
    }

    // Pages that stop before the end of their listing do not make a finished cursor.
    let pages = simulator.client().videos().pages().take(2);
    let mut videos = VideoStream::from_pages(pages);
    assert_eq!(ids(&mut videos).await, all[..200]);
    assert_eq!(videos.end(), Some(End::Exhausted));
    let rest = simulator.client().videos().resume_from(videos.cursor()).stream();
    assert_eq!(ids(&mut { rest }).await, all[200..]);
}

#[tokio::test]
async fn an_error_of_a_listing_passes_through_and_rearm_does_not_ask_again() {
    let simulator = walk::simulator(250).await;
    simulator.script_at(2, simulator::Fault::Status(503));
    let pages = without_retries(&simulator).videos().pages();
    let mut videos = VideoStream::from_pages(pages);
    let (before, error) = until_error(&mut videos).await;
    assert_eq!((before.len(), error.status()), (100, Some(503)));
    let rest = simulator.client().videos().resume_from(error.cursor().unwrap().clone());
    assert_eq!(ids(&mut rest.stream()).await, simulator.ids()[100..]);
    // The pages ended with their error, and only their own `rearm` could change that.
    assert!(videos.rearm());
    assert!(videos.next().await.is_none());
}

#[test]
fn pages_can_be_compared_and_looped_over() {
    let (one, other) = (page(&["a", "b"]), page(&["a", "b"]));
    assert_eq!(one, other);
    assert_eq!(one.cursor(), other.cursor());
    assert_ne!(one, page(&["a"]));
    assert_ne!(one.cursor(), page(&["a"]).cursor());
    let by_reference: Vec<_> = (&one).into_iter().map(|video| &*video.video_id).collect();
    assert_eq!(by_reference, ["a", "b"]);
    let owned: Vec<_> = other.into_iter().collect();
    assert_eq!(owned, one.videos);
}

#[test]
fn an_error_of_the_simulator_has_the_status_and_the_retries_of_its_kind() {
    for (kind, status, retryable) in [
        (ErrorKind::InvalidRequest, None, false),
        (ErrorKind::Unauthorized, Some(401), false),
        (ErrorKind::RateLimited, Some(429), true),
        (ErrorKind::Server, Some(503), true),
        (ErrorKind::Api, Some(400), false),
        (ErrorKind::Network, None, true),
        (ErrorKind::Timeout, None, true),
        (ErrorKind::Tls, None, false),
        (ErrorKind::Redirect, Some(301), false),
        (ErrorKind::Decode, Some(200), false),
        (ErrorKind::TooLarge, Some(200), false),
        (ErrorKind::Pagination, None, false),
        (ErrorKind::Cursor, None, false),
    ] {
        let error = simulator::error(kind);
        assert_eq!((error.kind(), error.status(), error.is_retryable()), (kind, status, retryable));
        assert_eq!(error.attempts() > 1, retryable, "{kind}");
        assert!(error.cursor().is_none());
    }
    assert!(simulator::error(ErrorKind::RateLimited).retry_after().is_some());
}
