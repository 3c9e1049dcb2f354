//! Where the program finds its key and its base URL, and that it never shows the key.

use std::fs;

use heygen_videos::simulator::Simulator;

use crate::support::cli::{Cli, Ended, Scratch};
use crate::support::walk::start;

const KEY: &str = "canary-key==";

async fn simulator() -> Simulator {
    start(Simulator::builder().videos(3).api_key(KEY)).await
}

fn list(simulator: &Simulator) -> Cli {
    Cli::new(&["list", "--base-url", &simulator.base_url()])
}

#[track_caller]
fn assert_listed(ended: &Ended) {
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 3), "{}", ended.stderr);
}

#[track_caller]
fn assert_refused(ended: &Ended, source: &str) {
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains(source), "{}", ended.stderr);
    assert!(!ended.stderr.contains("canary") && !ended.stderr.contains("wrong-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_comes_before_the_environment_and_the_credentials_file() {
    let simulator = simulator().await;
    let files = Scratch::new();
    let (right, wrong) = (files.file("right"), files.file("wrong"));
    fs::write(&right, format!("{KEY}\n")).unwrap();
    fs::write(&wrong, "wrong-file\n").unwrap();
    let credentials = |cli: Cli, key| cli.home_file(".heygen/credentials", key);

    let cli = list(&simulator).arg("--api-key-file").arg(&right).env("HEYGEN_API_KEY", "wrong-env");
    assert_listed(&credentials(cli, "wrong-credentials").run());
    let cli = list(&simulator).arg("--api-key-file").arg(&wrong).env("HEYGEN_API_KEY", KEY);
    assert_refused(&credentials(cli, KEY).run(), &wrong);

    let cli = list(&simulator).env("HEYGEN_API_KEY", KEY);
    assert_listed(&credentials(cli, "wrong-credentials").run());
    let cli = list(&simulator).env("HEYGEN_API_KEY", "wrong-env");
    assert_refused(&credentials(cli, KEY).run(), "HEYGEN_API_KEY");

    assert_listed(&credentials(list(&simulator), KEY).run());
    assert_refused(&credentials(list(&simulator), "wrong-one").run(), ".heygen/credentials");
    // An empty variable counts as unset.
    assert_listed(&credentials(list(&simulator).env("HEYGEN_API_KEY", ""), KEY).run());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_read_from_stdin() {
    let simulator = simulator().await;
    let cli = || list(&simulator).arg("--api-key-file").arg("-");
    assert_listed(&cli().stdin(&format!("{KEY}\n")).run());
    let ended = cli().stdin("").run();
    assert_refused(&ended, "stdin is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_the_official_credentials_file_is_read() {
    let simulator = simulator().await;
    for text in [
        format!("{KEY}  \n"),
        format!(r#"{{"api_key":"{KEY}","oauth":{{"access_token":"wrong-token"}}}}"#),
        format!("api_key = {KEY}\n"),
    ] {
        assert_listed(&list(&simulator).home_file(".heygen/credentials", &text).run());
        let moved = Scratch::new();
        fs::write(moved.path().join("credentials"), &text).unwrap();
        assert_listed(&list(&simulator).env("HEYGEN_CONFIG_DIR", moved.path()).run());
    }
    let login = r#"{"oauth":{"access_token":"wrong-token"}}"#;
    let ended = list(&simulator).home_file(".heygen/credentials", login).run();
    assert_refused(&ended, "holds a login of the official CLI and no API key");
}

#[test]
fn a_missing_key_lists_all_places_that_were_searched() {
    let ended = Cli::new(&["list"]).run();
    assert_refused(&ended, "HEYGEN_API_KEY is not set");
    assert_refused(&ended, ".heygen/credentials does not exist");
    assert_refused(&ended, "--demo");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_url_flag_comes_before_the_environment() {
    let simulator = simulator().await;
    let cli = Cli::new(&["list"]).env("HEYGEN_API_KEY", KEY);
    assert_listed(&cli.env("HEYGEN_API_BASE", simulator.base_url()).run());
    let cli = list(&simulator).env("HEYGEN_API_KEY", KEY);
    assert_listed(&cli.env("HEYGEN_API_BASE", "http://127.0.0.1:1").run());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_appears_in_no_output_and_no_file() {
    let simulator = simulator().await;
    for key in [KEY, "canary-refused"] {
        for command in [&["list"][..], &["export", "--progress", "json", "--output"]] {
            let files = Scratch::new();
            let mut cli = Cli::new(command)
                .env("HEYGEN_API_KEY", key)
                .env("HEYGEN_API_BASE", simulator.base_url())
                .env("RUST_LOG", "trace");
            if command.len() > 1 {
                cli = cli.arg(files.file("videos.jsonl"));
            }
            let ended = cli.run();
            assert_eq!(ended.code, if key == KEY { 0 } else { 3 }, "{}", ended.stderr);
            assert!(ended.stderr.contains("hyper_util"), "the log is on");
            assert!(!format!("{ended:?}").contains("canary"), "{}", ended.stderr);
            for file in fs::read_dir(files.path()).unwrap() {
                let bytes = fs::read(file.unwrap().path()).unwrap();
                assert!(!String::from_utf8_lossy(&bytes).contains("canary"));
            }
        }
    }
}
