//! Runs that were cut short, and the sync that continues them.

use std::path::Path;
use std::time::Duration;

use heygen_videos::export::{Outcome, StopHandle};
use heygen_videos::simulator::{Fault, Simulator};
use heygen_videos::sync::{Sync, SyncErrorKind, SyncMode, SyncSummary};
use heygen_videos::{ApiVersion, RetryPolicy};

use crate::support::export::temp_path;
use crate::support::sync::{daily, done, one, run, sync, texts, video};
use crate::support::walk::eventually;

/// Stops a sync after this many pages of 10 videos.
async fn stopped(sync: Sync, after: u32) -> SyncSummary {
    let (handle, mut pages) = (StopHandle::new(), 0);
    let sync = sync.stop(handle.clone());
    let run = sync.run(|event| {
        pages += u32::from(event.as_str() == "page");
        if pages == after {
            handle.stop();
        }
    });
    let summary = run.await.unwrap();
    assert_eq!(summary.outcome, Outcome::Stopped);
    summary
}

/// Lets this many days pass in the database.
#[track_caller]
fn age(path: &Path, days: i64) {
    let seconds = days * 86_400;
    let sql = format!(
        "UPDATE runs SET begun_at = begun_at - {seconds};
         UPDATE sync_state SET full_at = full_at - {seconds}"
    );
    rusqlite::Connection::open(path).unwrap().execute_batch(&sql).unwrap();
}

/// Inserts this many videos at the top of the listing.
fn insert_newer(simulator: &Simulator, name: &str, videos: u32) {
    let newest = simulator.videos()[0].created_at;
    for number in 0..videos {
        let mut video = video(&format!("{name}-{number:02}"), 0, "completed");
        video.created_at = newest.map(|newest| newest + 1);
        simulator.insert(video);
    }
}

const RUNS: &str = "SELECT mode || ' ' || coalesce(outcome, 'unfinished') || ' ' || parts
                    FROM runs ORDER BY run";

#[tokio::test]
async fn a_stopped_first_run_continues_and_another_one_begins_at_the_newest_video() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    let summary = stopped(sync(&simulator, &path), 3).await;
    assert_eq!((summary.videos, summary.changes.inserted), (30, 30));
    assert_eq!(texts(&path, RUNS), ["full unfinished 1"]);
    simulator.insert(video("new", 0, "completed"));
    let asked = simulator.requests();
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.videos, summary.changes.inserted), (61, 31));
    assert!(summary.resumed_from.is_some());
    assert_eq!(texts(&path, RUNS), ["full complete 2", "incremental complete 1"]);
    // Three remaining pages, and two at the top, because the first has only one older video.
    assert_eq!(simulator.requests() - asked, 5);
    assert_eq!(one::<i64>(&path, "SELECT videos FROM runs WHERE run = 1"), 60);
}

#[tokio::test]
async fn an_incremental_run_that_is_resumed_after_days_loses_nothing() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    // 25 new videos, of which the stopped run gets ten.
    insert_newer(&simulator, "new", 25);
    let summary = stopped(sync(&simulator, &path), 1).await;
    assert_eq!((summary.mode, summary.changes.inserted), (SyncMode::Incremental, 10));
    let high_water: i64 = one(&path, "SELECT high_water FROM sync_state");
    age(&path, 5);
    insert_newer(&simulator, "newer", 15);
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!(summary.videos, 100);
    assert_eq!(
        texts(&path, RUNS),
        ["full complete 1", "incremental complete 2", "incremental complete 1"]
    );
    assert!(one::<i64>(&path, "SELECT high_water FROM sync_state") >= high_water);
}

#[tokio::test]
async fn a_full_run_that_was_cut_short_marks_only_what_neither_part_saw() {
    let simulator = daily(40).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    assert!(simulator.remove("v005") && simulator.remove("v035"));
    stopped(sync(&simulator, &path).full(true), 2).await;
    assert_eq!(one::<i64>(&path, "SELECT count(*) FROM current_videos"), 40);
    // The first part saw this one, the second part did not.
    assert!(simulator.remove("v010"));
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!(summary.changes.deleted, 2);
    let deleted = "SELECT video_id FROM videos WHERE deleted_at IS NOT NULL ORDER BY video_id";
    assert_eq!(texts(&path, deleted), ["v005", "v035"]);
    assert_eq!(done(sync(&simulator, &path).full(true)).await.changes.deleted, 1);
}

#[tokio::test]
async fn full_drops_an_unfinished_incremental_run_and_continues_a_full_one() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    insert_newer(&simulator, "new", 25);
    stopped(sync(&simulator, &path), 1).await;
    stopped(sync(&simulator, &path).full(true), 2).await;
    assert_eq!(
        texts(&path, RUNS),
        ["full complete 1", "incremental abandoned 1", "full unfinished 1"]
    );
    let asked = simulator.requests();
    done(sync(&simulator, &path).full(true)).await;
    assert_eq!(
        texts(&path, RUNS)[2..],
        ["full complete 2".to_owned(), "incremental complete 1".to_owned()]
    );
    assert_eq!(simulator.requests() - asked, 7 + 4);
}

#[tokio::test]
async fn a_saved_position_that_the_server_refuses_begins_a_new_run_with_a_warning() {
    for status in [400, 404, 410] {
        let simulator = daily(60).await;
        let (_folder, path) = temp_path("videos.db");
        stopped(sync(&simulator, &path), 2).await;
        let asked = simulator.requests();
        simulator.script(Fault::Status(status));
        let summary = done(sync(&simulator, &path)).await;
        assert_eq!((summary.videos, summary.mode), (60, SyncMode::Full), "{status}");
        assert_eq!(summary.requests, simulator.requests() - asked, "{status}");
        assert_eq!(summary.warnings[0].as_str(), "position_refused");
        assert_eq!(texts(&path, RUNS), ["full abandoned 1", "full complete 1"]);
    }
}

