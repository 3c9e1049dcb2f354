//! Resumed exports: what they continue from, when they restart instead, and what they report.

use std::fs;
use std::time::{Duration, SystemTime};

use futures::StreamExt;
use heygen_videos::export::{Event, Existing, ExportErrorKind, Format, Outcome, Warning};
use heygen_videos::simulator::Fault;
use heygen_videos::{ApiVersion, ErrorKind, Video};
use serde_json::json;

use crate::support::export::{
    crash_at, export, file_names, folder_contents, read, run, stopped, temp_path, undisturbed,
    with_suffix,
};
use crate::support::mock::{MockApi, MockResponse, v1_page};
use crate::support::walk::{simulator, without_retries};

#[tokio::test]
async fn a_saved_position_that_the_server_refuses_restarts_the_export_with_a_warning() {
    let refusals = [
        Fault::Status(400),
        Fault::Status(404),
        Fault::Status(410),
        Fault::Code { code: 400_175, message: "token expired".into() },
    ];
    for name in ["videos.jsonl", "videos.csv.gz"] {
        for refusal in &refusals {
            let simulator = simulator(90).await;
            let wanted = undisturbed(&simulator.client(), name).await;
            let (_folder, path) = temp_path(name);
            let begun_at = stopped(&simulator, &path, 3).await.begun_at;
            simulator.script(refusal.clone());
            let again = export(without_retries(&simulator).videos().page_size(20), &path);
            let summary = run(again.existing(Existing::Resume)).await.unwrap();
            let words: Vec<_> = summary.warnings.iter().map(Warning::as_str).collect();
            assert_eq!(words, ["position_refused"], "{refusal:?}");
            assert_eq!((summary.videos, summary.pages, summary.resumed_from), (90, 5, None));
            assert!(summary.begun_at >= begun_at);
            assert_eq!(read(&path), wanted);
            assert_eq!(file_names(&path), [name]);
        }
    }
}

#[tokio::test]
async fn an_error_that_is_not_about_the_position_leaves_the_export_resumable() {
    // Too many requests, and a refused key.
    for code in [400_140, 400_112] {
        let simulator = simulator(90).await;
        let (_folder, path) = temp_path("videos.jsonl");
        stopped(&simulator, &path, 3).await;
        let before = folder_contents(&path);
        simulator.script(Fault::Code { code, message: String::new() });
        let again = export(without_retries(&simulator).videos().page_size(20), &path);
        let error = run(again.existing(Existing::Resume)).await.unwrap_err();
        assert_eq!(error.api().unwrap().code(), Some(&*code.to_string()));
        assert!(error.is_resumable());
        assert_eq!(folder_contents(&path), before);
    }
}

#[tokio::test]
async fn a_restarted_export_keeps_what_was_saved_until_it_has_a_page() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl");
    stopped(&simulator, &path, 3).await;
    let before = folder_contents(&path);
    // A wrong base URL refuses the saved position and the first page alike, in both versions.
    for status in [400, 404, 410] {
        for _ in ["the position", "v1", "v3"] {
            simulator.script(Fault::Status(status));
        }
        let again = export(without_retries(&simulator).videos().page_size(20), &path);
        let error = run(again.existing(Existing::Resume)).await.unwrap_err();
        assert_eq!(error.api().unwrap().status(), Some(status));
        assert!(error.is_resumable());
        assert_eq!(folder_contents(&path), before);
    }
    // After a refusal with a code of the API, the client does not try v3, so some faults are unused.
    // Use them up.
    for _ in 0..3 {
        let _ = without_retries(&simulator).videos().stream().next().await;
    }
    // Only the first request is refused for its position.
    simulator.script_at(simulator.requests() + 2, Fault::Status(404));
    let again = export(without_retries(&simulator).videos().page_size(20), &path);
    let error = run(again.existing(Existing::Resume)).await.unwrap_err();
    assert!(error.is_resumable() && error.api().unwrap().status() == Some(404));
    let again = export(simulator.client().videos().page_size(20), &path);
    let summary = run(again.existing(Existing::Resume)).await.unwrap();
    assert_eq!((summary.videos, summary.pages, &*summary.warnings), (90, 1, &[][..]));
}

#[tokio::test]
async fn an_export_older_than_the_limit_is_restarted_with_a_warning() {
    let simulator = simulator(90).await;
    for complete in [false, true] {
        let (_folder, path) = temp_path("videos.csv");
        let query = || simulator.client().videos().page_size(20);
        if complete {
            assert!(crash_at(export(query(), &path), 6).await);
        } else {
            stopped(&simulator, &path, 3).await;
        }
        let fresh = serde_json::from_value(
            json!({ "video_id": format!("new-{complete}"), "created_at": 9e9 }),
        );
        simulator.insert(fresh.unwrap());
        let again = export(query(), &path).existing(Existing::Resume);
        let summary = run(again.max_resume_age(Duration::ZERO)).await.unwrap();
        assert_eq!(summary.warnings[0].as_str(), "too_old");
        assert_eq!(read(&path), undisturbed(&simulator.client(), "videos.csv").await);
        assert_eq!(summary.outcome, Outcome::Complete);
    }
}

