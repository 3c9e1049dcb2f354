//! More videos than the format holds.
#![cfg(feature = "xlsx")]

use heygen_videos::Client;
use heygen_videos::export::{Existing, ExportErrorKind, Format};
use serde_json::json;

use crate::support::export::{export, file_names, read, run, temp_path};
use crate::support::fault::{FaultServer, Reply};
use crate::support::walk::simulator;

const ROWS: u64 = 1_048_575;

#[tokio::test]
async fn a_workbook_of_more_videos_than_it_has_rows_is_refused_at_the_first_page() {
    let simulator = simulator(ROWS + 1).await;
    let (_folder, path) = temp_path("videos.xlsx");
    for query in [simulator.client().videos(), simulator.client().videos().max_items(ROWS + 1)] {
        let before = simulator.requests();
        let error = run(export(query, &path)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::DoesNotFit);
        assert!(error.to_string().contains("more than the 1048575 videos"), "{error}");
        let others =
            if cfg!(feature = "parquet") { ".jsonl, .csv or .parquet" } else { ".jsonl or .csv" };
        assert!(error.hint().unwrap().contains(others), "{error:?}");
        assert!(!error.is_resumable());
        assert_eq!(simulator.requests() - before, 1);
        assert_eq!(file_names(&path), [""; 0]);
    }
    // With a cap, a filter or a time, few enough videos may remain.
    let capped = export(simulator.client().videos().max_items(250), &path);
    assert_eq!(run(capped).await.unwrap().videos, 250);
    let (_folder, path) = temp_path("videos.xlsx");
    let since = std::time::SystemTime::now();
    let recent = export(simulator.client().videos().created_since(since), &path);
    assert_eq!(run(recent).await.unwrap().videos, 0);
}

/// A server with three pages of one video. It reports a total beyond a workbook from page 2 on.
async fn growing_account() -> FaultServer {
    FaultServer::start(|request, _| {
        let page: u64 = request.query("token").map_or(0, |token| token.parse().unwrap());
        let total = if page == 0 { 3 } else { 2 * ROWS };
        let token = (page < 2).then(|| (page + 1).to_string());
        let videos = json!([{ "video_id": format!("v{page}") }]);
        let data = json!({ "videos": videos, "token": token, "total": total });
        Reply::ok(json!({ "code": 100, "data": data }).to_string())
    })
    .await
}

#[tokio::test]
async fn a_workbook_that_grows_too_large_can_be_resumed_in_another_format() {
    let server = growing_account().await;
    let client = Client::builder().api_key("k").base_url(server.base_url()).build().unwrap();
    let (_folder, path) = temp_path("videos.xlsx");
    let again = |existing| export(client.videos(), &path).existing(existing);
    let error = run(again(Existing::Refuse)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::DoesNotFit, "{error}");
    assert!(error.is_resumable());
    assert_eq!(server.requests().len(), 2);

    let summary = run(again(Existing::Resume).format(Format::Csv)).await.unwrap();
    assert_eq!(
        (summary.videos, server.requests().len()),
        (3, 3),
        "only the last page was asked for"
    );
    let ids: String = String::from_utf8(read(&path)).unwrap();
    assert_eq!(ids.lines().filter(|line| line.starts_with('v')).count(), 4, "{ids}");
    assert_eq!(file_names(&path), ["videos.xlsx"]);
}
