//! What an incremental run lists, and what it costs.

use std::time::Duration;

use heygen_videos::sync::{Sync, SyncMode};
use heygen_videos::{ApiVersion, Video};

use crate::support::export::temp_path;
use crate::support::sync::{DAY, daily, done, now, one, rows, sync, texts, video};
use crate::support::walk::simulator;

#[tokio::test]
async fn a_run_with_nothing_new_costs_one_request_however_many_videos_there_are() {
    let simulator = daily(500).await;
    let (_folder, path) = temp_path("videos.db");
    let of = || Sync::new(simulator.client().videos().read_ahead(1), &path);
    done(of()).await;
    let before = rows(&path);
    let asked = simulator.requests();
    let summary = done(of()).await;
    assert_eq!((summary.mode, summary.requests), (SyncMode::Incremental, 1));
    assert_eq!(simulator.requests() - asked, 1);
    assert_eq!((summary.changes.inserted, summary.changes.updated, summary.videos), (0, 0, 500));
    // Only what the sync remembers for itself differs.
    assert_eq!(rows(&path).len(), before.len());
}

#[tokio::test]
async fn the_look_back_finds_late_changes_and_no_more() {
    let simulator = daily(40).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    for days in [6, 8] {
        simulator.insert(video(&format!("v{days:03}"), days, "failed"));
    }
    done(sync(&simulator, &path)).await;
    let failed = "SELECT video_id FROM videos WHERE status = 'failed'";
    assert_eq!(texts(&path, failed), ["v006"]);
    done(sync(&simulator, &path).look_back(Duration::from_secs(9 * DAY as u64))).await;
    assert_eq!(texts(&path, failed), ["v006", "v008"]);
}

#[tokio::test]
async fn an_unsettled_video_is_looked_at_until_it_is_settled_or_too_old() {
    let simulator = daily(60).await;
    for days in [20, 50] {
        simulator.insert(video(&format!("v{days:03}"), days, "processing"));
    }
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let floor = |path: &std::path::Path| -> i64 {
        let floor: i64 = one(path, "SELECT floor FROM runs ORDER BY run DESC LIMIT 1");
        (now() - floor + DAY / 2) / DAY
    };
    done(sync(&simulator, &path)).await;
    assert_eq!(floor(&path), 20);
    simulator.insert(video("v020", 20, "completed"));
    done(sync(&simulator, &path)).await;
    assert_eq!(
        one::<String>(&path, "SELECT status FROM videos WHERE video_id = 'v020'"),
        "completed"
    );
    done(sync(&simulator, &path)).await;
    assert_eq!(floor(&path), 7);
    done(sync(&simulator, &path).unsettled_for(Duration::from_secs(90 * DAY as u64))).await;
    assert_eq!(floor(&path), 50);
}

#[tokio::test]
async fn a_video_that_is_created_during_a_run_is_found_by_the_next_one() {
    let simulator = daily(30).await;
    let (_folder, path) = temp_path("videos.db");
    let mut pages = 0;
    let run = sync(&simulator, &path).look_back(Duration::ZERO).run(|event| {
        pages += u64::from(event.as_str() == "page");
        if pages == 2 {
            simulator.insert(video("late", 0, "completed"));
        }
    });
    let summary = run.await.unwrap();
    assert_eq!(summary.videos, 30);
    let high_water: i64 = one(&path, "SELECT high_water FROM sync_state");
    assert!(high_water <= simulator.videos()[0].created_at.unwrap());
    assert_eq!(done(sync(&simulator, &path).look_back(Duration::ZERO)).await.videos, 31);
}

#[tokio::test]
async fn a_time_in_the_future_does_not_move_the_high_water_mark_past_the_run() {
    let simulator = daily(3).await;
    simulator.insert(video("future", -400, "completed"));
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    assert!(one::<i64>(&path, "SELECT high_water FROM sync_state") <= now());
    simulator.insert(video("new", 0, "completed"));
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.changes.inserted, summary.videos), (1, 5));
}

#[tokio::test]
async fn videos_without_a_date_are_found_by_full_runs() {
    let simulator = simulator(0).await;
    simulator.insert(Video::new("a"));
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    simulator.insert(Video::new("b"));
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.mode, summary.videos), (SyncMode::Full, 2), "there is no floor");
}

#[tokio::test]
async fn a_full_run_is_due_on_request_and_after_a_while() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    assert_eq!(done(sync(&simulator, &path)).await.mode, SyncMode::Incremental);
    assert_eq!(done(sync(&simulator, &path).full(true)).await.mode, SyncMode::Full);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE sync_state SET full_at = full_at - 31 * 86400", []).unwrap();
    drop(connection);
    assert_eq!(done(sync(&simulator, &path)).await.mode, SyncMode::Full);
    assert_eq!(done(sync(&simulator, &path)).await.mode, SyncMode::Incremental);
}

#[tokio::test]
async fn a_filtered_database_has_only_what_matches() {
    let simulator = simulator(200).await;
    let folder = simulator.folders()[0].clone();
    let (_folder, path) = temp_path("videos.db");
    let of = || Sync::new(simulator.client().videos().folder_id(&folder), &path);
    let summary = done(of()).await;
    let matching = simulator.videos();
    let matching = matching.iter().filter(|video| video.folder() == Some(&*folder));
    assert_eq!(summary.videos, matching.count() as u64);
    assert!(summary.videos > 5);
    assert_eq!(done(of().full(true)).await.changes.deleted, 0);
}

#[tokio::test]
async fn where_v1_is_gone_the_sync_continues_with_v3() {
    let simulator = daily(30).await;
    let (_folder, path) = temp_path("videos.db");
    assert_eq!(done(sync(&simulator, &path)).await.api, ApiVersion::V1);
    simulator.set_v1_gone(Some(410));
    simulator.insert(video("new", 0, "completed"));
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.api, summary.videos), (ApiVersion::V3, 31));
}

#[tokio::test]
async fn videos_without_usable_dates_are_a_warning_because_every_run_lists_everything() {
    let simulator = simulator(0).await;
    let dated = |id: &str, date: serde_json::Value| -> Video {
        serde_json::from_value(serde_json::json!({ "video_id": id, "created_at": date })).unwrap()
    };
    let (_folder, path) = temp_path("videos.db");
    assert_eq!(done(sync(&simulator, &path)).await.warnings, [], "without videos");
    simulator.insert(dated("a", "2026-11-24T08:00:00Z".into()));
    simulator.insert(dated("b", serde_json::Value::Null));
    for _ in 0..2 {
        let summary = done(sync(&simulator, &path)).await;
        assert_eq!(summary.mode, SyncMode::Full);
        let words: Vec<_> = summary.warnings.iter().map(|warning| warning.as_str()).collect();
        assert_eq!(words, ["no_dates"]);
    }
    simulator.insert(dated("c", (now() - DAY).into()));
    assert_eq!(done(sync(&simulator, &path)).await.warnings, []);
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.mode, summary.warnings.len()), (SyncMode::Incremental, 0));
}
