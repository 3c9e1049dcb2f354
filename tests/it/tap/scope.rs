//! A state that belongs to something else would hide older videos, so it is not used.

use heygen_videos::export::Warning;
use heygen_videos::simulator::Simulator;
use heygen_videos::tap::TapState;

use crate::support::tap::{Pipe, messages, run, tap};
use crate::support::walk::simulator;

#[tokio::test]
async fn a_state_of_another_filter_key_or_server_is_not_used() {
    let simulator = Simulator::builder().videos(250).api_key("one").start().await.unwrap();
    let other = Simulator::builder().videos(250).api_key("one").start().await.unwrap();
    let all = messages(simulator.client().videos(), |tap| tap).await;
    let folder = simulator.folders()[0].clone();
    let query = || simulator.client().videos();
    for (what, query) in [
        ("folder", query().folder_id(folder)),
        ("title", query().title("a")),
        ("server", other.client().videos()),
    ] {
        let pipe = Pipe::default();
        let summary = run(tap(query, &pipe).state(all.state())).await.unwrap();
        assert_eq!(summary.warnings, [Warning::StateNotUsed], "{what}");
    }
    let client = simulator.client().with_api_key("two").unwrap();
    let pipe = Pipe::default();
    // The server refuses the key, but the state was looked at before.
    let mut warnings = Vec::new();
    let tap = tap(client.videos(), &pipe).state(all.state());
    let run = tap.run(|event| {
        if let heygen_videos::export::Event::Warning { warning } = event {
            warnings.push(warning.clone());
        }
    });
    assert!(run.await.is_err());
    assert_eq!(warnings, [Warning::StateNotUsed]);
}

#[tokio::test]
async fn a_state_of_the_same_scope_is_used_without_a_warning() {
    let simulator = simulator(250).await;
    let query = || simulator.client().videos().title("a");
    let first = messages(query(), |tap| tap).await;
    let pipe = Pipe::default();
    let summary = run(tap(query().page_size(10), &pipe).state(first.state())).await.unwrap();
    assert_eq!(summary.warnings, []);
}

#[tokio::test]
async fn a_named_server_may_change_its_address() {
    let one = simulator(250).await;
    let other = simulator(250).await;
    let first = messages(one.client().videos(), |tap| tap.server_name("demo")).await;
    let pipe = Pipe::default();
    let tap = tap(other.client().videos(), &pipe).server_name("demo").state(first.state());
    assert_eq!(run(tap).await.unwrap().warnings, []);
}

#[tokio::test]
async fn a_foreign_state_has_no_scope_and_is_used() {
    let simulator = simulator(250).await;
    let state = r#"{"bookmarks":{"videos":{"replication_key_value":"2025-10-06T07:13:14Z"}}}"#;
    let state = TapState::from_json(state).unwrap();
    let messages = messages(simulator.client().videos(), |tap| {
        tap.state(state).look_back(std::time::Duration::ZERO)
    })
    .await;
    assert_eq!(messages.records().len(), 1);
}
