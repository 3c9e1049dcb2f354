//! Which videos are marked as deleted, and when.

use std::path::Path;

use heygen_videos::sync::{Sync, SyncMode};
use heygen_videos::{ApiVersion, Client, Malformed, RetryPolicy};

use crate::support::export::temp_path;
use crate::support::fault::{FaultServer, Reply};
use crate::support::sync::{daily, done, one, run, sync, texts, video};

#[track_caller]
fn deleted(path: &Path) -> Vec<String> {
    texts(path, "SELECT video_id FROM videos WHERE deleted_at IS NOT NULL ORDER BY video_id")
}

#[tokio::test]
async fn only_a_full_run_marks_deletions_and_a_video_that_comes_back_loses_the_mark() {
    let simulator = daily(20).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let gone = simulator.videos().remove(1);
    assert!(simulator.remove(&gone.video_id) && simulator.remove("v015"));
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.mode, summary.changes.deleted), (SyncMode::Incremental, 0));
    assert_eq!(deleted(&path), [""; 0]);

    let summary = done(sync(&simulator, &path).full(true)).await;
    assert_eq!((summary.changes.deleted, summary.videos), (2, 18));
    assert_eq!(deleted(&path), ["v001", "v015"]);
    assert_eq!(one::<i64>(&path, "SELECT count(*) FROM current_videos"), 18);
    assert_eq!(done(sync(&simulator, &path).full(true)).await.changes.deleted, 0);

    simulator.insert(gone);
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.changes.inserted, summary.videos), (1, 19));
    assert_eq!(deleted(&path), ["v015"]);
}

#[tokio::test]
async fn a_full_run_that_finds_nothing_marks_nothing_unless_that_is_allowed() {
    let simulator = daily(20).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    simulator.ids().iter().for_each(|id| assert!(simulator.remove(id)));
    let summary = done(sync(&simulator, &path).full(true)).await;
    assert_eq!((summary.videos, summary.changes.deleted), (20, 0));
    assert_eq!(summary.warnings[0].as_str(), "empty_listing");
    let warnings: String = one(&path, "SELECT warnings FROM runs ORDER BY run DESC LIMIT 1");
    assert!(warnings.contains("empty_listing"), "{warnings}");
    let summary = done(sync(&simulator, &path).full(true).allow_empty(true)).await;
    assert_eq!((summary.videos, summary.changes.deleted, summary.warnings.len()), (0, 20, 0));
    // The database is empty now, so an empty listing is accepted.
    let summary = done(sync(&simulator, &path).full(true)).await;
    assert_eq!((summary.videos, summary.warnings.len()), (0, 0));
}

#[tokio::test]
async fn the_known_videos_are_counted_in_the_table() {
    let simulator = daily(20).await;
    let (_folder, path) = temp_path("videos.db");
    done(sync(&simulator, &path)).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE sync_state SET videos = 0", []).unwrap();
    drop(other);
    simulator.ids().iter().for_each(|id| assert!(simulator.remove(id)));
    let summary = done(sync(&simulator, &path).full(true)).await;
    assert_eq!((summary.videos, summary.changes.deleted), (20, 0));
    assert_eq!(summary.warnings[0].as_str(), "empty_listing");
    assert_eq!(one::<i64>(&path, "SELECT videos FROM sync_state"), 20);
}

#[tokio::test]
async fn a_new_account_without_videos_is_a_complete_sync() {
    let simulator = daily(0).await;
    let (_folder, path) = temp_path("videos.db");
    let summary = done(sync(&simulator, &path)).await;
    assert_eq!((summary.videos, summary.warnings.len()), (0, 0));
    simulator.insert(video("first", 0, "completed"));
    assert_eq!(done(sync(&simulator, &path)).await.videos, 1);
}

