//! Exports on a system that gives them no more threads or no more open files.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use heygen_videos::simulator::Simulator;
use serde_json::Value;

use crate::support::cli::{Cli, Ended, Scratch};
use crate::support::export::{crash_at, export as library_export, file_names, temp_path};
use crate::support::strace::is_available;
use crate::support::walk::simulator;

/// An export to which the system refuses this thread and all later ones; the first is 1.
#[track_caller]
fn export_without_thread(simulator: &Simulator, path: &Path, first: u32) -> Ended {
    let failing = format!("inject=clone,clone3:error=EAGAIN:when={first}+");
    let line = format!("exec strace -f -qq -o /dev/null -e {failing} \"$@\"");
    let summary = path.with_file_name("summary.json");
    let args = ["export", "--resume", "--page-size", "20", "--progress", "json", "--output"];
    let cli = Cli::through(&line, &args).arg(path).arg("--summary-file").arg(summary);
    cli.with(simulator).run()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_without_a_thread_fails_before_its_first_request_and_says_why() {
    if !is_available() {
        return;
    }
    let simulator = simulator(90).await;
    let mut failed = 0;
    for first in 1.. {
        let (_folder, path) = temp_path("videos.jsonl");
        let requests = simulator.requests();
        let ended = export_without_thread(&simulator, &path, first);
        let last = ended.last_event();
        let summary = fs::read_to_string(path.with_file_name("summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        if ended.code == 0 {
            assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 90);
            break;
        }
        failed += 1;
        assert!(matches!(ended.code, 1 | 6), "{first}: {ended:?}");
        for event in [&last, &summary] {
            assert_eq!(event["event"], "error", "{first}: {event}");
            assert_ne!(event["kind"], "bug", "{first}: {event}");
            assert_eq!(event["exit"], ended.code, "{first}: {event}");
        }
        assert!(last["message"].as_str().unwrap().starts_with("cannot "), "{last}");
        assert_eq!(simulator.requests(), requests);
        assert_eq!(file_names(&path), ["summary.json"], "{first}");
    }
    assert!(failed >= 3, "only {failed} threads were refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_that_may_have_few_threads_is_complete_or_fails_before_its_first_request() {
    use std::os::unix::fs::chown;
    use std::os::unix::process::CommandExt;

    // The limit counts the threads of a user and does not apply to root.
    let user = 54_321;
    let simulator = simulator(90).await;
    let mut failed = 0;
    for most in 1.. {
        let (folder, path) = temp_path("videos.jsonl");
        if chown(folder.path(), Some(user), Some(user)).is_err() {
            println!("skipped: only root can run as another user");
            return;
        }
        let requests = simulator.requests();
        let mut command = Command::new("prlimit");
        command.arg(format!("--nproc={most}")).arg(env!("CARGO_BIN_EXE_heygen-videos"));
        command.args(["export", "--progress", "json", "--output"]).arg(&path);
        command.env("HEYGEN_API_KEY", Simulator::API_KEY).uid(user).gid(user);
        command.env("HEYGEN_API_BASE", simulator.base_url());
        let Ok(ended) = command.stdin(Stdio::null()).output() else {
            println!("skipped: prlimit is missing");
            return;
        };
        let said = String::from_utf8_lossy(&ended.stderr);
        if ended.status.code().is_some_and(|code| code > 125) {
            println!("skipped: another user may not run the program: {said}");
            return;
        }
        if ended.status.success() {
            assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 90);
            break;
        }
        failed += 1;
        let last: Value = serde_json::from_str(said.lines().last().unwrap()).expect(&said);
        assert_ne!(last["kind"], "bug", "{most}: {last}");
        assert!(matches!(ended.status.code(), Some(1 | 6)), "{most}: {last}");
        assert_eq!(simulator.requests(), requests, "{most}: {last}");
        assert_eq!(file_names(&path), [""; 0], "{most}: {last}");
    }
    assert!(failed >= 3, "only {failed} limits were too low");
}

/// An export that may have this many open files.
#[track_caller]
fn export_with_files(simulator: &Simulator, files: &Scratch, most: u32) -> Ended {
    let path = files.file("videos.jsonl");
    let args = ["export", "--resume", "--max-wait", "0s", "--progress", "json", "--output", &path];
    let line = format!("ulimit -n {most} && exec \"$@\"");
    Cli::through(&line, &args).with(simulator).run()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_with_few_open_files_is_complete_or_fails_clearly_and_leaves_nothing() {
    let simulator = simulator(90).await;
    let mut failed = 0;
    // The dynamic loader needs this many.
    for most in 4.. {
        let files = Scratch::new();
        let ended = export_with_files(&simulator, &files, most);
        if ended.code == 0 {
            assert_eq!(files.names(), ["videos.jsonl"]);
            break;
        }
        if !ended.stderr.starts_with('{') {
            assert_eq!(ended.code, 127, "{most}: {}", ended.stderr);
            continue;
        }
        failed += 1;
        let last = ended.last_event();
        assert_ne!(last["kind"], "bug", "{most}: {last}");
        assert_eq!((last["event"].as_str(), &last["exit"]), (Some("error"), &ended.code.into()));
        assert!(matches!(ended.code, 1 | 6), "{most}: {last}");
        assert_eq!(files.names(), [""; 0], "{most}: {last}");
    }
    assert!(failed >= 3, "only {failed} runs failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn too_few_open_files_lose_nothing_of_an_unfinished_export() {
    let simulator = simulator(90).await;
    let files = Scratch::new();
    let path = files.path().join("videos.jsonl");
    let unfinished = library_export(simulator.client().videos().page_size(20), &path);
    assert!(crash_at(unfinished, 2).await);
    let mut failed = 0;
    for most in 4.. {
        let ended = export_with_files(&simulator, &files, most);
        if ended.code == 0 {
            break;
        }
        if ended.code == 127 {
            continue;
        }
        failed += 1;
        let last = ended.last_event();
        assert_eq!((ended.code, &last["resumable"]), (5, &true.into()), "{most}: {last}");
        assert!(last["resume"].as_str().unwrap().ends_with(" --resume"), "{most}: {last}");
    }
    assert!(failed >= 3, "only {failed} runs failed");
    assert_eq!(files.names(), ["videos.jsonl"]);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 90);
}
