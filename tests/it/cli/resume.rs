//! Resuming and restarting an `export`: what is kept, and which command is suggested.

use std::fs;
use std::time::Duration;

use heygen_videos::simulator::{Fault, Simulator};
use serde_json::Value;

use crate::support::cli::{Cli, Scratch};
use crate::support::walk::{eventually, simulator};

/// Leaves an unfinished export with 200 of 500 videos.
#[track_caller]
fn interrupted(simulator: &Simulator, path: &str) {
    simulator.script_at(simulator.requests() + 3, Fault::StatusRetryAfter(429, "3600".into()));
    let ended = Cli::on(simulator, &["export", "--output", path, "--read-ahead", "0"]).run();
    assert_eq!(ended.code, 5, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_demo_resumes_on_another_port() {
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--demo", "20000", "--output", &path, "--requests-per-second", "100"];
    let mut running = Cli::new(&args).spawn();
    let partial = files.file("videos.jsonl.partial");
    eventually(|| fs::metadata(&partial).is_ok_and(|file| file.len() > 0)).await;
    assert!(running.child.try_wait().unwrap().is_none());
    running.signal("TERM");
    let ended = running.ended();
    assert_eq!(ended.code, 143, "{}", ended.stderr);
    let checkpoint: Value =
        serde_json::from_slice(&fs::read(files.file("videos.jsonl.checkpoint")).unwrap()).unwrap();
    // A port number would not survive the run.
    assert_eq!(checkpoint["identity"]["base_url"], "demo of 20000 videos");

    let ended = Cli::new(&["export", "--demo", "5", "--output", &path, "--resume"]).run();
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(ended.stderr.contains("another server (\"demo of 20000 videos\")"));
    let ended = Cli::new(&["export", "--demo", "20000", "--output", &path, "--resume"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains(" of them from before"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 20_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_without_a_page_keeps_the_old_export_and_suggests_nothing_that_drops_it() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    interrupted(&simulator, &path);
    let args = ["export", "--restart", "--output", &path, "--progress", "json"];

    // Another key cannot resume the old export.
    let ended = Cli::on(&simulator, &args).env("HEYGEN_API_KEY", "wrong").run();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    simulator.script(Fault::StatusRetryAfter(503, "3600".into()));
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    let error = ended.last_event();
    assert_eq!((&error["videos"], &error["resume"]), (&200.into(), &Value::Null), "{error}");
    let lines = ["export", "--restart", "--output", &path];
    let no_key = || Cli::new(&lines).env("HEYGEN_API_BASE", simulator.base_url());
    simulator.script(Fault::StatusRetryAfter(503, "3600".into()));
    for ended in [no_key().env("HEYGEN_API_KEY", "").run(), Cli::on(&simulator, &lines).run()] {
        assert_eq!(ended.code, 5, "{}", ended.stderr);
        assert!(ended.stderr.contains("200 videos are saved, and this run"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("--restart"), "{}", ended.stderr);
    }
    simulator.script(Fault::Latency(Duration::from_secs(3600)));
    let requests = simulator.requests();
    let running = Cli::on(&simulator, &lines).spawn();
    eventually(|| simulator.requests() > requests).await;
    running.signal("INT");
    let ended = running.ended();
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(ended.stderr.contains("what was saved before is kept"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("--restart"), "{}", ended.stderr);

    let ended = Cli::on(&simulator, &["export", "--output", &path, "--resume"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("500 videos, 200 of them from before"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_restart_continues_with_resume() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    interrupted(&simulator, &path);
    simulator.script_at(simulator.requests() + 2, Fault::Latency(Duration::from_secs(3600)));
    let args = ["export", "--title", "e", "--page-size", "10", "--restart", "--output", &path];
    let mut running = Cli::on(&simulator, &args).arg("--read-ahead=0").spawn();
    let checkpoint = files.file("videos.jsonl.checkpoint");
    let is_new = |text: String| text.contains("\"title\":\"e\"");
    eventually(|| fs::read_to_string(&checkpoint).is_ok_and(is_new)).await;
    assert!(running.child.try_wait().unwrap().is_none());
    running.signal("INT");
    let ended = running.ended();
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(ended.stderr.ends_with("--read-ahead=0 --resume\n"), "{}", ended.stderr);
    let args = ["export", "--title", "e", "--output", &path, "--resume"];
    assert_eq!(Cli::on(&simulator, &args).run().code, 0);
    let whole = Cli::on(&simulator, &["export", "--title", "e", "--output", "-"]).run();
    assert_eq!(fs::read_to_string(&path).unwrap(), whole.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_size_limit_exits_with_5_and_the_export_resumes_without_it() {
    let simulator = simulator(1_000).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--page-size", "5", "--output", &path];
    // Two checkpoints of 50 pages each fit into 100 KiB. The program must survive SIGXFSZ, the signal
    // that the limit causes.
    let limited = Cli::limited(200, &args).with(&simulator).run();
    let stderr = limited.stderr;
    assert_eq!(limited.code, 5, "{stderr}");
    assert!(stderr.contains("cannot write") && stderr.ends_with(" --resume\n"), "{stderr}");
    let checkpoint = fs::read(files.file("videos.jsonl.checkpoint")).unwrap();
    let saved: Value = serde_json::from_slice(&checkpoint).unwrap();
    assert!(saved["counts"]["videos"].as_u64() >= Some(250), "{saved}");
    let partial = fs::metadata(files.file("videos.jsonl.partial")).unwrap();
    assert_eq!(saved["bytes"], partial.len());
    let ended = Cli::on(&simulator, &args).arg("--resume").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let whole = Cli::on(&simulator, &["export", "--output", "-"]).run();
    assert_eq!(fs::read_to_string(&path).unwrap(), whole.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_cursor_restarts_the_export_with_a_warning() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    interrupted(&simulator, &path);
    simulator.script(Fault::Code { code: 400_001, message: "invalid token".into() });
    let ended = Cli::on(&simulator, &["export", "--output", &path, "--resume"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("warning: the server refused the position"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 500);
}

#[test]
fn stdout_cannot_be_resumed_or_restarted() {
    for option in ["--resume", "--restart"] {
        let ended = Cli::new(&["export", "--demo", "--output", "-", option]).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("hint: give --output a file"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refusal_of_another_job_names_the_options_that_differ() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    interrupted(&simulator, &path);
    let args = ["export", "--resume", "--output", &path];
    for (option, says) in [
        ("--since=7d", "another --since (none)\n"),
        ("--status=failed", "another --status (none)\n"),
        ("--max-items=3", "another --max-items (none)\n"),
        ("--urls=keep", "another --urls (drop)\n"),
        ("--raw", "another --raw (false)\n"),
        ("--api=v3", "another --api (\"auto\")\n"),
        ("--title=x", "another --title (none)\n"),
        ("--folder-id=x", "another --folder-id (none)\n"),
    ] {
        let ended = Cli::on(&simulator, &args).arg(option).run();
        assert_eq!(ended.code, 7, "{}", ended.stderr);
        assert!(ended.stderr.contains(says), "{option}: {}", ended.stderr);
    }
    let ended = Cli::on(&simulator, &args).env("HEYGEN_API_KEY", "another").run();
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(ended.stderr.contains("another key\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("add --key-rotated"), "{}", ended.stderr);
}
