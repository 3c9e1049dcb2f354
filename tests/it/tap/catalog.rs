//! What a catalog selects.

use std::collections::BTreeSet;

use heygen_videos::export::{Event, ExportErrorKind, Warning};
use heygen_videos::tap::Catalog;
use heygen_videos::{ApiVersion, Malformed, Video};
use serde_json::{Value, json};

use crate::support::fault::{FaultServer, Reply};
use crate::support::tap::{Messages, Pipe, messages, run, tap};
use crate::support::walk::simulator;

fn discovered() -> Value {
    serde_json::from_str(&Catalog::discover()).unwrap()
}

#[track_caller]
fn read(catalog: &Value) -> Catalog {
    Catalog::from_json(&catalog.to_string()).unwrap()
}

/// The discovered catalog with these entries in the metadata of a node.
fn with(node: &[&str], metadata: &Value) -> Value {
    let mut catalog = discovered();
    let nodes = catalog["streams"][0]["metadata"].as_array_mut().unwrap();
    let found = nodes.iter_mut().find(|entry| entry["breadcrumb"] == json!(node)).unwrap();
    let entry = found["metadata"].as_object_mut().unwrap();
    entry.extend(metadata.as_object().unwrap().clone());
    catalog
}

async fn sent(catalog: &Value) -> Messages {
    let simulator = simulator(3).await;
    messages(simulator.client().videos(), |tap| tap.catalog(read(catalog))).await
}

