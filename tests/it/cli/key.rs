//! Where the program finds its key and its base URL, and that it never shows the key.

use std::fs;

use heygen_videos::simulator::Simulator;
use serde_json::Value;

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
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_variable_is_refused_and_no_other_key_is_used() {
    let simulator = simulator().await;
    for empty in ["", " ", "\n"] {
        let cli = list(&simulator).env("HEYGEN_API_KEY", empty);
        assert_refused(&cli.home_file(".heygen/credentials", KEY).run(), "HEYGEN_API_KEY is set");
    }
    let cli = list(&simulator).env("HEYGEN_CONFIG_DIR", "");
    let ended = cli.home_file(".heygen/credentials", KEY).run();
    assert_refused(&ended, "HEYGEN_CONFIG_DIR is set but empty");
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_around_a_key_is_ignored() {
    let simulator = simulator().await;
    for key in [format!("{KEY}\n"), format!(" {KEY}\r\n"), format!("\t{KEY}")] {
        assert_listed(&list(&simulator).env("HEYGEN_API_KEY", &key).run());
        assert_listed(&list(&simulator).arg("--api-key-file").arg("-").stdin(&key).run());
    }
    let ended = list(&simulator).env("HEYGEN_API_KEY", "canary with spaces").run();
    assert_refused(&ended, "the key from HEYGEN_API_KEY cannot be used");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_base_url_that_cannot_be_used_is_refused_and_no_other_server_gets_the_key() {
    use std::os::unix::ffi::OsStrExt;

    let not_unicode = std::ffi::OsStr::from_bytes(b"https://proxy.internal/\xff");
    for base in [not_unicode, "".as_ref(), " ".as_ref()] {
        let cli = Cli::new(&["list", "--max-wait", "0s"]).env("HEYGEN_API_KEY", KEY);
        let ended = cli.env("HEYGEN_API_BASE", base).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
        assert!(ended.stderr.starts_with("error: HEYGEN_API_BASE is "), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_says_where_the_key_came_from() {
    let simulator = simulator().await;
    let files = Scratch::new();
    let summary = files.file("summary.json");
    let args = ["export", "--output", &files.file("videos.jsonl"), "--summary-file", &summary];
    let cli = Cli::new(&args).env("HEYGEN_API_BASE", simulator.base_url());
    let ended = cli.home_file(".heygen/credentials", KEY).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let written: Value = serde_json::from_str(&fs::read_to_string(summary).unwrap()).unwrap();
    let source = written["key_source"].as_str().unwrap();
    assert!(source.ends_with("/.heygen/credentials"), "{source}");
    assert!(ended.stderr.contains(&format!("key from {source}")), "{}", ended.stderr);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_another_service_in_the_key_file_is_never_sent() {
    let simulator = simulator().await;
    let with_file = |text: &[u8]| {
        let files = Scratch::new();
        let path = files.file("keys.env");
        fs::write(&path, text).unwrap();
        list(&simulator).arg("--api-key-file").arg(path).run()
    };
    assert_listed(&with_file(format!("API_KEY=wrong-foreign\nHEYGEN_API_KEY={KEY}\n").as_bytes()));
    assert_listed(&with_file(format!("\"{KEY}\"\n").as_bytes()));
    let sent = simulator.requests();
    let utf16: Vec<u8> = "\u{feff}canary".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (text, why, hint) in [
        (&b"HEYGEN_API_KEY=\nAPI_KEY=wrong-foreign\n"[..], "gives it no value", "write the key"),
        (b"api_key=wrong-one\nkey=wrong-two\n", "several values", "name the right one"),
        (b"database:\n  key: wrong-secret\n", "no bare key", "a line HEYGEN_API_KEY=KEY"),
        (b"STRIPE_KEY=wrong-secret\n", "no bare key", "a line HEYGEN_API_KEY=KEY"),
        (&utf16, "is UTF-16 text", "as UTF-8"),
    ] {
        let ended = with_file(text);
        assert_refused(&ended, why);
        assert!(ended.stderr.contains("hint: ") && ended.stderr.contains(hint), "{}", ended.stderr);
        let ended = list(&simulator)
            .home_file(
                ".heygen/credentials",
                std::str::from_utf8(text).unwrap_or("[a]\nkey=wrong-b"),
            )
            .run();
        assert_refused(&ended, "hint: ");
    }
    assert_eq!(simulator.requests(), sent);
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
