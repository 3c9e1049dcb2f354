//! What an INCREMENTAL run sends, and where its bookmark is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heygen_videos::export::Warning;
use heygen_videos::simulator::Simulator;
use heygen_videos::tap::TapState;
use heygen_videos::{Video, VideoStatus};
use serde_json::{Value, json};

use crate::support::tap::{self as support, Messages, Pipe, messages, tap};
use crate::support::walk::simulator;

const DAY: i64 = 24 * 60 * 60;

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// Inserts a video that was created at this time.
fn insert(simulator: &Simulator, id: &str, created_at: i64, status: &str) {
    let mut video = Video::new(id);
    video.created_at = Some(created_at);
    video.status = Some(VideoStatus::from(status));
    simulator.insert(video);
}

fn bookmark_at(seconds: i64) -> TapState {
    let state = json!({ "bookmarks": { "videos": { "created_at": seconds } } });
    TapState::from_json(&state.to_string()).unwrap()
}

async fn run(simulator: &Simulator, state: TapState) -> Messages {
    messages(simulator.client().videos(), |tap| tap.state(state)).await
}

/// The last bookmark, in Unix seconds.
#[track_caller]
fn bookmark(messages: &Messages) -> i64 {
    let bookmarks = messages.bookmarks();
    let value = bookmarks[bookmarks.len() - 1]["replication_key_value"].as_str().unwrap();
    value.parse::<jiff::Timestamp>().unwrap().as_second()
}

#[tokio::test]
async fn a_run_with_nothing_new_costs_one_request() {
    let simulator = simulator(1_000).await;
    let first = messages(simulator.client().videos(), |tap| tap).await;
    let before = simulator.requests();
    let second = messages(simulator.client().videos(), |tap| {
        tap.state(first.state()).look_back(Duration::ZERO)
    })
    .await;
    assert_eq!(simulator.requests() - before, 1);
    // The newest video itself is sent again: another one may have the same creation time.
    assert_eq!(second.ids(), simulator.ids()[..1]);
    assert_eq!(bookmark(&second), bookmark(&first));
}

#[tokio::test]
async fn a_run_goes_back_to_the_bookmark_less_the_look_back() {
    let simulator = simulator(0).await;
    let bookmark = now() - 10 * DAY;
    for (id, days) in [("new", 1), ("edge", 17), ("old", 18)] {
        insert(&simulator, id, now() - days * DAY + 60, "completed");
    }
    // Seven days before the bookmark is 17 days ago.
    assert_eq!(run(&simulator, bookmark_at(bookmark)).await.ids(), ["new", "edge"]);
    let ids = messages(simulator.client().videos(), |tap| {
        tap.state(bookmark_at(bookmark)).look_back(Duration::from_secs(9 * DAY as u64))
    })
    .await
    .ids();
    assert_eq!(ids, ["new", "edge", "old"]);
}

#[tokio::test]
async fn the_look_back_may_end_before_the_epoch() {
    let simulator = simulator(0).await;
    for (id, days) in [("new", 14_000), ("edge", 12_000)] {
        insert(&simulator, id, days * DAY, "completed");
    }
    assert_eq!(run(&simulator, bookmark_at(2 * DAY)).await.ids(), ["new", "edge"]);
}

#[tokio::test]
async fn the_start_date_counts_only_without_a_bookmark() {
    let simulator = simulator(0).await;
    for (id, days) in [("new", 1), ("middle", 20), ("old", 40)] {
        insert(&simulator, id, now() - days * DAY, "completed");
    }
    let start = UNIX_EPOCH + Duration::from_secs((now() - 30 * DAY) as u64);
    let first = messages(simulator.client().videos(), |tap| tap.start_date(start)).await;
    assert_eq!(first.ids(), ["new", "middle"]);
    let ids = messages(simulator.client().videos(), |tap| {
        tap.start_date(UNIX_EPOCH).state(first.state())
    })
    .await
    .ids();
    assert_eq!(ids, ["new"]);
}

