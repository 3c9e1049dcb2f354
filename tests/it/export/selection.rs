//! Which of the listed videos are exported.

use std::path::Path;
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use heygen_videos::export::{Existing, Export, ExportErrorKind, Outcome};
use heygen_videos::simulator::{Fault, Simulator};
use heygen_videos::{ApiVersion, Video};

use crate::support::export::{NAMES, export, file_names, read, run, temp_path};
use crate::support::walk::{simulator, without_retries};

/// All videos of the account, in the order of the listing.
async fn listed(simulator: &Simulator) -> Vec<Video> {
    simulator.client().videos().stream().try_collect().await.unwrap()
}

fn time_of(video: &Video) -> SystemTime {
    let seconds = video.created_at.unwrap().try_into().unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[tokio::test]
async fn an_export_since_a_time_ends_at_the_first_older_video() {
    let simulator = simulator(250).await;
    let videos = listed(&simulator).await;
    let since = time_of(&videos[109]);
    let wanted = videos.iter().filter(|video| time_of(video) >= since).count();
    for name in NAMES {
        let before = simulator.requests();
        let (_folder, path) = temp_path(name);
        let summary = run(export(simulator.client().videos().created_since(since), &path)).await;
        let summary = summary.unwrap();
        assert_eq!(summary.outcome, Outcome::Complete);
        assert_eq!((summary.videos, simulator.requests() - before), (wanted as u64, 2), "{name}");
        let lines = String::from_utf8(read(&path)).unwrap().lines().count();
        assert_eq!(lines, wanted + usize::from(name.contains(".csv")), "{name}");
        assert_eq!(summary.warnings, [], "the total counts older videos, too");
        assert_eq!(file_names(&path), [name]);
    }
}

/// The ids in an exported file of JSON lines.
#[track_caller]
fn ids_in(path: &Path) -> Vec<String> {
    let text = String::from_utf8(read(path)).unwrap();
    text.lines().map(|line| serde_json::from_str::<Video>(line).unwrap().video_id).collect()
}

/// Saves the first page of 20 videos of an export since this time, and then fails.
async fn interrupt(simulator: &Simulator, path: &Path, named: impl Fn(Export) -> Export) {
    simulator.script_at(simulator.requests() + 2, Fault::Status(503));
    let query = without_retries(simulator).videos().page_size(20);
    let error = run(named(export(query.created_since(SystemTime::UNIX_EPOCH), path))).await;
    assert!(error.unwrap_err().is_resumable());
}

#[tokio::test]
async fn a_resumed_export_continues_with_the_first_time_of_the_same_name() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl");
    interrupt(&simulator, &path, |export| export.since_name("7d")).await;
    // 7 days before now is later than in the first run.
    let query = simulator.client().videos().created_since(SystemTime::now());
    let resumed = export(query, &path).since_name("7d").existing(Existing::Resume);
    let summary = run(resumed).await.unwrap();
    assert_eq!((summary.outcome, summary.videos), (Outcome::Complete, 90));
    assert_eq!(ids_in(&path), simulator.ids());
}

#[tokio::test]
async fn a_resumed_export_since_another_time_is_refused() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl");
    let resume = |query| export(query, &path).existing(Existing::Resume);
    let all = || simulator.client().videos();
    let since =
        |seconds| all().created_since(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));

    interrupt(&simulator, &path, |export| export).await;
    let other = [
        resume(all()),
        resume(since(1)),
        resume(since(0)).since_name("7d"),
        resume(since(0)).statuses(["completed"]),
    ];
    for export in other {
        let error = run(export).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Mismatch, "{error}");
        let name = if error.to_string().contains("--status") { "--status" } else { "--since" };
        assert!(error.to_string().contains(&format!("another {name} (")), "{error}");
    }
    assert_eq!(run(resume(since(0))).await.unwrap().videos, 90);

    let (_folder, path) = temp_path("videos.jsonl");
    let resume = |query| export(query, &path).existing(Existing::Resume);
    interrupt(&simulator, &path, |export| export.since_name("7d")).await;
    for export in [resume(since(0)), resume(since(0)).since_name("8d"), resume(all())] {
        let error = run(export).await.unwrap_err();
        assert!(error.to_string().contains("another --since (\"7d\")"), "{error}");
    }
}