#[tokio::test]
async fn a_resumed_export_reports_when_it_was_begun_and_last_saved() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.csv");
    let before = SystemTime::now() - Duration::from_secs(1);
    let first = stopped(&simulator, &path, 3).await;
    assert_eq!((first.resumed_from, first.outcome), (None, Outcome::Stopped));
    let again = export(simulator.client().videos().page_size(20), &path);
    let mut started = None;
    let again = again.existing(Existing::Resume).run(|event| {
        if let Event::Started { resumed, begun_at, .. } = event {
            started = Some((*resumed, *begun_at));
        }
    });
    let summary = again.await.unwrap();
    assert_eq!(started, Some((60, first.begun_at)));
    assert_eq!(summary.begun_at, first.begun_at, "that of the first run");
    let resumed_from = summary.resumed_from.unwrap();
    assert!(before < summary.begun_at && summary.begun_at <= resumed_from);
    assert!(resumed_from <= summary.finished_at);
    let json = serde_json::to_value(&summary).unwrap();
    assert!(json["resumed_from"].as_str().unwrap().ends_with('Z'), "{json}");
    assert_eq!((&json["api"], &json["warnings"]), (&json!("v1"), &json!([])));
}

#[tokio::test]
async fn a_resume_leaves_a_finished_export_alone_and_force_repeats_it() {
    let simulator = simulator(90).await;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        let (_folder, path) = temp_path(name);
        let query = || simulator.client().videos().page_size(20);
        let again = || export(query(), &path).existing(Existing::Resume);
        run(again()).await.unwrap();
        let before = folder_contents(&path);
        let summary = run(again()).await.unwrap();
        assert_eq!((summary.outcome, summary.requests), (Outcome::Complete, 0));
        assert_eq!(summary.warnings[0].as_str(), "already_complete");
        assert_eq!(summary.path.as_deref(), Some(&*path));
        assert_eq!(folder_contents(&path), before);
        let summary = run(again().force(true)).await.unwrap();
        assert_eq!((summary.videos, summary.pages, &*summary.warnings), (90, 5, &[][..]));
    }
}

#[tokio::test]
async fn a_new_key_resumes_an_export_only_with_key_rotated() {
    let simulator = simulator(90).await;
    let (_folder, path) = temp_path("videos.jsonl");
    let wanted = undisturbed(&simulator.client(), "videos.jsonl").await;
    stopped(&simulator, &path, 2).await;
    // To the simulator this key is wrong, but the file does not know that.
    let other = simulator.client_builder().api_key("another-key").build().unwrap();
    let again = || export(other.videos().page_size(20), &path).existing(Existing::Resume);
    let error = run(again()).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Mismatch);
    assert!(error.hint().unwrap().contains("--key-rotated"), "{error:?}");
    let error = run(again().key_rotated(true)).await.unwrap_err();
    assert_eq!(error.api().unwrap().status(), Some(401));
    assert!(error.is_resumable(), "whatever the error was");

    // The new key counts from the next save on.
    let back = export(simulator.client().videos().page_size(20), &path);
    run(back.existing(Existing::Resume).key_rotated(true)).await.unwrap();
    assert_eq!(read(&path), wanted);
    let other_query = other.videos().title("x");
    stopped(&simulator, &path.with_extension("jsonl.jsonl"), 2).await;
    let path = path.with_extension("jsonl.jsonl");
    let again = export(other_query, &path).existing(Existing::Resume).key_rotated(true);
    let error = run(again).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Mismatch, "of another query, too");
}

#[tokio::test]
async fn any_error_after_a_save_is_resumable_and_says_so() {
    let simulator = simulator(90).await;
    let wanted = undisturbed(&simulator.client(), "videos.jsonl").await;
    let faults = [
        Fault::Status(400),
        Fault::Status(401),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Code { code: 400_112, message: "Unauthorized".into() },
        Fault::Status(302),
        Fault::RepeatToken,
    ];
    for fault in faults {
        let (_folder, path) = temp_path("videos.jsonl");
        simulator.script_at(simulator.requests() + 2, fault.clone());
        let query = || without_retries(&simulator).videos().page_size(20);
        let error = run(export(query(), &path)).await.unwrap_err();
        assert!(error.is_resumable(), "{fault:?}: {error:?}");
        run(export(query(), &path).existing(Existing::Resume)).await.unwrap();
        assert_eq!(read(&path), wanted);
    }
}

