//! The command `sync`: exit codes, output and signals.

use std::fs;
use std::process::Command;
use std::time::Duration;

use heygen_videos::simulator::{Fault, Simulator};
use serde_json::Value;

use crate::support::cli::{Cli, Scratch};
use crate::support::export::names_in;
use crate::support::sync::{daily, one, texts, video};
use crate::support::walk::{eventually, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_says_what_changed_and_leaves_one_file() {
    let simulator = daily(30).await;
    let files = Scratch::new();
    let path = files.file("videos.db");
    let ended = Cli::on(&simulator, &["sync", &path]).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let wanted = "videos.db: 30 videos (30 inserted, 0 updated, 0 unchanged, 0 deleted), in ";
    assert!(ended.stderr.contains(wanted), "{}", ended.stderr);
    assert!(ended.stderr.contains("(full, 1 page, 1 request, 0 retries, "), "{}", ended.stderr);
    assert_eq!(files.names(), ["videos.db"]);
    let ended = Cli::on(&simulator, &["sync", &path, "--quiet"]).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));

    simulator.insert(video("new", 0, "completed"));
    assert!(simulator.remove("v020"));
    let before = fs::read(&path).unwrap();
    let ended = Cli::on(&simulator, &["sync", &path, "--full", "--dry-run"]).run();
    let wanted = "(would be 1 inserted, 0 updated, 29 unchanged, 1 deleted)";
    assert!(ended.stderr.contains(wanted), "{}", ended.stderr);
    assert!(fs::read(&path).unwrap() == before);
    let ended = Cli::on(&simulator, &["sync", &path, "--full"]).run();
    let wanted = "30 videos (1 inserted, 0 updated, 29 unchanged, 1 deleted)";
    assert!(ended.stderr.contains(wanted), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_progress_and_the_summary_file_have_the_counts() {
    let simulator = daily(30).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.db"), files.file("summary.json"));
    let args =
        ["sync", &path, "--page-size", "10", "--progress", "json", "--summary-file", &summary];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let events: Vec<Value> =
        ended.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let words: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(words, ["started", "page", "page", "page", "checkpoint", "summary"]);
    assert_eq!((&events[0]["mode"], &events[0]["floor"]), (&"full".into(), &Value::Null));
    assert!(events.iter().all(|event| event["path"] == path.as_str() && event["time"].is_string()));
    let written: Value = serde_json::from_str(&fs::read_to_string(summary).unwrap()).unwrap();
    for summary in [events.last().unwrap(), &written] {
        for (name, value) in [
            ("inserted", 30),
            ("updated", 0),
            ("unchanged", 0),
            ("deleted", 0),
            ("videos", 30),
            ("pages", 3),
            ("requests", 3),
            ("retries", 0),
            ("skipped", 0),
            ("exit", 0),
        ] {
            assert_eq!(summary[name], value, "{name}");
        }
        assert_eq!((&summary["api"], &summary["mode"]), (&"v1".into(), &"full".into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_saves_and_the_printed_command_continues() {
    let builder = Simulator::builder().videos(600).latency(Duration::from_millis(2));
    let simulator = start(builder).await;
    let files = Scratch::new();
    let path = files.file("Anna's videos.db");
    let mut printed = String::new();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let until = simulator.requests() + 10;
        let running = Cli::on(&simulator, &["sync", &path, "--page-size", "10"]).spawn();
        eventually(|| simulator.requests() >= until).await;
        running.signal(signal);
        let ended = running.ended();
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains("stopped: what was received is saved"), "{}", ended.stderr);
        assert!(one::<i64>(path.as_ref(), "SELECT count(*) FROM videos") > 0);
        printed = ended.stderr.lines().last().unwrap().trim().to_owned();
    }
    let stopped = texts(path.as_ref(), "SELECT mode || parts FROM runs WHERE outcome IS NULL");
    assert_eq!(stopped, ["full2"]);
    assert!(printed.ends_with("--page-size 10"), "{printed}");
    let again = Command::new("sh")
        .args(["-c", &printed])
        .env("HEYGEN_API_BASE", simulator.base_url())
        .env("HEYGEN_API_KEY", Simulator::API_KEY)
        .status();
    assert!(again.unwrap().success(), "{printed}");
    assert_eq!(one::<i64>(path.as_ref(), "SELECT count(*) FROM current_videos"), 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_exits_with_5_if_something_was_saved_and_otherwise_with_its_own_code() {
    let simulator = daily(60).await;
    let files = Scratch::new();
    let path = files.file("videos.db");
    let args = ["sync", &path, "--page-size", "10", "--max-wait", "0s", "--read-ahead", "0"];
    simulator.script(Fault::Status(500));
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(files.names(), [""; 0], "nothing was saved, so nothing is left");
    let ended = Cli::on(&simulator, &args).env("HEYGEN_API_KEY", "wrong").run();
    assert_eq!((ended.code, files.names().len()), (3, 0), "{}", ended.stderr);

    simulator.script_at(simulator.requests() + 3, Fault::Status(500));
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("20 videos are saved; go on with:\n"), "{}", ended.stderr);
    assert!(ended.stderr.trim_end().ends_with("--read-ahead 0"), "{}", ended.stderr);
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = Cli::on(&simulator, &args).env("HEYGEN_API_KEY", "wrong").run();
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(ended.stderr.contains("another key\n  hint: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("add --key-rotated"), "{}", ended.stderr);
}

#[test]
fn wrong_paths_and_options_are_refused_before_anything_happens() {
    let files = Scratch::new();
    let text = files.file("notes.txt");
    fs::write(&text, "mine").unwrap();
    for (path, code, says) in [
        ("-", 2, "a database cannot be written to stdout"),
        (&*text, 7, "is not a SQLite database"),
        (files.path().to_str().unwrap(), 6, "is a folder"),
        ("/dev/null", 6, "is a device"),
        (&*files.file("missing/videos.db"), 6, "cannot open the folder"),
    ] {
        let ended = Cli::new(&["sync", "--demo", "10", path]).run();
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains(says) && ended.stderr.contains("hint: "), "{}", ended.stderr);
    }
    assert_eq!(fs::read_to_string(&text).unwrap(), "mine");
    assert_eq!(names_in(files.path()), ["notes.txt"]);
    let path = files.file("videos.db");
    let wal = files.file("videos.db-wal");
    // The database need not exist, and SQLite's files are next to the file that a link leads to.
    let (link, spelled) = (files.file("link.db"), files.file("./videos.db"));
    std::os::unix::fs::symlink("videos.db", &link).unwrap();
    for given in [&path, &link, &spelled] {
        for summary in [&path, &wal, &link] {
            let ended = Cli::new(&["sync", "--demo", "10", given, "--summary-file", summary]).run();
            assert_eq!(ended.code, 2, "{}", ended.stderr);
            assert!(ended.stderr.contains("would overwrite"), "{}", ended.stderr);
            assert!(!ended.stderr.contains("of the export"), "{}", ended.stderr);
        }
    }
    fs::remove_file(&link).unwrap();
    let ended = Cli::new(&["sync", "--demo", "10", &path, "--look-back", "soon"]).run();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(Cli::new(&["sync", &path]).run().code, 3);
    assert_eq!(names_in(files.path()), ["notes.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_listing_names_the_option_that_accepts_it() {
    let simulator = daily(5).await;
    let files = Scratch::new();
    let path = files.file("videos.db");
    assert_eq!(Cli::on(&simulator, &["sync", &path]).run().code, 0);
    simulator.ids().iter().for_each(|id| assert!(simulator.remove(id)));
    let ended = Cli::on(&simulator, &["sync", &path, "--full"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("warning: the listing is empty"), "{}", ended.stderr);
    assert!(ended.stderr.contains("add --allow-empty"), "{}", ended.stderr);
    let ended = Cli::on(&simulator, &["sync", &path, "--full", "--allow-empty"]).run();
    assert!(ended.stderr.contains("5 deleted"), "{}", ended.stderr);
}

#[test]
fn a_demo_can_be_synced_again_on_another_port() {
    let files = Scratch::new();
    let path = files.file("videos.db");
    for inserted in ["300 inserted", "0 inserted"] {
        let ended = Cli::new(&["sync", "--demo", "300", &path]).run();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains(inserted), "{}", ended.stderr);
    }
    assert_eq!(Cli::new(&["sync", "--demo", "5", &path]).run().code, 7);
}
