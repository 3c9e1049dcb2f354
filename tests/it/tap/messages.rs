//! What a tap writes.

use heygen_videos::export::{ExportErrorKind, Outcome};
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, Malformed, Video};
use serde_json::{Value, json};

use crate::support::fault::{FaultServer, Reply};
use crate::support::tap::{Pipe, messages, run, tap};
use crate::support::walk::simulator;

#[tokio::test]
async fn every_video_is_a_record_between_the_schema_and_the_last_state() {
    let simulator = simulator(250).await;
    let pipe = Pipe::default();
    let summary = run(tap(simulator.client().videos(), &pipe)).await.unwrap();
    assert_eq!((summary.outcome, summary.videos, summary.requests), (Outcome::Complete, 250, 3));
    let messages = pipe.messages();
    assert_eq!(messages.ids(), simulator.ids());
    assert_eq!(messages.0[0]["type"], "SCHEMA");
    assert_eq!(messages.0[messages.0.len() - 1]["type"], "STATE");
    // A state after each page, and one for the end.
    assert_eq!(messages.of_type("STATE").len(), 4);
    assert!(pipe.flushes_every_state());
}

#[tokio::test]
async fn a_batch_is_fifty_pages() {
    let simulator = simulator(120).await;
    let pipe = Pipe::default();
    let query = simulator.client().videos().page_size(1);
    let tap = heygen_videos::tap::Tap::new(query, pipe.clone());
    // An hour is never over in a test, so only the pages count.
    let summary = run(tap.state_every(std::time::Duration::from_secs(3600), 50)).await.unwrap();
    assert_eq!(summary.pages, 120);
    let messages = pipe.messages();
    let at = |(index, message): (usize, &Value)| (message["type"] == "STATE").then_some(index);
    let states: Vec<_> = messages.0.iter().enumerate().filter_map(at).collect();
    // The schema, and then 50 records before each state.
    assert_eq!(states, [51, 102, 123]);
}

#[tokio::test]
async fn an_empty_account_has_a_schema_and_a_state_without_a_bookmark() {
    let simulator = simulator(0).await;
    let messages = messages(simulator.client().videos(), |tap| tap).await;
    assert_eq!(messages.records().len(), 0);
    let bookmarks = messages.bookmarks();
    assert_eq!(bookmarks[bookmarks.len() - 1]["replication_key_value"], Value::Null);
}

#[tokio::test]
async fn both_versions_of_the_api_give_the_same_records() {
    let simulator = simulator(250).await;
    let mut records = Vec::new();
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let client = simulator.client_builder().api(api).build().unwrap();
        records.push(messages(client.videos(), |tap| tap).await);
    }
    let (v1, v3) = (records[0].records(), records[1].records());
    assert_eq!(v1.len(), 250);
    for (v1, v3) in v1.into_iter().zip(v3) {
        for name in ["video_id", "video_title", "status", "folder_id", "created_at"] {
            assert_eq!(v1[name], v3[name], "{name}");
        }
        // Only v1 sends the type.
        assert!(v1["type"].is_string() && v3["type"].is_null());
    }
}

#[tokio::test]
async fn presigned_urls_are_left_out_and_counted() {
    let simulator = simulator(250).await;
    let client = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let pipe = Pipe::default();
    let summary = run(tap(client.videos(), &pipe)).await.unwrap();
    let messages = pipe.messages();
    let completed = messages.records().iter().filter(|r| r["status"] == "completed").count();
    assert!(completed > 0 && summary.dropped_urls == completed as u64);
    let text = format!("{:?}", messages.0);
    assert!(!text.contains("Signature") && text.contains("app.example/videos/"));
}

#[tokio::test]
async fn a_field_of_a_later_api_is_sent_and_described() {
    let simulator = simulator(3).await;
    let video = json!({
        "video_id": "new", "created_at": 1_795_000_000, "avatar": { "id": 7 }, "views": 12,
        "video_title": 5, "status": null,
    });
    simulator.insert(serde_json::from_value::<Video>(video).unwrap());
    let messages = messages(simulator.client().videos(), |tap| tap).await;
    // `Messages` has checked that each record is valid against the schema before it.
    let record = messages.records()[0];
    assert_eq!(record["avatar"], json!({ "id": 7 }));
    assert_eq!((&record["views"], &record["video_title"]), (&json!(12), &json!("5")));
    assert_eq!(messages.of_type("SCHEMA").len(), 2);
}

#[tokio::test]
async fn an_entry_that_is_not_a_video_is_an_error_unless_it_is_skipped() {
    let body = r#"{"code":100,"data":{"videos":[{"video_id":"a"},{"title":"x"}],"token":null}}"#;
    let server = FaultServer::start(move |_, _| Reply::ok(body)).await;
    let client = heygen_videos::Client::builder()
        .base_url(server.base_url())
        .api_key("key")
        .api(ApiVersion::V1)
        .build()
        .unwrap();
    let pipe = Pipe::default();
    let error = run(tap(client.videos(), &pipe)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Api);
    assert_eq!(pipe.messages().records().len(), 0);
    let pipe = Pipe::default();
    let query = client.videos().malformed(Malformed::Skip);
    let summary = run(tap(query, &pipe)).await.unwrap();
    assert_eq!((summary.videos, summary.skipped), (1, 1));
    assert_eq!(pipe.messages().ids(), ["a"]);
}

#[tokio::test]
async fn a_query_that_lists_only_a_part_is_refused() {
    let simulator = simulator(3).await;
    let query = simulator.client().videos();
    let cursor = query.clone().stream().cursor();
    for (cut, query) in [
        ("max_items", query.clone().max_items(2)),
        ("created_since", query.clone().created_since(std::time::UNIX_EPOCH)),
        ("resume_from", query.clone().resume_from(cursor)),
        ("start_token", query.start_token("x")),
    ] {
        let pipe = Pipe::default();
        let error = run(tap(query, &pipe)).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(error.to_string().contains(cut), "{error}");
        assert_eq!(pipe.messages().0.len(), 0);
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn the_key_is_in_no_message() {
    let simulator = Simulator::builder().videos(250).api_key("canary-key").start().await.unwrap();
    let messages = messages(simulator.client().videos().page_size(20), |tap| tap).await;
    assert!(!format!("{:?}", messages.0).contains("canary"));
}