#[tokio::test]
async fn a_listing_with_too_few_videos_keeps_the_old_file_and_leaves_nothing() {
    let simulator = simulator(90).await;
    for name in ["videos.jsonl", "videos.csv.gz"] {
        for resumed in [false, true] {
            let (_folder, path) = temp_path(name);
            if resumed {
                stopped(&simulator, &path, 2).await;
            }
            fs::write(&path, "old").unwrap();
            let again = || {
                let query = simulator.client().videos().page_size(20);
                export(query, &path).force(true).existing(Existing::Resume)
            };
            let error = run(again().min_items(91)).await.unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::TooFew);
            assert!(error.to_string().contains("has 90 videos"), "{error}");
            assert!(!error.is_resumable());
            assert_eq!(fs::read(&path).unwrap(), b"old");
            assert_eq!(file_names(&path), [name]);
            assert_eq!(run(again().min_items(90)).await.unwrap().videos, 90);
        }
    }
    let (_folder, path) = temp_path("videos.jsonl");
    let query = simulator.client().videos().max_items(5);
    let error = run(export(query, &path).min_items(6)).await.unwrap_err();
    assert_eq!(error.kind(), ExportErrorKind::Usage);
    assert_eq!(file_names(&path), [""; 0]);
}

#[tokio::test]
async fn raw_videos_of_both_versions_resume() {
    let simulator = simulator(90).await;
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let client = simulator.client_builder().api(api).build().unwrap();
        let raw = |path| export(client.videos().page_size(20), path).raw(true);
        let (_folder, path) = temp_path("videos.jsonl");
        run(raw(&path)).await.unwrap();
        let wanted = read(&path);
        let (_folder, path) = temp_path("videos.jsonl");
        assert!(crash_at(raw(&path), 2).await);
        let summary = run(raw(&path).existing(Existing::Resume)).await.unwrap();
        assert!(summary.resumed_from.is_some() && summary.pages < 5, "{summary:?}");
        assert!(read(&path) == wanted, "{api}");
    }
}

#[tokio::test]
async fn the_format_may_change_on_a_resume() {
    let simulator = simulator(90).await;
    let wanted = undisturbed(&simulator.client(), "videos.csv").await;
    let (_folder, path) = temp_path("videos.jsonl");
    stopped(&simulator, &path, 2).await;
    let again = export(simulator.client().videos().page_size(20), &path);
    let again = again.existing(Existing::Resume).format(Format::Csv);
    run(again).await.unwrap();
    assert_eq!(read(&path), wanted);
}

#[tokio::test]
async fn a_listing_whose_tokens_form_a_cycle_saves_no_video_twice() {
    let api = MockApi::with_pages(&[
        (None, &["a", "b"], Some("A")),
        (Some("A"), &["c", "d"], Some("B")),
        (Some("B"), &["e", "f"], Some("A")),
    ]);
    let api = api.await;
    let (_folder, path) = temp_path("videos.jsonl");
    for _ in 0..4 {
        let query = api.client(ApiVersion::V1).videos();
        let error = run(export(query, &path).existing(Existing::Resume)).await.unwrap_err();
        assert_eq!(error.api().unwrap().kind(), ErrorKind::Pagination);
        assert!(error.is_resumable(), "{error:?}");
        let saved = fs::read_to_string(with_suffix(&path, ".partial")).unwrap();
        let id = |line: &str| serde_json::from_str::<Video>(line).unwrap().video_id;
        let ids: Vec<_> = saved.lines().map(id).collect();
        assert_eq!(ids, ["a", "b", "c", "d", "e", "f"]);
    }
}

#[tokio::test]
async fn a_page_that_a_cache_sends_for_another_is_not_saved_again() {
    let page = |ids, token| MockResponse::ok(v1_page(ids, token));
    let (first, second) = (page(&["a", "b"], Some("A")), page(&["c", "d"], Some("B")));
    let third = page(&["e", "f"], None);
    let api = MockApi::with([first, second.clone(), second, third]).await;
    let (_folder, path) = temp_path("videos.csv");
    let again = || {
        let query = api.client(ApiVersion::V1).videos();
        run(export(query, &path).existing(Existing::Resume))
    };
    assert!(again().await.unwrap_err().is_resumable());
    let summary = again().await.unwrap();
    assert_eq!((summary.videos, summary.repeated), (6, 2));
    let ids: String = String::from_utf8(read(&path)).unwrap();
    let ids: Vec<_> = ids.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e", "f"]);
}
