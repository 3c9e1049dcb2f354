//! What people see of an `export` while it runs: the bar, the log, and why a page is late.

use std::time::Duration;

use heygen_videos::Video;
use heygen_videos::simulator::{Fault, Simulator};

use crate::support::cli::{Cli, Scratch};
use crate::support::fault::{FaultServer, Reply, page_v1};
use crate::support::sync::one;
use crate::support::terminal::Terminal;
use crate::support::walk::{eventually, simulator, start};

/// A server whose second page keeps failing.
async fn failing_server() -> Simulator {
    let simulator = start(Simulator::builder().videos(5_000)).await;
    for request in 2..100 {
        simulator.script_at(request, Fault::Status(503));
    }
    simulator
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bar_says_why_the_next_page_is_late() {
    let simulator = failing_server().await;
    let files = Scratch::new();
    let args = ["export", "--output", &files.file("videos.jsonl"), "--read-ahead", "0"];
    for columns in [40, 120] {
        let terminal = Terminal::open(columns);
        let args = [&args[..], &["--restart"]].concat();
        let _running = Cli::on(&simulator, &args).on_terminal(&terminal).spawn();
        let reason = if columns == 40 { "/s" } else { "HTTP 503" };
        eventually(|| terminal.text().contains("\u{1b}[2K")).await;
        eventually(|| terminal.text().contains(reason)).await;
        let text = terminal.text();
        for line in text.split(['\r', '\n']) {
            let shown = line.replace("\u{1b}[2K", "");
            let shown = shown.trim_end();
            assert!(shown.chars().count() < columns.into(), "{columns} columns: {shown:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_why_the_next_page_is_late_with_the_time() {
    let simulator = failing_server().await;
    let files = Scratch::new();
    let args = ["export", "--output", &files.file("videos.jsonl"), "--max-wait", "1s"];
    let ended = Cli::on(&simulator, &args).run();
    let line = ended.stderr.lines().find(|line| line.contains("HTTP 503")).expect(&ended.stderr);
    assert!(line.contains(", retrying in "), "{line}");
    let (time, _) = line.split_once(' ').unwrap();
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{line}");
    let ended = Cli::on(&simulator, &["list", "--max-wait", "1s"]).run();
    assert!(ended.stderr.contains(", retrying in "), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dumb_terminal_gets_the_log() {
    let simulator = failing_server().await;
    let files = Scratch::new();
    let terminal = Terminal::open(80);
    let args = ["export", "--output", &files.file("videos.jsonl"), "--max-wait", "1s"];
    let cli = Cli::on(&simulator, &args).on_terminal(&terminal).env("TERM", "dumb");
    let ended = cli.run();
    assert_eq!(ended.code, 5);
    eventually(|| terminal.text().contains("--resume")).await;
    let text = terminal.text();
    assert!(text.contains(", retrying in ") && !text.contains('\u{1b}'), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_announced_end_of_an_endpoint_is_a_warning_in_every_form_of_progress() {
    let page = Reply::ok(page_v1(["a"], None, 1)).header("sunset", "Sat, 31 Oct 2026 00:00:00 GMT");
    let server = FaultServer::start(move |_, _| page.clone()).await;
    let says = "the server announces the end of /v1/video.list (Sunset: Sat, 31 Oct 2026";
    for progress in ["none", "log", "json"] {
        let files = Scratch::new();
        let (path, database) = (files.file("videos.jsonl"), files.file("videos.db"));
        let summary = files.file("summary.json");
        for command in [&["export", "--output", &path][..], &["sync", &database]] {
            let cli = Cli::new(command).arg("--progress").arg(progress);
            let cli = cli.arg("--summary-file").arg(&summary).env("HEYGEN_API_KEY", "k");
            let ended = cli.env("HEYGEN_API_BASE", server.base_url()).run();
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            let shown = ended.stderr.lines().filter(|line| line.contains(says));
            let shown = shown.filter(|line| !line.contains("\"event\":\"summary\""));
            assert_eq!(shown.count(), 1, "{command:?} {progress}: {}", ended.stderr);
            let text = std::fs::read_to_string(&summary).unwrap();
            let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
            let warnings = summary["warnings"].as_array().unwrap();
            assert_eq!((warnings.len(), &warnings[0]["kind"]), (1, &"notice".into()), "{text}");
            assert!(warnings[0]["message"].as_str().unwrap().starts_with(says), "{text}");
        }
        let noted: String =
            one(database.as_ref(), "SELECT json_extract(warnings, '$[0].kind') FROM runs");
        assert_eq!(noted, "notice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_shows_warnings_in_every_command() {
    let page = Reply::ok(page_v1(["a"], None, 1)).header("sunset", "Sat, 31 Oct 2026 00:00:00 GMT");
    let failing = Reply::new(503, "").header("retry-after", "0");
    let server = FaultServer::start(move |_, index| match index % 2 {
        0 => failing.clone(),
        _ => page.clone(),
    })
    .await;
    let files = Scratch::new();
    let (path, database) = (files.file("videos.jsonl"), files.file("videos.db"));
    for command in [
        &["list"][..],
        &["list", "--json"],
        &["tap"],
        &["export", "--output", "-"],
        &["export", "--output", &path],
        &["sync", &database],
    ] {
        let cli = Cli::new(command).arg("--quiet").env("HEYGEN_API_KEY", "k");
        let ended = cli.env("HEYGEN_API_BASE", server.base_url()).run();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        // Retries are not warnings.
        assert_eq!(ended.stderr.lines().count(), 1, "{command:?}: {}", ended.stderr);
        assert!(ended.stderr.starts_with("warning: the server announces"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_foreign_text_controls_the_terminal() {
    let simulator = simulator(0).await;
    let mut video = Video::new("a1");
    video.video_title =
        Some("A\u{61c}B\u{2028}C\u{1b}[31m\u{301}".to_owned() + &"\u{e31}".repeat(100));
    simulator.insert(video);
    let files = Scratch::new();
    let odd = "x\u{1b}]0;owned\u{7}\u{202e}.jsonl";
    std::fs::write(files.file(odd), "wrong-key").unwrap();
    let message = "no \u{61c}\u{1b}[31m such\nerror: thing".to_owned();
    let terminal = Terminal::open(120);
    let cli = |args: &[&str]| {
        let ended = Cli::on(&simulator, args).dir(files.path()).on_terminal(&terminal).run();
        ended.code
    };
    assert_eq!(cli(&["list"]), 0);
    assert_eq!(cli(&["list", "--json"]), 0);
    assert_eq!(cli(&["tap"]), 0);
    assert_eq!(cli(&["list", "--api-key-file", odd]), 3);
    assert_eq!(cli(&["list", odd]), 2);
    simulator.script(Fault::Code { code: 400_001, message });
    assert_eq!(cli(&["list"]), 1);
    assert_eq!(cli(&["export", "--output", odd, "--progress", "none"]), 7);
    simulator.script_at(simulator.requests() + 2, Fault::Latency(Duration::from_secs(1)));
    let odd = format!("y{odd}");
    let args = ["export", "--output", &odd, "--page-size", "1", "--progress", "none"];
    assert_eq!(cli(&args), 0);
    eventually(|| terminal.text().contains("already exists")).await;
    let text = terminal.text();
    let raw = text.chars().find(|c| {
        (c.is_control() && !"\r\n".contains(*c)) || "\u{61c}\u{2028}\u{202e}\u{301}".contains(*c)
    });
    assert_eq!(raw, None, "{text:?}");
    let table_row = text.lines().find(|line| line.contains("a1")).unwrap();
    assert!(table_row.chars().count() < 1_000, "{table_row}");
}
