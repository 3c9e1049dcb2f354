//! The commands `list` and `simulate`.

use std::io::{BufRead, BufReader};

use heygen_videos::Video;
use heygen_videos::simulator::{Fault, Simulator};

use crate::support::cli::as_exported;
use crate::support::cli::{Cli, Running};
use crate::support::fault::refused_url;
use crate::support::terminal::Terminal;
use crate::support::walk::{eventually, simulator, start};

#[tokio::test(flavor = "multi_thread")]
async fn list_prints_the_newest_20_as_json_lines_to_a_pipe() {
    let simulator = simulator(250).await;
    let ended = Cli::on(&simulator, &["list"]).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let videos: Vec<Video> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(videos, as_exported(&simulator.videos()[..20]));
    assert_eq!(simulator.requests(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_limits_reach_the_api() {
    let simulator = simulator(500).await;
    let folder = simulator.folders()[0].clone();
    let args = ["list", "--folder-id", &folder, "--title", "q&a ", "--limit", "3", "--api", "v3"];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.lines().count() <= 3);
    let asked = &simulator.recorded()[0];
    assert_eq!(asked.path, "/v3/videos");
    let asked = ["folder_id", "title", "limit"].map(|name| asked.param(name));
    assert_eq!(asked, [Some(folder.as_str()), Some("q&a "), Some("3")]);
    let ended = Cli::on(&simulator, &["list", "--limit", "0"]).run();
    assert_eq!((ended.code, ended.stdout.as_str(), simulator.requests()), (0, "", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn presigned_urls_are_dropped_unless_kept() {
    let simulator = simulator(5).await;
    let args = ["list", "--api", "v3"];
    let dropped = Cli::on(&simulator, &args).run();
    assert_eq!((dropped.code, dropped.stdout.lines().count()), (0, 5), "{}", dropped.stderr);
    assert!(!dropped.stdout.contains("Signature"), "{}", dropped.stdout);
    let kept = Cli::on(&simulator, &args).arg("--urls=keep").run();
    assert!(kept.stdout.contains("Signature"), "{}", kept.stdout);
}

#[test]
fn a_demo_needs_no_key_and_no_network() {
    let ended = Cli::new(&["list", "--demo", "7", "--json"]).run();
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 7), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_fits_the_terminal_and_shows_every_id() {
    let simulator = simulator(0).await;
    for number in 0..5 {
        let mut video = Video::new(format!("{number:032x}"));
        video.video_title = Some(format!("A title as long as people give them, 製品 {number}"));
        video.created_at = Some(1_759_734_824);
        simulator.insert(video);
    }
    for columns in [40, 80, 120] {
        let terminal = Terminal::open(columns);
        let ended = Cli::on(&simulator, &["list"]).on_terminal(&terminal).run();
        assert_eq!(ended.code, 0);
        eventually(|| terminal.text().contains("the account has 5")).await;
        let text = terminal.text();
        for line in text.lines() {
            let wide = line.chars().filter(|c| ('\u{3000}'..).contains(c)).count();
            assert!(line.chars().count() + wide <= columns.into(), "{columns} columns: {line}");
        }
        for number in 0..5 {
            assert!(text.contains(&format!("{number:032x}")), "{columns} columns: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_stdout_exits_quietly_with_141() {
    // More than a pipe can hold, so that a write finds it closed.
    let simulator = simulator(5_000).await;
    let mut running = Cli::on(&simulator, &["list", "--limit", "5000"]).spawn();
    let first = first_line(&mut running);
    assert!(first.starts_with(r#"{"video_id":"#), "{first}");
    let ended = running.ended();
    assert_eq!((ended.code, ended.stderr.as_str()), (141, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_refusal_exits_with_1() {
    let simulator = simulator(5).await;
    simulator.script(Fault::Code { code: 400_001, message: "no \u{1b}[31m".into() });
    let ended = Cli::on(&simulator, &["list"]).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.contains("400001") && !ended.stderr.contains('\u{1b}'));
}

#[test]
fn a_refused_connection_exits_with_1() {
    let cli = Cli::new(&["list", "--base-url", &refused_url(), "--max-wait", "1ms"]);
    let ended = cli.env("HEYGEN_API_KEY", "k").run();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: check the connection"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_exits_with_4() {
    let builder = Simulator::builder().latency(std::time::Duration::from_secs(3600));
    let simulator = start(builder).await;
    let args = ["list", "--timeout", "20ms", "--max-wait", "1ms"];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (4, ""), "{}", ended.stderr);
}

/// Reads the first line of stdout, then closes it.
#[track_caller]
fn first_line(running: &mut Running) -> String {
    let mut line = String::new();
    BufReader::new(running.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line
}

#[test]
fn the_simulator_prints_its_address_and_ends_on_a_signal() {
    for signal in ["INT", "TERM"] {
        let args = ["simulate", "--videos", "1000000", "--latency", "1", "--fault-rate", "0.3"];
        let mut running = Cli::new(&args).spawn();
        let line = first_line(&mut running);
        let url = line.trim_end().strip_prefix("listening on ").expect(&line);
        let list = Cli::new(&["list", "--base-url", url]).env("HEYGEN_API_KEY", Simulator::API_KEY);
        let ended = list.run();
        assert_eq!((ended.code, ended.stdout.lines().count()), (0, 20), "{}", ended.stderr);
        running.signal(signal);
        let ended = running.ended();
        assert_eq!(ended.code, 0);
        assert!(ended.stderr.contains(&format!("The key is {}", Simulator::API_KEY)));
    }
}

#[test]
fn the_simulator_logs_each_request_without_its_token() {
    let mut running = Cli::new(&["simulate", "-v", "--videos", "150"]).spawn();
    let line = first_line(&mut running);
    let url = line.trim_end().strip_prefix("listening on ").expect(&line);
    let list = ["list", "--limit", "150", "--base-url", url];
    let listed = Cli::new(&list).env("HEYGEN_API_KEY", Simulator::API_KEY).run();
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    running.signal("TERM");
    let log = running.ended().stderr;
    let answered: Vec<_> = log.lines().filter(|line| line.contains("request answered")).collect();
    assert_eq!(answered.len(), 2, "{log}");
    assert!(answered.iter().all(|line| line.contains("/v1/video.list") && line.contains("200")));
    assert!(!log.contains("token"), "{log}");
}

#[test]
fn the_same_seed_simulates_the_same_account() {
    let listing = |seed: &str| {
        let mut running = Cli::new(&["simulate", "--seed", seed, "--videos", "5"]).spawn();
        let line = first_line(&mut running);
        let url = line.trim_end().strip_prefix("listening on ").expect(&line).to_owned();
        let list = Cli::new(&["list", "--base-url", &url]);
        list.env("HEYGEN_API_KEY", Simulator::API_KEY).run().stdout
    };
    assert_eq!(listing("7"), listing("7"));
    assert_ne!(listing("7"), listing("8"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let simulator = simulator(1).await;
    let port = simulator.addr().port().to_string();
    let ended = Cli::new(&["simulate", "--port", &port]).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains(&format!("port {port}")), "{}", ended.stderr);
}