#[tokio::test]
async fn a_video_that_is_still_being_processed_is_sent_until_it_is_done() {
    let simulator = simulator(0).await;
    insert(&simulator, "slow", now() - 20 * DAY, "processing");
    insert(&simulator, "forgotten", now() - 40 * DAY, "draft");
    insert(&simulator, "new", now() - DAY, "completed");
    let first = run(&simulator, TapState::default()).await;
    assert_eq!(first.ids(), ["new", "slow", "forgotten"]);
    // The bookmark is a day old, so the look-back alone would not reach it.
    let second = run(&simulator, first.state()).await;
    assert_eq!(second.ids(), ["new", "slow"]);
    insert(&simulator, "slow", now() - 20 * DAY, "completed");
    let third = run(&simulator, second.state()).await;
    assert_eq!(third.records()[1]["status"], "completed");
    assert_eq!(run(&simulator, third.state()).await.ids(), ["new"]);
}

#[tokio::test]
async fn the_bookmark_never_passes_the_beginning_of_the_run() {
    let simulator = simulator(0).await;
    insert(&simulator, "future", now() + 5 * DAY, "completed");
    let before = now();
    let first = run(&simulator, TapState::default()).await;
    assert_eq!(first.ids(), ["future"]);
    assert!((before..=now()).contains(&bookmark(&first)));
}

#[tokio::test]
async fn a_bookmark_in_the_future_or_in_milliseconds_counts_as_now() {
    let simulator = simulator(0).await;
    insert(&simulator, "new", now() - DAY, "completed");
    insert(&simulator, "old", now() - 10 * DAY, "completed");
    for later in [now() + 90 * DAY, now() * 1_000] {
        let (pipe, before) = (Pipe::default(), now());
        let tap = tap(simulator.client().videos(), &pipe).state(bookmark_at(later));
        let summary = support::run(tap).await.unwrap();
        assert!(matches!(summary.warnings[..], [Warning::BookmarkInFuture { .. }]), "{later}");
        let messages = pipe.messages();
        assert_eq!(messages.ids(), ["new"]);
        assert!((before..=now()).contains(&bookmark(&messages)));
        let again = run(&simulator, messages.state()).await;
        assert_eq!(again.ids(), ["new"]);
    }
}

#[tokio::test]
async fn the_bookmark_never_goes_back() {
    let simulator = simulator(0).await;
    insert(&simulator, "a", now() - 3 * DAY, "completed");
    insert(&simulator, "b", now() - DAY, "completed");
    let first = run(&simulator, TapState::default()).await;
    simulator.remove("b");
    let second = run(&simulator, first.state()).await;
    assert_eq!(second.ids(), ["a"]);
    assert_eq!(bookmark(&second), bookmark(&first));
}

#[tokio::test]
async fn the_bookmark_moves_only_when_the_run_is_complete() {
    let simulator = simulator(250).await;
    let messages = messages(simulator.client().videos(), |tap| tap.state(bookmark_at(DAY))).await;
    let bookmarks = messages.bookmarks();
    let (last, others) = bookmarks.split_last().unwrap();
    assert_eq!(others.len(), 3);
    for bookmark in others {
        assert_eq!(bookmark["replication_key_value"], "1970-01-02T00:00:00Z");
        assert!(bookmark["unfinished_cursor"].is_string());
    }
    assert_eq!(last["replication_key_value"], messages.records()[0]["created_at"]);
    assert_eq!(last["unfinished_cursor"], Value::Null);
}

#[tokio::test]
async fn videos_without_a_creation_time_are_always_sent() {
    let simulator = simulator(0).await;
    simulator.insert(Video::new("undated"));
    insert(&simulator, "new", now() - DAY, "completed");
    let first = run(&simulator, TapState::default()).await;
    assert_eq!(run(&simulator, first.state()).await.ids(), ["new", "undated"]);
}
