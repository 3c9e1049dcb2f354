//! Signals that stop an `export`: what is saved, and how to resume.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use heygen_videos::simulator::{Fault, Simulator};

use crate::support::cli::{Cli, Ended, Scratch};
#[cfg(target_os = "linux")]
use crate::support::strace;
use crate::support::walk::{eventually, start};

/// Runs an export and sends it a signal after this many requests, unless it ends earlier.
async fn stopped_after(simulator: &Simulator, requests: u64, signal: &str, args: &[&str]) -> Ended {
    let until = simulator.requests() + requests;
    let mut running = Cli::on(simulator, args).spawn();
    eventually(|| simulator.requests() >= until || running.child.try_wait().unwrap().is_some())
        .await;
    if running.child.try_wait().unwrap().is_none() {
        running.signal(signal);
    }
    running.ended()
}

/// Waits until the server gets no request for this long, because the run waits for its reader.
pub(super) async fn until_it_waits(simulator: &Simulator, long: Duration) {
    let mut before = (simulator.requests(), Instant::now());
    eventually(|| {
        if simulator.requests() != before.0 {
            before = (simulator.requests(), Instant::now());
        }
        before.0 > 0 && before.1.elapsed() > long
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_at_any_page_and_a_resume_give_the_bytes_of_one_run() {
    let builder = Simulator::builder().videos(600).latency(Duration::from_millis(2));
    let simulator = start(builder).await;
    for (name, seed) in [("videos.jsonl", 1), ("videos.csv", 2)] {
        let files = Scratch::new();
        let whole = files.file(&format!("whole-{name}"));
        let ended = Cli::on(&simulator, &["export", "--output", &whole]).run();
        assert_eq!(ended.code, 0, "{}", ended.stderr);

        let path = files.file(name);
        let mut args = vec!["export", "--output", &path, "--page-size", "10"];
        let (mut random, mut stops) = (fastrand::Rng::with_seed(seed), 0);
        loop {
            let (signal, code) = if random.bool() { ("INT", 130) } else { ("TERM", 143) };
            let ended = stopped_after(&simulator, random.u64(1..25), signal, &args).await;
            if ended.code == 0 {
                break;
            }
            assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{}", ended.stderr);
            assert!(ended.stderr.contains("--page-size 10 --resume\n"), "{}", ended.stderr);
            assert!(!fs::exists(&path).unwrap(), "the file must be absent until it is complete");
            stops += 1;
            if !args.contains(&"--resume") {
                args.push("--resume");
            }
        }
        assert!(stops > 1, "only {stops} stops");
        assert_eq!(fs::read(&path).unwrap(), fs::read(&whole).unwrap());
        assert_eq!(files.names().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_command_resumes_the_export() {
    let builder = Simulator::builder().videos(600).latency(Duration::from_millis(2));
    let simulator = start(builder).await;
    let files = Scratch::new();
    let path = files.file("Anna's videos.jsonl");
    let args = ["export", "--page-size", "10", "--output", &path];
    let ended = stopped_after(&simulator, 5, "INT", &args).await;
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    let command = ended.stderr.lines().find(|line| line.ends_with("--resume")).unwrap();
    let again = Command::new("sh")
        .args(["-c", command.trim()])
        .env("HEYGEN_API_BASE", simulator.base_url())
        .env("HEYGEN_API_KEY", Simulator::API_KEY)
        .output();
    assert!(again.unwrap().status.success(), "{command}");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_at_once_and_keeps_the_checkpoint() {
    let simulator = start(Simulator::builder().videos(500)).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--output", &path, "--read-ahead", "0"];
    simulator.script_at(4, Fault::Latency(Duration::from_secs(3600)));
    let mut running = Cli::on(&simulator, &args).spawn();
    eventually(|| simulator.requests() >= 4).await;
    running.signal("INT");
    let begun = Instant::now();
    // The test cannot see when the first signal was handled, so it sends more.
    while running.child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(8) {
        running.signal("INT");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ended = running.ended();
    assert!(begun.elapsed() < Duration::from_secs(8), "{}", ended.stderr);
    assert_eq!(ended.code, 130, "{}", ended.stderr);

    let ended = Cli::on(&simulator, &args).arg("--resume").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 500);
}

/// The line that shows that a signal was received.
const STOPPING: &str = "stopping; a second signal quits at once";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_within_a_second_is_the_same_request() {
    // `timeout` signals the program and then its process group.
    for (first, second, code) in [("TERM", "TERM", 143), ("INT", "INT", 130), ("TERM", "INT", 143)]
    {
        let simulator = start(Simulator::builder().videos(5_000)).await;
        simulator.script_at(8, Fault::Latency(Duration::from_secs(3600)));
        let files = Scratch::new();
        let args = ["export", "--output", &files.file("videos.jsonl")];
        let running = Cli::on(&simulator, &args).spawn();
        eventually(|| simulator.requests() >= 8).await;
        running.signal(first);
        eventually(|| running.has_said(STOPPING)).await;
        running.signal(second);
        let ended = running.ended();
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.ends_with(" --resume\n"), "{}", ended.stderr);
        assert!(files.names().contains(&"videos.jsonl.checkpoint".to_owned()));
    }
}

/// Sends two signals to an export that cannot end, because its stdout is full. Returns how it ended,
/// and whether the second signal was sent within a second of the first.
async fn ended_by_two_signals(first: &str, second: &str) -> (Ended, bool) {
    let simulator = start(Simulator::builder().videos(5_000)).await;
    let mut running = Cli::on(&simulator, &["export", "--output", "-"]).spawn();
    until_it_waits(&simulator, Duration::from_millis(300)).await;
    let begun = Instant::now();
    running.signal(first);
    eventually(|| running.has_said(STOPPING)).await;
    running.signal(second);
    let in_time = begun.elapsed() < Duration::from_millis(900);
    // A program that ends on the second signal does so here, and one that does not still waits.
    let shown = Instant::now();
    eventually(|| {
        running.child.try_wait().unwrap().is_some() || shown.elapsed() > Duration::from_millis(200)
    })
    .await;
    (running.ended(), in_time)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_within_a_second_does_not_end_an_export_that_waits_for_its_reader() {
    for (first, second, code) in [("TERM", "INT", 143), ("INT", "TERM", 130)] {
        // On a busy machine the second signal may come too late to count as the same request.
        let ended = loop {
            if let (ended, true) = ended_by_two_signals(first, second).await {
                break ended;
            }
        };
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains("the output is incomplete"), "{}", ended.stderr);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    for signal in ["INT", "TERM"] {
        let builder = Simulator::builder().videos(1_000).latency(Duration::from_millis(5));
        let simulator = start(builder).await;
        let files = Scratch::new();
        let path = files.file("videos.jsonl");
        let line = format!("trap '' {signal}; exec \"$@\"");
        let args = ["export", "--output", &path, "--page-size", "10"];
        let running = Cli::through(&line, &args).with(&simulator).spawn();
        eventually(|| simulator.requests() >= 5).await;
        running.signal(signal);
        let ended = running.ended();
        assert_eq!(ended.code, 0, "{signal}: {}", ended.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_while_the_key_is_read_ends_the_program_at_once() {
    let files = Scratch::new();
    let (unwritten, key) = std::io::pipe().unwrap();
    let args = ["export", "--output", &files.file("videos.jsonl"), "--api-key-file", "-"];
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut running = Cli::new(&args).stdin_from(unwritten.try_clone().unwrap()).spawn();
        // The test cannot see when the program begins to listen. A signal before that ends it, too.
        running.signal(signal);
        let begun = Instant::now();
        eventually(|| running.child.try_wait().unwrap().is_some()).await;
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(running.ended().code, code);
    }
    drop(key);
}

/// The bits of these signals in a mask of `/proc`.
#[cfg(target_os = "linux")]
const INT: u64 = 1 << 1;
#[cfg(target_os = "linux")]
const TERM: u64 = 1 << 14;

/// The signals for which this process has a handler.
#[cfg(target_os = "linux")]
fn handled(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or_default()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_arrives_while_the_program_starts_to_listen_is_not_lost() {
    if !strace::is_available() {
        return;
    }
    let files = Scratch::new();
    let (unwritten, key) = std::io::pipe().unwrap();
    let export = ["export", "--output", &files.file("videos.jsonl"), "--api-key-file", "-"];
    let simulate = ["simulate", "--port", "0"];
    // tokio installs a handler in several steps. After this one, the next is delayed.
    let line = "exec strace -D -f -qq -o /dev/null -e trace=rt_sigaction \
                -e inject=rt_sigaction:delay_exit=200000 \"$@\"";
    let signals = [("INT", INT, 130), ("TERM", TERM, 143)];
    let commands = [&export[..], &simulate];
    for ((signal, bit, code), args) in
        signals.into_iter().flat_map(|signal| commands.map(|args| (signal, args)))
    {
        let cli = Cli::through(line, args).stdin_from(unwritten.try_clone().unwrap());
        let mut running = cli.env("PATH", std::env::var_os("PATH").unwrap()).spawn();
        let process = running.child.id().to_string();
        let name = || fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        eventually(|| name() == "heygen-videos\n" && handled(&process) & bit != 0).await;
        running.signal(signal);
        eventually(|| running.child.try_wait().unwrap().is_some()).await;
        let ended = running.ended().code;
        // The signal may also arrive when the simulator is ready. Then it ends with 0.
        assert!(ended == code || args == simulate && ended == 0, "{signal} {args:?}: {ended}");
    }
    drop(key);
}

/// Runs the program as the first process of a container, and signals it once it has sent a request.
#[cfg(target_os = "linux")]
async fn signalled_as_pid_1(signal: &str, args: &[&str]) -> Option<Duration> {
    let namespace = ["-pf", "--kill-child", "--mount-proc"];
    let can = Command::new("unshare").args(namespace).arg("true").output();
    if !can.is_ok_and(|can| can.status.success()) {
        println!("skipped: this user cannot make a PID namespace");
        return None;
    }
    let simulator = start(Simulator::builder().latency(Duration::from_secs(3600))).await;
    let line = format!("exec unshare {} \"$@\"", namespace.join(" "));
    let cli = Cli::through(&line, args).with(&simulator);
    let mut running = cli.env("PATH", std::env::var_os("PATH").unwrap()).spawn();
    let is_server = args[0] == "simulate";
    eventually(|| simulator.requests() > 0 || is_server).await;
    let children = format!("/proc/{0}/task/{0}/children", running.child.id());
    let mut child = String::new();
    eventually(|| {
        child = fs::read_to_string(&children).unwrap().trim().to_owned();
        // Both signals have a handler.
        handled(&child) & (INT | TERM) == INT | TERM
    })
    .await;
    let begun = Instant::now();
    assert!(Command::new("kill").args(["-s", signal, &child]).status().unwrap().success());
    eventually(|| running.child.try_wait().unwrap().is_some()).await;
    Some(begun.elapsed())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn every_command_ends_on_both_signals_as_pid_1() {
    let files = Scratch::new();
    for signal in ["INT", "TERM"] {
        let path = files.file(signal);
        let export = ["export", "--format", "jsonl", "--output", &path];
        for args in [&["list"][..], &export, &["simulate"]] {
            let Some(elapsed) = signalled_as_pid_1(signal, args).await else { return };
            assert!(elapsed < Duration::from_secs(5), "{args:?}: {elapsed:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_on_stdout_cuts_no_line_and_suggests_no_resume() {
    let builder = Simulator::builder().videos(5_000).latency(Duration::from_millis(20));
    let simulator = start(builder).await;
    let ended = stopped_after(&simulator, 3, "INT", &["export", "--output", "-"]).await;
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(!ended.stderr.contains("--resume"), "{}", ended.stderr);
    let whole = ended.stdout.lines().all(|line| line.starts_with('{') && line.ends_with('}'));
    assert!(whole, "a line is incomplete");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_signal_ends_an_export_to_a_full_pipe() {
    // More than a pipe can hold.
    let simulator = start(Simulator::builder().videos(5_000)).await;
    let mut running = Cli::on(&simulator, &["export", "--output", "-"]).spawn();
    until_it_waits(&simulator, Duration::from_millis(300)).await;
    assert!(simulator.requests() < 50, "the pipe took the whole listing");
    running.signal("TERM");
    eventually(|| running.child.try_wait().unwrap().is_some()).await;
    let ended = running.ended();
    assert_eq!(ended.code, 143, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_an_export_with_a_full_stderr() {
    let simulator = start(Simulator::builder().videos(50_000)).await;
    let files = Scratch::new();
    let (unread, stderr) = std::io::pipe().unwrap();
    let mut running = Cli::on(&simulator, &["export", "--output", &files.file("videos.jsonl")])
        .env("RUST_LOG", "trace")
        .stderr_to(stderr)
        .spawn();
    until_it_waits(&simulator, Duration::from_millis(300)).await;
    assert!(simulator.requests() < 500, "the pipe took the whole listing");
    let begun = Instant::now();
    running.signal("TERM");
    // The test cannot see when the first signal was handled, so it sends more.
    while running.child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(8) {
        running.signal("TERM");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(running.child.try_wait().unwrap().is_some(), "the second signal has no effect");
    assert_eq!(running.ended().code, 143);
    drop(unread);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_pauses_longer_than_the_timeout_gets_every_video() {
    // More than a pipe can hold.
    let builder = Simulator::builder().videos(5_000).latency(Duration::from_millis(20));
    let simulator = start(builder).await;
    let args = ["export", "--output", "-", "--timeout", "3s", "--max-wait", "3s"];
    let running = Cli::on(&simulator, &args).spawn();
    until_it_waits(&simulator, Duration::from_secs(4)).await;
    assert!(simulator.requests() < 50, "the pipe took the whole listing");
    let ended = running.ended();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stdout.lines().count(), 5_000);
}
