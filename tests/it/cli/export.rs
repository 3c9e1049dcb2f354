//! The command `export`: its files, its messages and its exit codes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::time::Duration;

use heygen_videos::Video;
use heygen_videos::simulator::{Fault, Simulator};
use serde_json::Value;

use crate::support::cli::{Cli, Ended, Scratch, as_exported};
use crate::support::walk::{eventually, simulator, start};

/// The videos in these JSON lines.
#[track_caller]
fn videos(lines: &str) -> Vec<Video> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Makes more requests fail than any of these runs sends.
fn fail_for_long(simulator: &Simulator, fault: &Fault) {
    for _ in 0..200 {
        simulator.script(fault.clone());
    }
}

/// The error event of a run with `--progress json`, of which there must be one.
#[track_caller]
fn error_of(ended: &Ended) -> Value {
    let lines = ended.stderr.lines().map(|line| serde_json::from_str(line).expect(line));
    let errors: Vec<Value> = lines.filter(|line: &Value| line["event"] == "error").collect();
    assert_eq!(errors.len(), 1, "{}", ended.stderr);
    assert_eq!(errors[0]["exit"], ended.code);
    errors[0].clone()
}

#[test]
fn a_demo_writes_2500_videos_and_no_other_file() {
    let files = Scratch::new();
    let ended = Cli::new(&["export", "--demo", "--output", "videos.jsonl"]).dir(files.path()).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let written = fs::read_to_string(files.file("videos.jsonl")).unwrap();
    assert_eq!(videos(&written).len(), 2_500);
    assert_eq!(files.names(), ["videos.jsonl"]);
    assert!(ended.stderr.contains("videos.jsonl: 2,500 videos, in "), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_stdout_get_all_videos_of_the_account() {
    let simulator = simulator(1_234).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let ended = Cli::on(&simulator, &["export", "--output", &path]).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let ended = Cli::on(&simulator, &["export", "--output", "-"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(fs::read_to_string(path).unwrap(), ended.stdout);
    assert_eq!(videos(&ended.stdout), as_exported(&simulator.videos()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reached_cap_exits_with_0() {
    let simulator = simulator(250).await;
    let args = ["export", "--output", "-", "--max-items", "30", "--format", "csv"];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 31), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn transient_faults_lose_no_video() {
    let simulator = start(Simulator::builder().videos(1_000).fault_rate(0.3)).await;
    let args = ["export", "--output", "-", "--page-size", "50", "--progress", "none"];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(videos(&ended.stdout), as_exported(&simulator.videos()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_has_the_requested_columns_and_the_formula_guard() {
    let simulator = simulator(0).await;
    let mut video = Video::new("a1");
    video.video_title = Some("=1+1".into());
    simulator.insert(video);
    let args = ["export", "--output", "-", "--format", "csv", "--fields", "video_title,video_id"];
    let guarded = Cli::on(&simulator, &args).run().stdout;
    assert_eq!(guarded.replace('\r', ""), "video_title,video_id\n'=1+1,a1\n");
    let plain = Cli::on(&simulator, &args).arg("--csv-guard").arg("off").run().stdout;
    assert_eq!(plain.replace('\r', ""), "video_title,video_id\n=1+1,a1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn presigned_urls_are_dropped_unless_kept() {
    let simulator = simulator(0).await;
    let mut video = Video::new("a1");
    video.extra.insert("video_url", "https://files.example/a1?signature=s");
    simulator.insert(video);
    let args = ["export", "--output", "-", "--api", "v3"];
    let dropped = Cli::on(&simulator, &args).run();
    assert_eq!((dropped.code, dropped.stdout.contains("signature")), (0, false));
    let kept = Cli::on(&simulator, &args).arg("--urls=keep").run();
    assert_eq!((kept.code, kept.stdout.contains("signature")), (0, true), "{}", kept.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_exits_with_3() {
    let simulator = simulator(2).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--output", &path, "--progress", "json"];
    let ended = Cli::on(&simulator, &args).env("HEYGEN_API_KEY", "wrong").run();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(error_of(&ended)["kind"], "unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_that_leaves_something_saved_exits_with_5_and_names_resume() {
    for fault in [
        Fault::Status(400),
        Fault::Status(401),
        Fault::Status(404),
        Fault::Status(302),
        Fault::Code { code: 400_175, message: "no such page".into() },
    ] {
        let simulator = simulator(300).await;
        let files = Scratch::new();
        let path = files.file("videos.jsonl");
        let args = ["export", "--output", &path, "--read-ahead", "0"];
        simulator.script_at(2, fault.clone());
        let ended = Cli::on(&simulator, &args).run();
        assert_eq!(ended.code, 5, "{fault:?}: {}", ended.stderr);
        let kept = "\n100 videos are saved; go on with:\n  ";
        assert!(ended.stderr.contains(kept), "{fault:?}: {}", ended.stderr);
        assert!(ended.stderr.ends_with(" --resume\n"), "{fault:?}: {}", ended.stderr);

        simulator.script_at(simulator.requests() + 2, fault.clone());
        let args = [&args[..], &["--resume", "--progress", "json"]].concat();
        let ended = Cli::on(&simulator, &args).run();
        let error = error_of(&ended);
        assert_eq!(ended.code, 5, "{fault:?}: {error}");
        assert_eq!((&error["resumable"], &error["videos"]), (&true.into(), &200.into()), "{error}");
        assert_eq!(error["path"], path.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exhausted_retries_exit_with_5_for_a_resumable_file_and_1_for_stdout() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--output", &path, "--max-wait", "0s", "--progress", "json"];
    let failing = Fault::Status(500);
    simulator.script_at(1, Fault::Latency(Duration::ZERO));
    simulator.script_at(2, Fault::Latency(Duration::ZERO));
    fail_for_long(&simulator, &failing);
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (5, ""), "{}", ended.stderr);
    let error = error_of(&ended);
    assert_eq!((&error["kind"], &error["resumable"]), (&"server".into(), &true.into()));
    assert!(error["resume"].as_str().is_some_and(|again| again.ends_with(" --resume")), "{error}");
    assert!(!fs::exists(&path).unwrap());

    let args = ["export", "--output", "-", "--max-wait", "0s", "--progress", "json"];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert_eq!(error_of(&ended)["resumable"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_beyond_max_wait_exits_with_5_at_once_and_can_be_resumed() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    simulator.script_at(4, Fault::StatusRetryAfter(429, "3600".into()));
    let ended = Cli::on(&simulator, &["export", "--output", &path, "--read-ahead", "0"]).run();
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("3600 s"), "{}", ended.stderr);
    let ended = Cli::on(&simulator, &["export", "--output", &path, "--resume"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(videos(&fs::read_to_string(path).unwrap()), as_exported(&simulator.videos()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_exits_with_4_on_stdout() {
    let simulator = start(Simulator::builder().latency(Duration::from_secs(3600))).await;
    let args = ["export", "--output", "-", "--timeout", "20ms", "--max-wait", "1ms"];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (4, ""), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_output_exits_with_6() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let directory = files.path().to_str().unwrap();
    for path in [directory, &files.file("nowhere/videos.jsonl")] {
        let args = ["export", "--format", "jsonl", "--output", path, "--progress", "json"];
        let ended = Cli::on(&simulator, &args).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (6, ""), "{path}: {}", ended.stderr);
        assert_eq!(error_of(&ended)["kind"], "output");
    }
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ended = Cli::on(&simulator, &["export", "--output", "-"]).stdout_to(full).run();
    assert_eq!(ended.code, 6, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_file_is_replaced_only_with_force() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    fs::write(&path, "precious").unwrap();
    let args = ["export", "--output", &path];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(ended.stderr.contains("add --force to replace it"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let ended = Cli::on(&simulator, &args).arg("--force").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(videos(&fs::read_to_string(&path).unwrap()), as_exported(&simulator.videos()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_export_needs_resume_or_restart() {
    let simulator = simulator(500).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--output", &path, "--read-ahead", "0"];
    simulator.script_at(3, Fault::StatusRetryAfter(429, "3600".into()));
    assert_eq!(Cli::on(&simulator, &args).run().code, 5);
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(ended.stderr.contains("--resume") && ended.stderr.contains("--restart"));
    assert!(ended.stderr.ends_with("--read-ahead 0 --resume\n"), "{}", ended.stderr);
    let ended = Cli::on(&simulator, &args).arg("--title=other").arg("--resume").run();
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    let ended = Cli::on(&simulator, &args).arg("--restart").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(videos(&fs::read_to_string(&path).unwrap()), as_exported(&simulator.videos()));
    assert_eq!(files.names(), ["videos.jsonl"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_on_the_same_path_is_refused() {
    let simulator = start(Simulator::builder().latency(Duration::from_secs(3600))).await;
    let files = Scratch::new();
    let args = ["export", "--output", &files.file("videos.jsonl")];
    let _first = Cli::on(&simulator, &args).spawn();
    eventually(|| simulator.requests() == 1).await;
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(ended.stderr.contains("another run is writing"), "{}", ended.stderr);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_not_unicode_works() {
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    let simulator = simulator(300).await;
    let files = Scratch::new();
    let path = files.path().join(std::ffi::OsStr::from_bytes(b"\xff'\x1b[31m.jsonl"));
    simulator.script_at(3, Fault::StatusRetryAfter(429, "3600".into()));
    let args = ["export", "--read-ahead", "0", "--output"];
    let ended = Cli::on(&simulator, &args).arg(&path).run();
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    let again = ended.stderr.lines().last().unwrap();
    let summary = files.file("summary.json");
    let again = Command::new("sh")
        .args(["-c", &format!("{again} --summary-file \"$0\""), &summary])
        .env("HEYGEN_API_BASE", simulator.base_url())
        .env("HEYGEN_API_KEY", Simulator::API_KEY)
        .output()
        .unwrap();
    let stderr = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("300 videos, 200 of them from before"), "{stderr}");
    assert!(!stderr.contains('\u{1b}'), "a control character of the path reached the terminal");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 300);
    let summary: Value = serde_json::from_str(&fs::read_to_string(summary).unwrap()).unwrap();
    assert!(summary["path"].as_str().unwrap().ends_with("\u{fffd}'\u{1b}[31m.jsonl"));
}

#[test]
fn fields_may_have_spaces_after_commas() {
    let args = ["export", "--demo", "2", "--output", "-", "--format", "csv"];
    let ended = Cli::new(&args).arg("--fields").arg("video_id, created_at").run();
    assert_eq!((ended.code, ended.stdout.lines().next()), (0, Some("video_id,created_at")));
    assert!(ended.stdout.lines().nth(1).unwrap().ends_with('Z'), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_stdout_exits_quietly_with_141() {
    let simulator = simulator(5_000).await;
    let mut running = Cli::on(&simulator, &["export", "--output", "-", "--progress=none"]).spawn();
    let mut line = String::new();
    BufReader::new(running.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(videos(&line), as_exported(&simulator.videos()[..1]));
    let ended = running.ended();
    assert_eq!((ended.code, ended.stderr.as_str()), (141, ""));
    assert!(simulator.requests() < 50, "it listed the whole account");
}
