//! Runs that are cut short: nothing is lost, and the next run continues.

use std::time::Duration;

use heygen_videos::export::{Event, ExportErrorKind, Outcome, StopHandle, Warning};
use heygen_videos::simulator::Fault;
use heygen_videos::tap::{Catalog, Tap, TapState};
use heygen_videos::{ApiVersion, Video};
use serde_json::{Value, json};

use crate::support::tap::{Messages, Pipe, Target, messages, run, tap};
use crate::support::walk::{eventually, simulator, within, without_retries};

/// Without look-back, a run that follows a complete one sends only the newest video again.
fn exact(tap: Tap) -> Tap {
    tap.look_back(Duration::ZERO)
}

fn state_of(message: &Value) -> TapState {
    TapState::from_json(&message["value"].to_string()).unwrap()
}

#[tokio::test]
async fn a_run_from_any_state_sends_exactly_the_rest() {
    let simulator = simulator(250).await;
    let query = || simulator.client().videos().page_size(20);
    let whole = messages(query(), exact).await;
    let all = simulator.ids();
    let mut before = 0;
    for message in &whole.0 {
        before += usize::from(message["type"] == "RECORD");
        if message["type"] != "STATE" {
            continue;
        }
        let is_unfinished = before < all.len();
        let rest = messages(query(), |tap| exact(tap).state(state_of(message))).await;
        // The walk continues, and the next one begins with the newest video.
        let newest = &all[..1];
        let wanted = [&all[before..], newest].concat();
        assert_eq!(rest.ids(), wanted);
        let requests = if is_unfinished { (all.len() - before).div_ceil(20) } else { 0 };
        assert!(rest.of_type("STATE").len() >= requests);
    }
}

#[tokio::test]
async fn an_error_ends_with_a_state_to_continue_from() {
    let simulator = simulator(250).await;
    let client = without_retries(&simulator);
    simulator.script_at(3, Fault::Status(500));
    let pipe = Pipe::default();
    let error = run(exact(tap(client.videos(), &pipe).state_every(Duration::MAX, 50))).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.is_resumable()), (ExportErrorKind::Api, true));
    let first = pipe.messages();
    assert_eq!(first.ids(), simulator.ids()[..200]);
    let rest = messages(client.videos(), |tap| exact(tap).state(first.state())).await;
    assert_eq!(rest.ids()[..50], simulator.ids()[200..]);
}

#[tokio::test]
async fn an_error_before_the_first_page_is_not_resumable_and_keeps_the_state() {
    let simulator = simulator(250).await;
    let client = without_retries(&simulator);
    let first = messages(client.videos(), |tap| tap).await;
    simulator.script(Fault::Status(500));
    let pipe = Pipe::default();
    let error = run(tap(client.videos(), &pipe).state(first.state())).await.unwrap_err();
    assert!(!error.is_resumable());
    assert_eq!(pipe.messages().state(), first.state());
}

#[tokio::test]
async fn a_stopped_run_ends_with_a_state_to_continue_from() {
    let simulator = simulator(250).await;
    let (pipe, stop) = (Pipe::default(), StopHandle::new());
    let (handle, mut pages) = (stop.clone(), 0);
    let tap = exact(tap(simulator.client().videos(), &pipe).state_every(Duration::MAX, 50));
    let run = tap.stop(stop).run(|event| {
        pages += u32::from(matches!(event, Event::Page { .. }));
        if pages == 2 {
            handle.stop();
        }
    });
    let summary = within(run).await.unwrap();
    assert_eq!((summary.outcome, summary.videos), (Outcome::Stopped, 200));
    let first = pipe.messages();
    let rest = messages(simulator.client().videos(), |tap| exact(tap).state(first.state())).await;
    assert_eq!(rest.ids()[..50], simulator.ids()[200..]);
}

#[tokio::test]
async fn a_run_that_is_stopped_during_a_request_counts_it() {
    let simulator = simulator(250).await;
    simulator.script_at(3, Fault::Latency(Duration::from_secs(3600)));
    let (pipe, stop) = (Pipe::default(), StopHandle::new());
    let stopped_later = async {
        eventually(|| simulator.requests() == 3).await;
        stop.stop();
    };
    let tap = tap(simulator.client().videos(), &pipe).stop(stop.clone());
    let (summary, ()) = tokio::join!(run(tap), stopped_later);
    let summary = summary.unwrap();
    assert_eq!((summary.outcome, summary.pages, summary.requests), (Outcome::Stopped, 2, 3));
}