#[tokio::test]
async fn only_videos_with_a_named_status_are_exported_and_the_others_are_counted() {
    let simulator = simulator(250).await;
    let videos = listed(&simulator).await;
    for statuses in [&["completed"][..], &["failed", "processing"], &["archived"]] {
        let is_wanted = |video: &&Video| {
            video.status.as_ref().is_some_and(|status| statuses.contains(&status.as_str()))
        };
        let wanted: Vec<_> = videos.iter().filter(is_wanted).map(|v| v.video_id.clone()).collect();
        assert_eq!(wanted.is_empty(), statuses == ["archived"]);
        for api in [ApiVersion::V1, ApiVersion::V3] {
            let client = simulator.client_builder().api(api).build().unwrap();
            let (_folder, path) = temp_path("videos.jsonl");
            let export = export(client.videos(), &path).statuses(statuses.iter().copied());
            let summary = run(export).await.unwrap();
            assert_eq!(ids_in(&path), wanted);
            let not_selected = 250 - wanted.len() as u64;
            assert_eq!((summary.videos, summary.not_selected), (wanted.len() as u64, not_selected));
            assert_eq!(summary.warnings, []);
        }
    }
}

#[tokio::test]
async fn the_cap_counts_only_videos_with_a_named_status_even_after_a_resume() {
    let simulator = simulator(250).await;
    let videos = listed(&simulator).await;
    let completed =
        |video: &&Video| video.status.as_ref().is_some_and(|s| s.as_str() == "completed");
    let all: Vec<_> = videos.iter().filter(completed).map(|v| v.video_id.clone()).collect();
    let query = |cap| without_retries(&simulator).videos().page_size(20).max_items(cap);
    for cap in [0, 1, 30, 1_000] {
        let wanted = &all[..all.len().min(cap as usize)];
        let before = simulator.requests();
        let (_folder, path) = temp_path("videos.jsonl");
        let once = export(query(cap), &path).statuses(["completed"]);
        let summary = run(once).await.unwrap();
        assert_eq!(ids_in(&path), wanted, "{cap}");
        let last = wanted
            .last()
            .map_or(0, |last| simulator.ids().iter().position(|id| id == last).unwrap() + 1);
        let pages = if cap == 1_000 { 13 } else { last.div_ceil(20) as u64 };
        assert_eq!(simulator.requests() - before, pages, "{cap}");
        assert_eq!(summary.outcome, Outcome::Complete);
        let counted = summary.not_selected + summary.videos;
        assert_eq!(counted, if cap == 1_000 { 250 } else { last as u64 }, "{cap}");
    }

    let (_folder, path) = temp_path("videos.jsonl");
    simulator.script_at(simulator.requests() + 2, Fault::Status(503));
    let first = export(query(30), &path).statuses(["completed"]);
    assert!(run(first).await.unwrap_err().is_resumable());
    let resumed = export(query(30), &path).statuses(["completed"]).existing(Existing::Resume);
    let summary = run(resumed).await.unwrap();
    assert_eq!(ids_in(&path), all[..30]);
    let last = simulator.ids().iter().position(|id| *id == all[29]).unwrap() as u64 + 1;
    assert_eq!(summary.not_selected, last - 30, "those of the first run count");
}

#[tokio::test]
async fn a_status_that_was_probably_not_meant_is_refused_with_the_known_one() {
    let simulator = simulator(5).await;
    for (statuses, message, hint) in [
        (&["failed", "complete"][..], "there is no status \"complete\"", "mean 'completed'?"),
        (&["Failed"], "there is no status \"Failed\"", "mean 'failed'?"),
        (&[], "a status is missing", "at least one status"),
        (&["failed", ""], "a status is missing", "at least one status"),
    ] {
        let (_folder, path) = temp_path("videos.jsonl");
        let export = export(simulator.client().videos(), &path).statuses(statuses.iter().copied());
        let error = run(export).await.unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{error:?}");
    }
    assert_eq!(simulator.requests(), 0);
}
