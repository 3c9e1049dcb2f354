//! `--progress json`: what each event of an `export` tells a program.

use std::fs;

use heygen_videos::simulator::{Fault, Simulator};
use serde_json::Value;

use crate::support::cli::{Cli, Scratch};
use crate::support::fault::refused_url;
use crate::support::walk::{simulator, start};

#[track_caller]
fn events(stderr: &str) -> Vec<Value> {
    stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn json_progress_reports_events_and_a_summary() {
    let simulator = simulator(450).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    let args = ["export", "--output", &path, "--progress", "json", "--summary-file", &summary];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let events = events(&ended.stderr);
    let pages: Vec<_> = events.iter().filter(|event| event["event"] == "page").collect();
    assert_eq!(pages.len(), 5);
    assert_eq!((&pages[4]["videos"], &pages[4]["total"]), (&450.into(), &450.into()));
    let written: Value = serde_json::from_str(&fs::read_to_string(summary).unwrap()).unwrap();
    for summary in [events.last().unwrap(), &written] {
        assert_eq!(summary["videos"], 450);
        assert_eq!(summary["pages"], 5);
        assert_eq!(summary["requests"], 5);
        assert_eq!(summary["path"], path.as_str());
        assert_eq!(summary["outcome"], "complete");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_has_its_time_and_the_path() {
    let simulator = start(Simulator::builder().videos(300)).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    simulator.script_at(2, Fault::Status(503));
    let args = ["export", "--output", &path, "--progress", "json", "--read-ahead", "0"];
    let complete = events(&Cli::on(&simulator, &args).run().stderr);
    let words: Vec<_> = complete.iter().map(|event| event["event"].as_str().unwrap()).collect();
    for word in ["started", "page", "retry", "checkpoint", "summary"] {
        assert!(words.contains(&word), "{word} is not in {words:?}");
    }
    let refused = events(&Cli::on(&simulator, &args).run().stderr);
    for event in complete.iter().chain(&refused) {
        assert_eq!(event["path"], path.as_str(), "{event}");
        let time = event["time"].as_str().unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z'), "{event}");
    }
    assert_eq!(refused.last().unwrap()["event"], "error");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_an_event_with_its_path_even_with_the_log() {
    let simulator = simulator(30).await;
    let files = Scratch::new();
    let (path, database) = (files.file("videos.jsonl"), files.file("videos.db"));
    let args = ["export", "--output", &path, "--progress", "json"];
    let sync = ["sync", &database, "--progress", "json"];
    for (cli, level, path) in [
        (Cli::on(&simulator, &args).env("RUST_LOG", "trace"), "TRACE", &path),
        (Cli::on(&simulator, &args).arg("-v").arg("--force"), "DEBUG", &path),
        (Cli::on(&simulator, &sync).arg("-v"), "DEBUG", &database),
    ] {
        let ended = cli.run();
        let events = events(&ended.stderr);
        let is_log = |event: &&Value| event["event"] == "log" && event["level"] == level;
        let log = events.iter().find(is_log).expect("the log is on");
        assert!(log["message"].is_string() && log["target"].is_string(), "{log}");
        assert!(events.iter().all(|event| event["path"] == path.as_str()), "{}", ended.stderr);
        assert!(events.iter().all(|event| event["time"].is_string()), "{}", ended.stderr);
        // The HTTP client may still log on another thread.
        assert_eq!((ended.code, &events.last().unwrap()["event"]), (0, &"summary".into()));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_warning_about_the_summary_file_is_an_event_and_part_of_the_summary() {
    use std::os::unix::fs::PermissionsExt;

    if !crate::support::strace::is_available() {
        return;
    }
    let simulator = simulator(30).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    fs::write(&summary, "").unwrap();
    fs::set_permissions(&summary, fs::Permissions::from_mode(0o640)).unwrap();
    let line = "exec strace -f -qq -o /dev/null -e inject=fchmod:error=EPERM \"$@\"";
    let args = ["export", "--output", &path, "--progress", "json", "--summary-file", &summary];
    let ended = Cli::through(line, &args).with(&simulator).run();
    let events = events(&ended.stderr);
    let is_meant = |warning: &Value| {
        warning["kind"] == "mode_not_kept"
            && warning["message"].as_str().is_some_and(|text| text.contains(&summary))
    };
    assert_eq!(events.iter().filter(|e| e["event"] == "warning" && is_meant(e)).count(), 1);
    let written: Value = serde_json::from_str(&fs::read_to_string(&summary).unwrap()).unwrap();
    for summary in [events.last().unwrap(), &written] {
        assert_eq!(summary["event"], "summary");
        let warnings = summary["warnings"].as_array().unwrap();
        assert_eq!(warnings.iter().filter(|warning| is_meant(warning)).count(), 1, "{summary}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_says_why_and_how_long_it_waits() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    simulator.script(Fault::Status(503));
    let path = files.file("videos.jsonl");
    let args = ["export", "--output", &path, "--progress", "json"];
    let events = events(&Cli::on(&simulator, &args).run().stderr);
    let retry = events.iter().find(|event| event["event"] == "retry").unwrap();
    assert!(retry["reason"].as_str().unwrap().starts_with("HTTP 503"), "{retry}");
    assert!(retry["wait_seconds"].as_f64().unwrap() < 20.0, "{retry}");
    assert!(retry["reason"].as_str().unwrap().contains("127.0.0.1:"), "{retry}");
}

#[test]
fn a_server_that_cannot_be_reached_is_named_while_it_is_tried() {
    let files = Scratch::new();
    let (path, url) = (files.file("videos.jsonl"), refused_url());
    let reason = format!("connection refused by {}", url.strip_prefix("http://").unwrap());
    let args = ["export", "--output", &path, "--base-url", &url, "--max-wait", "2s"];
    let cli = || Cli::new(&args).env("HEYGEN_API_KEY", "k");
    let lines = cli().run().stderr;
    assert!(lines.contains(&format!("Z {reason}, retrying in ")), "{lines}");
    let events = events(&cli().arg("--progress=json").run().stderr);
    assert!(events.iter().any(|event| event["reason"] == reason), "{events:?}");
}
