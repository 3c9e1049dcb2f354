//! What a sync writes for each video.

use heygen_videos::sync::SyncMode;
use heygen_videos::{ApiVersion, Client, Video};
use serde_json::{Value, json};

use crate::support::export::temp_path;
use crate::support::sync::{DAY, daily, done, now, one, reader, rows, sync, texts, video};
use crate::support::walk::simulator;

/// The values of a video that v1 sends, as the table should have them.
fn wanted(video: &Video) -> Value {
    json!([
        video.video_id,
        video.video_title,
        video.status.as_ref().map(|status| status.as_str()),
        video.video_type.as_ref().map(|word| word.as_str()),
        video.folder(),
        video.created_at,
    ])
}

#[tokio::test]
async fn after_a_sync_every_row_equals_what_the_server_sent() {
    let simulator = simulator(300).await;
    let (_folder, path) = temp_path("videos.db");
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!(
        (summary.mode, summary.videos, summary.changes.inserted),
        (SyncMode::Full, 300, 300)
    );
    let sql = "SELECT json_array(video_id, video_title, status, type, folder_id, created_at)
               FROM current_videos ORDER BY created_at DESC, video_id DESC";
    let found: Vec<Value> =
        texts(&path, sql).iter().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(found, simulator.videos().iter().map(wanted).collect::<Vec<_>>());
    assert_eq!(one::<i64>(&path, "SELECT count(DISTINCT video_id) FROM videos"), 300);
}

#[tokio::test]
async fn both_versions_of_the_api_give_the_same_columns_and_continue_each_other() {
    let simulator = simulator(60).await;
    let client = |api| -> Client { simulator.client_builder().api(api).build().unwrap() };
    let of = |api, path: &std::path::Path| {
        heygen_videos::sync::Sync::new(client(api).videos(), path).full(true)
    };
    let (_folder, v1) = temp_path("v1.db");
    let (_other, both) = temp_path("both.db");
    done(of(ApiVersion::V1, &v1)).await;
    done(of(ApiVersion::V3, &both)).await;
    let without_type = "SELECT json_array(video_id, video_title, status, folder_id, created_at)
                        FROM videos ORDER BY video_id";
    assert_eq!(texts(&v1, without_type), texts(&both, without_type));
    assert_eq!(one::<i64>(&both, "SELECT count(*) FROM videos WHERE type IS NOT NULL"), 0);

    // v3 sent more fields, and v1 sends the type.
    let extra = "SELECT extra FROM videos ORDER BY video_id";
    let of_v3 = texts(&both, extra);
    let summary = done(of(ApiVersion::V1, &both)).await;
    assert_eq!((summary.changes.updated, summary.changes.inserted), (60, 0));
    let all = "SELECT json_array(video_id, video_title, status, type, folder_id, created_at)
               FROM videos ORDER BY video_id";
    assert_eq!(texts(&v1, all), texts(&both, all));
    assert_eq!(texts(&both, extra), of_v3, "v1 does not send these fields, so they stay");
    assert!(of_v3.iter().any(|extra| extra.contains("\"duration\":")), "{of_v3:?}");

    let before = rows(&both);
    let summary = done(of(ApiVersion::V3, &both)).await;
    assert_eq!((summary.changes.updated, summary.changes.unchanged), (0, 60));
    let types = "SELECT count(*) FROM videos WHERE type IS NULL";
    assert_eq!((rows(&both).len(), one::<i64>(&both, types)), (before.len(), 0));
}

#[tokio::test]
async fn a_signed_url_is_left_out_and_counted_and_is_not_a_change() {
    let simulator = simulator(30).await;
    let client = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let (_folder, path) = temp_path("videos.db");
    let of = || heygen_videos::sync::Sync::new(client.videos(), &path).full(true);
    let first = done(of()).await;
    assert!(first.dropped_urls > 10, "{first:?}");
    assert_eq!(one::<i64>(&path, "SELECT count(*) FROM videos WHERE extra LIKE '%Signature%'"), 0);
    let second = done(of()).await;
    assert_eq!((second.changes.updated, second.changes.unchanged), (0, 30));
    assert_eq!(second.dropped_urls, first.dropped_urls);
}

#[tokio::test]
async fn updated_at_moves_only_when_a_value_changed() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE videos SET first_seen_at = 7, updated_at = 7", []).unwrap();
    drop(connection);
    let mut changed = video("v001", 1, "completed");
    changed.video_title = Some("new".into());
    simulator.insert(changed);
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.changes.updated, summary.changes.unchanged), (1, 2));
    let updated = texts(&path, "SELECT video_id FROM videos WHERE updated_at <> 7");
    assert_eq!(updated, ["v001"]);
    assert_eq!(one::<i64>(&path, "SELECT count(*) FROM videos WHERE first_seen_at = 7"), 3);
    assert_eq!(one::<i64>(&path, "SELECT min(last_seen_run) FROM videos"), 2);
}

#[tokio::test]
async fn extra_keeps_every_digit_and_values_of_another_type() {
    let simulator = simulator(0).await;
    let text = r#"{"video_id":"a","created_at":"soon","n":123456789012345678901234567890,
                   "title_parts":["a",{"b":1.50}]}"#;
    simulator.insert(serde_json::from_str(text).unwrap());
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let extra: String = one(&path, "SELECT extra FROM videos");
    assert!(extra.contains("\"n\":123456789012345678901234567890"), "{extra}");
    assert!(extra.contains("\"created_at\":\"soon\""), "{extra}");
    assert_eq!(one::<Option<i64>>(&path, "SELECT created_at FROM videos"), None);
    assert_eq!(one::<f64>(&path, "SELECT extra ->> '$.title_parts[1].b' FROM videos"), 1.5);
}

#[tokio::test]
async fn the_runs_are_listed_with_their_counts() {
    let simulator = daily(30).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    simulator.insert(video("new", 0, "completed"));
    done(sync(&simulator, &path)).await;
    let sql = "SELECT json_array(run, mode, outcome, parts, videos, inserted, updated, unchanged,
                   deleted, pages, requests, api, warnings) FROM runs ORDER BY run";
    assert_eq!(
        texts(&path, sql),
        [
            r#"[1,"full","complete",1,30,30,0,0,0,3,3,"v1","[]"]"#,
            r#"[2,"incremental","complete",1,9,1,0,8,0,2,2,"v1","[]"]"#,
        ]
    );
    let (begun, finished): (i64, i64) = reader(&path)
        .query_row("SELECT begun_at, finished_at FROM runs WHERE run = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!(begun <= finished && now() - begun < DAY);
}