#[tokio::test]
async fn a_full_run_that_left_an_entry_out_marks_nothing_and_says_so() {
    let page = |videos: &str| format!(r#"{{"code":100,"data":{{"videos":[{videos}]}}}}"#);
    let good = page(r#"{"video_id":"a","created_at":5},{"video_id":"b","created_at":4}"#);
    let bad = page(r#"{"video_id":"a","created_at":5},{"video_id":7}"#);
    let server =
        FaultServer::start(move |_, index| Reply::ok(if index == 1 { &*bad } else { &good }));
    let server = server.await;
    let client = Client::builder().api_key("k").base_url(server.base_url()).api(ApiVersion::V1);
    let client = client.build().unwrap();
    let (_folder, path) = temp_path("videos.db");
    let of = || {
        let query = client.videos().malformed(Malformed::Skip);
        Sync::new(query, &path).full(true)
    };
    done(of()).await;
    let summary = done(of()).await;
    assert_eq!((summary.skipped, summary.changes.deleted, summary.videos), (1, 0, 2));
    assert_eq!(summary.warnings[0].as_str(), "entries_skipped");
    assert_eq!(done(of()).await.warnings, []);
}

#[tokio::test]
async fn a_full_run_that_saw_fewer_videos_than_the_server_counts_marks_nothing() {
    let page = |videos: &str, total: u64| {
        format!(r#"{{"code":100,"data":{{"total":{total},"videos":[{videos}]}}}}"#)
    };
    let both = r#"{"video_id":"a","created_at":5},{"video_id":"b","created_at":4}"#;
    let one = r#"{"video_id":"a","created_at":5}"#;
    let pages = [page(both, 2), page(one, 2), page(one, 1)];
    let server = FaultServer::start(move |_, index| Reply::ok(&*pages[index.min(2)])).await;
    let client = Client::builder().api_key("k").base_url(server.base_url()).api(ApiVersion::V1);
    let client = client.build().unwrap();
    let (_folder, path) = temp_path("videos.db");
    done(Sync::new(client.videos(), &path)).await;
    let summary = done(Sync::new(client.videos(), &path).full(true)).await;
    assert_eq!((summary.changes.deleted, summary.videos), (0, 2));
    assert_eq!(summary.warnings[0].as_str(), "fewer_than_total");
    let summary = done(Sync::new(client.videos(), &path).full(true)).await;
    assert_eq!((summary.changes.deleted, summary.warnings.len()), (1, 0));
    assert_eq!(deleted(&path), ["b"]);
}

#[tokio::test]
async fn an_empty_last_page_that_lowers_the_total_marks_nothing() {
    let first = r#"{"code":100,"data":{"total":4,"token":"2","videos":[{"video_id":"a","created_at":5},
        {"video_id":"b","created_at":4}]}}"#;
    let rest = r#"{"code":100,"data":{"total":4,"videos":[{"video_id":"c","created_at":3},
        {"video_id":"d","created_at":2}]}}"#;
    for (total, is_resumed) in [(2, false), (2, true), (0, false), (0, true)] {
        let cut = format!(r#"{{"code":100,"data":{{"total":{total},"videos":[]}}}}"#);
        let server = FaultServer::start(move |request, index| {
            match (request.query("token"), index) {
                (None, _) => Reply::ok(first),
                (Some(_), 1) => Reply::ok(rest),
                (Some(_), 3) if is_resumed => Reply::new(400, r#"{"code":400140,"message":"x"}"#),
                // The first run gets the whole listing, and only the next one the cut listing.
                (Some(_), 3 | 4) => Reply::ok(&*cut),
                _ => Reply::ok(rest),
            }
        })
        .await;
        let client = Client::builder().api_key("k").base_url(server.base_url());
        let client = client.api(ApiVersion::V1).retry(RetryPolicy::none()).build().unwrap();
        let (_folder, path) = temp_path("videos.db");
        let full = || Sync::new(client.videos(), &path).full(true);
        done(full()).await;
        let mut ended = run(full()).await;
        if is_resumed {
            assert!(ended.is_err(), "the second page was refused");
            ended = run(full()).await;
        }
        match ended {
            Ok(summary) => assert_eq!(summary.changes.deleted, 0, "{total}, {is_resumed}"),
            Err(error) => assert_eq!((total, is_resumed), (0, false), "{error}"),
        }
        assert_eq!(deleted(&path), [""; 0], "{total}, {is_resumed}");
    }
}

#[tokio::test]
async fn videos_that_the_other_version_sent_are_not_marked_until_this_one_has_seen_them() {
    let simulator = daily(3).await;
    let (_folder, path) = temp_path("videos.db");
    let client = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let with_v3 = || Sync::new(client.videos(), &path).full(true);
    done(sync(&simulator, &path)).await;
    assert!(simulator.remove("v001"));
    for is_dry in [true, false] {
        let summary = done(with_v3().dry_run(is_dry)).await;
        assert_eq!((summary.changes.deleted, summary.videos), (0, 3));
        assert_eq!(summary.warnings[0].as_str(), "other_version");
        assert!(summary.warnings[0].to_string().starts_with("1 videos were not seen"));
    }
    // v3 has seen this one.
    assert!(simulator.remove("v002"));
    assert_eq!(done(with_v3()).await.changes.deleted, 1);
    assert_eq!(deleted(&path), ["v002"]);
    // The version that sent it decides.
    assert_eq!(done(sync(&simulator, &path).full(true)).await.changes.deleted, 1);
    assert_eq!(deleted(&path), ["v001", "v002"]);
}