fn names(messages: &Messages) -> BTreeSet<String> {
    messages.records()[0].as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn the_discovered_catalog_selects_everything_with_the_schema_that_is_sent() {
    let catalog = discovered();
    let stream = &catalog["streams"][0];
    assert_eq!((&stream["tap_stream_id"], &stream["stream"]), (&json!("videos"), &json!("videos")));
    let properties = stream["schema"]["properties"].as_object().unwrap();
    let metadata = stream["metadata"].as_array().unwrap();
    assert_eq!(metadata.len(), properties.len() + 1);
    let messages = sent(&catalog).await;
    assert_eq!(messages.of_type("SCHEMA")[0]["schema"], stream["schema"]);
    assert_eq!(names(&messages).len(), 6);
}

#[tokio::test]
async fn deselected_fields_are_neither_sent_nor_described() {
    for deselected in [
        json!({ "selected": false }),
        json!({ "selected-by-default": false }),
        json!({ "inclusion": "unsupported", "selected": true }),
    ] {
        let messages = sent(&with(&["properties", "status"], &deselected)).await;
        assert!(!names(&messages).contains("status"), "{deselected}");
        let schema = &messages.of_type("SCHEMA")[0]["schema"];
        assert_eq!(schema["properties"]["status"], Value::Null);
        assert_eq!(schema["properties"]["type"]["type"], json!(["string", "null"]));
    }
    let chosen = json!({ "selected": true, "selected-by-default": false });
    assert!(names(&sent(&with(&["properties", "status"], &chosen)).await).contains("status"));
}

#[tokio::test]
async fn the_keys_are_sent_even_if_they_are_deselected() {
    for name in ["video_id", "created_at"] {
        let messages = sent(&with(&["properties", name], &json!({ "selected": false }))).await;
        assert!(names(&messages).contains(name));
    }
}

#[tokio::test]
async fn a_stream_that_is_not_selected_sends_nothing_and_warns() {
    let mut legacy = discovered();
    legacy["streams"][0]["metadata"] = json!([]);
    legacy["streams"][0]["selected"] = json!(false);
    let mut unsaid = discovered();
    unsaid["streams"][0]["metadata"] = json!([{ "breadcrumb": [], "metadata": {} }]);
    for catalog in [
        with(&[], &json!({ "selected": false })),
        with(&[], &json!({ "selected-by-default": false })),
        legacy,
        unsaid,
        json!({ "streams": [] }),
    ] {
        let simulator = simulator(3).await;
        let pipe = Pipe::default();
        let tap = tap(simulator.client().videos(), &pipe).catalog(read(&catalog));
        let summary = run(tap).await.unwrap();
        assert_eq!(summary.warnings, [Warning::NothingSelected], "{catalog}");
        let messages = pipe.messages();
        assert_eq!((messages.0.len(), messages.of_type("STATE").len()), (1, 1));
        assert_eq!(simulator.requests(), 0);
    }
}

#[tokio::test]
async fn the_older_form_of_a_catalog_selects_too() {
    let mut catalog = discovered();
    let stream = &mut catalog["streams"][0];
    stream["metadata"] = Value::Null;
    stream["selected"] = json!(true);
    stream["schema"]["properties"]["status"]["selected"] = json!(false);
    let names = names(&sent(&catalog).await);
    assert!(names.contains("type") && !names.contains("status"));
    // Nothing can have been deselected.
    let bare = json!({ "streams": [{ "tap_stream_id": "videos" }] });
    assert_eq!(sent(&bare).await.records().len(), 3);
}

#[tokio::test]
async fn a_renamed_stream_has_its_new_name_in_every_message() {
    let mut catalog = discovered();
    catalog["streams"][0]["stream"] = json!("heygen-videos");
    let messages = sent(&catalog).await;
    for word in ["SCHEMA", "RECORD"] {
        assert!(messages.of_type(word).iter().all(|message| message["stream"] == "heygen-videos"));
    }
}

#[tokio::test]
async fn a_field_that_only_the_catalog_names_is_described_from_the_start() {
    let mut catalog = discovered();
    catalog["streams"][0]["schema"]["properties"]["views"] = json!({ "type": ["null", "integer"] });
    let simulator = simulator(3).await;
    let video = json!({ "video_id": "new", "created_at": 1_795_000_000, "views": "many" });
    simulator.insert(serde_json::from_value::<Video>(video).unwrap());
    let pipe = Pipe::default();
    let tap = tap(simulator.client().videos(), &pipe).catalog(read(&catalog));
    let summary = run(tap).await.unwrap();
    let messages = pipe.messages();
    assert_eq!(messages.of_type("SCHEMA").len(), 1);
    let views = &messages.of_type("SCHEMA")[0]["schema"]["properties"]["views"];
    assert_eq!(views["type"], json!(["integer", "null"]));
    assert_eq!(messages.records()[0]["views"], Value::Null);
    assert!(matches!(&summary.warnings[..],
        [Warning::ValuesNotKept { field, .. }] if field == "views"));
}

#[tokio::test]
async fn what_this_tap_does_not_have_is_refused() {
    let mut users = discovered();
    let mut stream = users["streams"][0].clone();
    stream["tap_stream_id"] = json!("users");
    users["streams"].as_array_mut().unwrap().push(stream);
    for (catalog, why) in [
        (users.clone(), "the catalog selects the stream 'users'"),
        (with(&[], &json!({ "replication-method": "LOG_BASED" })), "'LOG_BASED' is not supported"),
        (with(&[], &json!({ "replication-key": "video_id" })), "must be created_at"),
        (with(&[], &json!({ "selected": "yes" })), "'selected' in the catalog must be true"),
        (json!({ "bookmarks": {} }), "no list 'streams'"),
        (json!({ "streams": [5] }), "is not an object"),
        (json!({ "streams": [{ "tap_stream_id": "videos", "metadata": {} }] }), "'metadata'"),
        (json!([]), "not an object"),
    ] {
        let error = Catalog::from_json(&catalog.to_string()).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(error.to_string().contains(why), "{error}");
    }
    // A stream of another tap may be there if it is not selected.
    users["streams"][1]["metadata"][0]["metadata"]["selected"] = json!(false);
    assert_eq!(sent(&users).await.records().len(), 3);
}

fn full_table() -> Value {
    with(&[], &json!({ "replication-method": "FULL_TABLE" }))
}

#[tokio::test]
async fn full_table_sends_everything_each_time() {
    let simulator = simulator(250).await;
    let first = messages(simulator.client().videos(), |tap| tap).await;
    let second = messages(simulator.client().videos(), |tap| {
        let tap = tap.catalog(read(&full_table())).look_back(std::time::Duration::ZERO);
        // The start date is for INCREMENTAL.
        tap.start_date(std::time::SystemTime::now()).state(first.state())
    })
    .await;
    assert_eq!(second.ids(), simulator.ids());
    assert_eq!(second.of_type("SCHEMA")[0]["bookmark_properties"], Value::Null);
    assert!(second.0.iter().all(|message| message["version"].is_null()));
    assert_eq!(second.of_type("ACTIVATE_VERSION").len(), 0);
}

#[tokio::test]
async fn each_full_table_run_activates_its_own_version_after_its_records() {
    let simulator = simulator(250).await;
    let mut last = 0;
    for _ in 0..2 {
        let messages = messages(simulator.client().videos(), |tap| {
            tap.catalog(read(&full_table())).activate_version(true)
        })
        .await;
        let version = messages.of_type("ACTIVATE_VERSION")[0]["version"].as_i64().unwrap();
        assert!(messages.of_type("RECORD").iter().all(|record| record["version"] == version));
        let end = messages.0.len();
        assert_eq!(messages.0[end - 2]["type"], "ACTIVATE_VERSION");
        assert_eq!(messages.0[end - 1]["type"], "STATE");
        assert!(version > last, "{version} after {last}");
        last = version;
    }
}

#[tokio::test]
async fn an_incremental_run_never_activates_a_version() {
    let simulator = simulator(250).await;
    let messages = messages(simulator.client().videos(), |tap| tap.activate_version(true)).await;
    assert!(messages.0.iter().all(|message| message["version"].is_null()));
}

#[tokio::test]
async fn a_listing_shorter_than_the_total_activates_no_version() {
    for (total, is_filtered, activated) in [(2, false, 0), (2, true, 1), (1, false, 1)] {
        let body = format!(
            r#"{{"code":100,"data":{{"videos":[{{"video_id":"a"}}],"token":null,"total":{total}}}}}"#
        );
        let server = FaultServer::start(move |_, _| Reply::ok(body.clone())).await;
        let client = heygen_videos::Client::builder().base_url(server.base_url()).api_key("key");
        let client = client.api(ApiVersion::V1).build().unwrap();
        let query = if is_filtered { client.videos().title("a") } else { client.videos() };
        let pipe = Pipe::default();
        let tap = tap(query, &pipe).catalog(read(&full_table())).activate_version(true);
        let summary = run(tap).await.unwrap();
        let messages = pipe.messages();
        assert_eq!(messages.of_type("ACTIVATE_VERSION").len(), activated, "{total}");
        let is_warned = summary.warnings == [Warning::VersionNotActivated];
        assert_eq!(is_warned, activated == 0, "{total}");
        assert_eq!(messages.ids(), ["a"]);
    }
}

#[tokio::test]
async fn a_full_table_run_activates_its_version_although_a_video_was_created_meanwhile() {
    let simulator = simulator(250).await;
    let (pipe, mut pages) = (Pipe::default(), 0);
    let tap = tap(simulator.client().videos(), &pipe).catalog(read(&full_table()));
    let summary = tap.activate_version(true).run(|event| {
        pages += u32::from(matches!(event, Event::Page { .. }));
        if pages == 1 && simulator.len() == 250 {
            let mut video = Video::new("new");
            video.created_at = Some(1_795_000_000);
            simulator.insert(video);
        }
    });
    let summary = summary.await.unwrap();
    assert_eq!((summary.total, summary.videos), (Some(251), 250));
    assert_eq!(summary.warnings, []);
    assert_eq!(pipe.messages().of_type("ACTIVATE_VERSION").len(), 1);
}

#[tokio::test]
async fn a_listing_that_may_be_incomplete_activates_no_version() {
    let full = simulator(3).await;
    let empty = simulator(0).await;
    let first = messages(full.client().videos(), |tap| tap.server_name("s")).await;
    let pipe = Pipe::default();
    let tap_of = |query, pipe: &Pipe| {
        tap(query, pipe).catalog(read(&full_table())).activate_version(true).server_name("s")
    };
    let summary = run(tap_of(empty.client().videos(), &pipe).state(first.state())).await.unwrap();
    assert_eq!(summary.warnings, [Warning::VersionNotActivated]);
    assert_eq!(pipe.messages().of_type("ACTIVATE_VERSION").len(), 0);

    let body = r#"{"code":100,"data":{"videos":[{"video_id":"a"},{"title":"x"}],"token":null}}"#;
    let server = FaultServer::start(move |_, _| Reply::ok(body)).await;
    let client = heygen_videos::Client::builder().base_url(server.base_url()).api_key("key");
    let client = client.api(ApiVersion::V1).build().unwrap();
    let pipe = Pipe::default();
    let query = client.videos().malformed(Malformed::Skip);
    let summary = run(tap_of(query, &pipe)).await.unwrap();
    assert_eq!(summary.warnings, [Warning::VersionNotActivated]);
    assert_eq!(pipe.messages().of_type("ACTIVATE_VERSION").len(), 0);
}
