//! The help, the version, and the errors for wrong usage.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::cli::{Cli, Scratch};
use crate::support::export::names_in;

const COMMANDS: [&str; 7] = ["export", "sync", "tap", "list", "simulate", "completions", "man"];

#[test]
fn every_command_has_help_with_examples() {
    for command in COMMANDS {
        for args in [[command, "-h"], [command, "--help"], ["help", command]] {
            let ended = Cli::new(&args).run();
            assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{command}");
            assert!(ended.stdout.contains("Examples:\n  heygen-videos "), "{command}");
            assert!(ended.stdout.contains("Usage: heygen-videos "), "{command}");
        }
    }
}

#[test]
fn the_help_explains_the_exit_codes() {
    for args in [&["--help"][..], &["export", "--help"]] {
        let help = Cli::new(args).run().stdout;
        for code in ["0  ", "1  ", "2  ", "3  ", "4  ", "5  ", "6  ", "7  ", "130", "143", "141"] {
            assert!(help.contains(code), "{code} is not in {help}");
        }
    }
}

#[test]
fn the_version_is_that_of_the_crate() {
    let ended = Cli::new(&["--version"]).run();
    let version = format!("heygen-videos {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((ended.code, ended.stdout), (0, version));
}

#[test]
fn wrong_usage_exits_with_2_and_prints_nothing_to_stdout() {
    for args in [
        &[][..],
        &["import"],
        &["list", "--limit", "many"],
        &["list", "--page-size", "0"],
        &["list", "--page-size", "101"],
        &["list", "--folder-id", ""],
        &["list", "--api", "v2"],
        &["list", "--max-wait", "90"],
        &["list", "--requests-per-second", "0"],
        &["list", "--demo", "--base-url", "https://example.com"],
        &["list", "--demo", "unexpected"],
        &["simulate", "--fault-rate", "1.5"],
        &["simulate", "--port", "70000"],
        &["completions", "cmd.exe"],
        &["completions"],
        &["export"],
        &["export", "--demo"],
        &["export", "--demo", "--output", "-", "--format", "xml"],
        &["export", "--demo", "--output", "x.jsonl", "--resume", "--restart"],
        &["export", "--demo", "--output", "-", "--progress", "loud"],
    ] {
        let ended = Cli::new(args).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.starts_with("error: "), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn an_unsafe_base_url_is_wrong_usage() {
    let cli = Cli::new(&["list", "--base-url", "http://example.com"]).env("HEYGEN_API_KEY", "k");
    let ended = cli.run();
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("must be https"), "{}", ended.stderr);
}

#[test]
fn a_key_in_the_arguments_is_refused_and_not_printed() {
    for args in [
        &["list", "--api-key", "canary"][..],
        &["list", "--api-key=canary"],
        &["export", "--output", "-", "--api-key=canary", "--progress", "json"],
        &["list", "--key=canary"],
        &["list", "--token=canary"],
    ] {
        let ended = Cli::new(args).run();
        assert_eq!(ended.code, 2, "{args:?}");
        assert!(!format!("{ended:?}").contains("canary"), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("--api-key-file") || args[1] == "--token=canary");
    }
}

#[test]
fn wrong_usage_is_one_json_line_with_json_progress() {
    for args in [&["export", "--progress", "json"][..], &["export", "--progress=json", "--what"]] {
        let ended = Cli::new(args).run();
        let error: Value = serde_json::from_str(&ended.stderr).expect(&ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1);
        assert_eq!((&error["kind"], &error["exit"]), (&"usage".into(), &2.into()));
        assert_eq!(error["resumable"], false);
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
}

#[test]
fn a_mistyped_option_never_suggests_a_destructive_one() {
    for slip in ["--forse", "--forc", "--restar", "--resart"] {
        let ended = Cli::new(&["export", "--demo", "--output", "x.jsonl", slip]).run();
        assert_eq!(ended.code, 2);
        let is_clean = !ended.stderr.contains("--force") && !ended.stderr.contains("--restart");
        assert!(is_clean, "{slip}: {}", ended.stderr);
    }
    let ended = Cli::new(&["export", "--demo", "--output", "x.jsonl", "--resum"]).run();
    assert!(ended.stderr.contains("'--resume'"), "{}", ended.stderr);
}

#[test]
fn a_field_close_to_a_known_one_is_refused_with_a_suggestion() {
    for (field, known) in
        [("title", "video_title"), ("created", "created_at"), ("stauts", "status")]
    {
        let ended = Cli::new(&["export", "--demo", "--output", "-", "--fields", field]).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{field}: {}", ended.stderr);
        let message =
            format!("error: there is no field {field:?}\n  hint: did you mean '{known}'?\n");
        assert_eq!(ended.stderr, message);
    }
}

#[test]
fn a_manual_page_is_written_for_each_command() {
    let ended = Cli::new(&["man"]).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.contains(".TH heygen-videos 1"), "{}", ended.stdout);
    let files = Scratch::new();
    let folder = files.file("man1");
    assert_eq!(Cli::new(&["man", &folder]).run().code, 0);
    let mut wanted = vec!["heygen-videos.1".to_owned()];
    wanted.extend(COMMANDS.map(|command| format!("heygen-videos-{command}.1")));
    wanted.sort();
    assert_eq!(names_in(Path::new(&folder)), wanted);
    let page = fs::read_to_string(format!("{folder}/heygen-videos-export.1")).unwrap();
    assert!(
        page.contains(".TH heygen\\-videos\\-export 1")
            || page.contains(".TH heygen-videos-export 1")
    );
    assert!(page.contains("Exit codes"), "{page}");
    let ended = Cli::new(&["man", "/dev/null/man1"]).run();
    assert_eq!(ended.code, 6, "{}", ended.stderr);
}

#[test]
fn quiet_shows_only_what_went_wrong() {
    let files = Scratch::new();
    for args in [&["-q", "list", "--demo"][..], &["list", "--demo", "--quiet"]] {
        assert_eq!(Cli::new(args).run().stderr, "");
    }
    let path = files.file("videos.jsonl");
    let args = ["export", "-q", "--demo", "--output", &path];
    assert_eq!(Cli::new(&args).run().stderr, "");
    let ended = Cli::new(&args).run();
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
}

#[test]
fn verbose_logs_each_request_with_its_time() {
    let ended = Cli::new(&["list", "--demo", "-v"]).run();
    assert_eq!(ended.code, 0);
    let line = ended.stderr.lines().find(|line| line.contains("page received")).unwrap();
    assert!(line.starts_with("20") && line.contains("T"), "{line}");
}

#[test]
fn an_invalid_log_filter_is_wrong_usage() {
    let ended = Cli::new(&["list", "--demo"]).env("RUST_LOG", "heygen_videos=loud").run();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("RUST_LOG"));
}