/// The messages of a run up to the state after its first page.
async fn first_page(query: heygen_videos::VideoQuery, with: impl FnOnce(Tap) -> Tap) -> Messages {
    let mut messages = messages(query, with).await;
    let end = messages.0.iter().position(|message| message["type"] == "STATE").unwrap();
    messages.0.truncate(end + 1);
    messages
}

#[tokio::test]
async fn videos_that_were_created_since_a_run_was_cut_short_are_sent() {
    let simulator = simulator(250).await;
    let mut target = Target::default();
    target.load(&first_page(simulator.client().videos(), exact).await);
    for number in 0..150 {
        let mut video = Video::new(format!("new-{number}"));
        video.created_at = Some(1_795_000_000 + number);
        simulator.insert(video);
    }
    let state = target.state.clone().unwrap();
    let rest = messages(simulator.client().videos(), |tap| exact(tap).state(state)).await;
    target.load(&rest);
    let mut ids = simulator.ids();
    ids.sort();
    assert_eq!(target.rows.into_keys().collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn a_refused_position_restarts_the_walk_with_a_warning() {
    let simulator = simulator(250).await;
    let first = first_page(simulator.client().videos(), exact).await;
    for status in [400, 404, 410] {
        simulator.script(Fault::Status(status));
        let pipe = Pipe::default();
        let tap = exact(tap(simulator.client().videos(), &pipe)).state(first.state());
        let summary = run(tap).await.unwrap();
        assert!(matches!(summary.warnings[..], [Warning::PositionRefused { .. }]));
        assert_eq!(pipe.messages().ids(), simulator.ids());
        assert_eq!((summary.pages, summary.requests), (3, 4));
    }
}

#[tokio::test]
async fn a_position_of_another_version_or_form_restarts_the_walk() {
    let simulator = simulator(250).await;
    let first = first_page(simulator.client().videos(), exact).await;
    let v3 = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let messages = messages(v3.videos(), |tap| exact(tap).state(first.state())).await;
    assert_eq!(messages.ids(), simulator.ids());

    let mut damaged: Value = serde_json::from_str(&first.state().to_string()).unwrap();
    damaged["bookmarks"]["videos"]["unfinished_cursor"] = json!("hgc9.later");
    let state = TapState::from_json(&damaged.to_string()).unwrap();
    let pipe = Pipe::default();
    let summary = run(exact(tap(simulator.client().videos(), &pipe)).state(state)).await.unwrap();
    assert_eq!(pipe.messages().ids(), simulator.ids());
    assert!(matches!(summary.warnings[..], [Warning::PositionRefused { .. }]));
}

fn full_table() -> Catalog {
    let mut catalog: Value = serde_json::from_str(&Catalog::discover()).unwrap();
    catalog["streams"][0]["metadata"][0]["metadata"]["replication-method"] = json!("FULL_TABLE");
    Catalog::from_json(&catalog.to_string()).unwrap()
}

#[tokio::test]
async fn a_full_table_run_continues_with_the_same_version() {
    let simulator = simulator(250).await;
    let full = |tap: Tap| exact(tap).catalog(full_table()).activate_version(true);
    let first = first_page(simulator.client().videos(), full).await;
    let rest = messages(simulator.client().videos(), |tap| full(tap).state(first.state())).await;
    let versions = [&first, &rest].into_iter().flat_map(|messages| &messages.0);
    let versions: Vec<_> = versions.filter_map(|message| message["version"].as_i64()).collect();
    // 250 records, the activation, and the newest video again.
    assert_eq!(versions.len(), 252);
    assert!(versions.iter().all(|version| *version == versions[0]));
    assert_eq!(rest.of_type("ACTIVATE_VERSION").len(), 1);
    assert_eq!(rest.ids()[..150], simulator.ids()[100..]);
}

#[tokio::test]
async fn a_full_table_run_that_was_begun_long_ago_is_restarted() {
    let simulator = simulator(250).await;
    let full = |tap: Tap| exact(tap).catalog(full_table());
    let first = first_page(simulator.client().videos(), full).await;
    let mut state: Value = serde_json::from_str(&first.state().to_string()).unwrap();
    state["bookmarks"]["videos"]["unfinished_begun_at"] = json!("2025-10-07T00:00:00Z");
    let state = TapState::from_json(&state.to_string()).unwrap();
    let second = messages(simulator.client().videos(), |tap| full(tap).state(state)).await;
    assert_eq!(second.ids(), simulator.ids());
}

#[tokio::test]
async fn a_closed_pipe_ends_the_run() {
    let simulator = simulator(250).await;
    let pipe = Pipe::closed_after(10_000);
    let error = run(tap(simulator.client().videos(), &pipe)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::BrokenPipe);
}