#[tokio::test]
async fn an_error_that_is_not_about_the_position_leaves_the_run_unfinished() {
    // Too many requests, and a refused key.
    for code in [400_140, 400_112] {
        let simulator = daily(60).await;
        let (_folder, path) = temp_path("videos.db");
        stopped(sync(&simulator, &path), 2).await;
        let client = simulator.client_builder().retry(RetryPolicy::none()).build().unwrap();
        simulator.script(Fault::Code { code, message: String::new() });
        let error = run(sync_of(&client, &path)).await.unwrap_err();
        assert_eq!(error.api().unwrap().code(), Some(&*code.to_string()));
        assert!(error.is_resumable());
        assert_eq!(texts(&path, RUNS), ["full unfinished 1"]);
    }
}

#[tokio::test]
async fn a_position_of_the_other_version_begins_a_new_run() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    stopped(sync(&simulator, &path), 2).await;
    let client = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let summary = done(Sync::new(client.videos(), &path)).await;
    assert_eq!((summary.videos, summary.api), (60, ApiVersion::V3));
    assert_eq!(summary.warnings[0].as_str(), "position_refused");
}

#[tokio::test]
async fn after_a_failed_listing_the_error_says_whether_the_next_sync_continues() {
    let simulator = daily(60).await;
    let client = simulator.client_builder().retry(RetryPolicy::none()).build().unwrap();
    let (_folder, path) = temp_path("videos.db");
    let of = || sync_of(&client, &path);
    simulator.script(Fault::Status(500));
    let error = run(of()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_resumable()), (SyncErrorKind::Api, false));
    assert!(!path.exists(), "nothing was saved, so there is no database");
    simulator.script_at(simulator.requests() + 3, Fault::Status(500));
    let error = run(of()).await.unwrap_err();
    assert!(error.is_resumable() && error.api().is_some());
    assert_eq!(one::<i64>(&path, "SELECT count(*) FROM videos"), 20);
    assert_eq!(done(of()).await.videos, 60);
    // A complete database does not make a later failure resumable.
    simulator.script(Fault::Status(500));
    assert!(!run(of()).await.unwrap_err().is_resumable());
}

fn sync_of(client: &heygen_videos::Client, path: &Path) -> Sync {
    let query = client.videos().page_size(10);
    Sync::new(query, path).checkpoint_every(Duration::from_secs(60), 1)
}

#[tokio::test]
async fn a_sync_that_is_stopped_during_a_request_counts_it() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    simulator.script_at(3, Fault::Latency(Duration::from_secs(3600)));
    let stop = StopHandle::new();
    let stopped_later = async {
        eventually(|| simulator.requests() == 3).await;
        stop.stop();
    };
    let syncing = done(sync(&simulator, &path).stop(stop.clone()));
    let (summary, ()) = tokio::join!(syncing, stopped_later);
    assert_eq!((summary.outcome, summary.pages, summary.requests), (Outcome::Stopped, 2, 3));
}

#[tokio::test]
async fn a_dropped_sync_can_continue_at_once() {
    let simulator: Simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    let (dropped, mut is_dropped) = tokio::sync::oneshot::channel();
    let mut dropped = Some(dropped);
    let mut pages = 0;
    let run = sync(&simulator, &path).run(|event| {
        pages += u32::from(event.as_str() == "page");
        if pages == 3 {
            dropped.take().map(|dropped| dropped.send(()));
        }
    });
    tokio::select! {
        biased;
        _ = &mut is_dropped => {}
        _ = run => panic!("the sync ended"),
    }
    assert!(one::<i64>(&path, "SELECT count(*) FROM videos") > 0);
    assert_eq!(done(sync(&simulator, &path)).await.videos, 60);
}

#[tokio::test]
async fn a_dry_run_continues_an_unfinished_run_and_changes_nothing() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    stopped(sync(&simulator, &path), 3).await;
    let before = std::fs::read(&path).unwrap();
    let dry = done(sync(&simulator, &path).dry_run(true)).await;
    assert_eq!((dry.changes.inserted, dry.videos, dry.dry_run), (30, 30, true));
    assert!(std::fs::read(&path).unwrap() == before);
    assert_eq!(texts(&path, RUNS), ["full unfinished 1"]);
    let (_other, missing) = temp_path("missing.db");
    assert_eq!(done(sync(&simulator, &missing).dry_run(true)).await.changes.inserted, 60);
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_dry_run_plans_its_second_run_from_what_the_first_one_saw() {
    let simulator = daily(60).await;
    let (_folder, path) = temp_path("videos.db");
    let set_status = |status| {
        simulator.remove("v025");
        simulator.insert(video("v025", 25, status));
    };
    set_status("processing");
    done(sync(&simulator, &path)).await;
    // This run goes down to the video that is not settled, and is cut short before it.
    stopped(sync(&simulator, &path), 1).await;
    set_status("completed");
    let asked = simulator.requests();
    let dry = done(sync(&simulator, &path).dry_run(true)).await;
    let asked_again = simulator.requests();
    let real = done(sync(&simulator, &path)).await;
    // Two remaining pages, and one for the look-back of a week.
    assert_eq!((asked_again - asked, simulator.requests() - asked_again), (3, 3));
    assert_eq!((dry.changes, dry.changes.updated), (real.changes, 1));
}
