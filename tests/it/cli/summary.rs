//! The summary file of an `export`: when it is written, and which files it never replaces.

use std::fs;
use std::time::Duration;

use heygen_videos::simulator::{Fault, Simulator};
use serde_json::Value;

use crate::support::cli::{Cli, Scratch};
use crate::support::walk::{eventually, simulator, start};

#[track_caller]
fn read(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_written_to_the_summary_file() {
    let simulator = simulator(5).await;
    simulator.script(Fault::Code { code: 400_001, message: "no".into() });
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    let args = ["export", "--output", &path, "--summary-file", &summary];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let written = read(&summary);
    assert_eq!((&written["event"], &written["kind"]), (&"error".into(), &"api".into()));
    assert_eq!((&written["path"], &written["videos"]), (&path.as_str().into(), &0.into()));
    assert!(written["time"].is_string(), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_before_the_first_request_is_written_to_the_summary_file() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    let args = ["export", "--output", &path, "--summary-file", &summary];
    let assert_summary = |code: i32, kind: &str| {
        let written = read(&summary);
        let wanted: [Value; 3] = ["error".into(), kind.into(), code.into()];
        assert_eq!(["event", "kind", "exit"].map(|name| written[name].clone()), wanted);
    };
    assert_eq!(Cli::on(&simulator, &args).run().code, 0);
    // The summary of an earlier run must not be left in the file.
    assert_eq!(Cli::on(&simulator, &args).run().code, 7);
    assert_summary(7, "exists");
    assert_eq!(Cli::new(&args).run().code, 3);
    assert_summary(3, "key");
    let database = files.file("videos.db");
    let args = ["sync", &database, "--summary-file", &summary];
    assert_eq!(Cli::new(&args).run().code, 3);
    assert_summary(3, "key");
    assert_eq!(read(&summary)["path"], database.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_of_an_earlier_run_is_removed_once_another_runs() {
    let simulator = start(Simulator::builder().videos(500)).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    let args = ["export", "--output", &path, "--summary-file", &summary, "--force"];
    assert_eq!(Cli::on(&simulator, &args).run().code, 0);
    assert_eq!(read(&summary)["videos"], 500);
    let next = simulator.requests() + 1;
    simulator.script_at(next, Fault::Latency(Duration::from_secs(3600)));
    let mut running = Cli::on(&simulator, &args).spawn();
    eventually(|| simulator.requests() == next).await;
    assert!(!fs::exists(&summary).unwrap());
    running.child.kill().unwrap();
    running.ended();
    assert!(!fs::exists(&summary).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_never_replaces_the_export_its_side_files_the_key_or_stdout() {
    use std::os::unix::fs::symlink;

    let simulator = simulator(5).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let (key, link) = (files.file("key"), files.file("link"));
    fs::write(&path, "precious").unwrap();
    fs::write(&key, Simulator::API_KEY).unwrap();
    fs::hard_link(&key, files.file("hard-link")).unwrap();
    symlink("videos.jsonl.partial", &link).unwrap();
    let before = files.names();
    for summary in [
        "videos.jsonl",
        "./videos.jsonl",
        &path,
        "videos.jsonl.checkpoint",
        "videos.jsonl.encoding",
        "key",
        "hard-link",
        "link",
        "-",
        "/dev/stdout",
        "/proc/self/fd/1",
    ] {
        let args = ["export", "--force", "--output", &path, "--api-key-file", &key];
        let cli = Cli::on(&simulator, &args).dir(files.path());
        let ended = cli.arg("--summary-file").arg(summary).run();
        // A path that is not a file is an output error (6), not wrong usage (2).
        let code =
            if summary.starts_with("/dev/") || summary.starts_with("/proc/") { 6 } else { 2 };
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{summary}: {}", ended.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
        assert_eq!(fs::read_to_string(&key).unwrap(), Simulator::API_KEY);
    }
    assert_eq!((files.names(), simulator.requests()), (before, 0));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_never_replaces_the_key() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let key = files.file("key.jsonl");
    fs::write(&key, Simulator::API_KEY).unwrap();
    std::os::unix::fs::symlink("key.jsonl", files.file("link.jsonl")).unwrap();
    for output in ["key.jsonl", "link.jsonl"] {
        let args = ["export", "--force", "--output", output, "--api-key-file", &key];
        let ended = Cli::on(&simulator, &args).dir(files.path()).run();
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains("holds the API key"), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(&key).unwrap(), Simulator::API_KEY);
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credentials_file_of_the_official_cli_is_not_replaced() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let home = Scratch::new();
    fs::write(home.file("credentials"), Simulator::API_KEY).unwrap();
    let summary = home.file("credentials");
    let args = ["export", "--output", &files.file("videos.jsonl"), "--summary-file", &summary];
    let cli = Cli::new(&args).env("HEYGEN_API_BASE", simulator.base_url());
    let ended = cli.env("HEYGEN_CONFIG_DIR", home.path()).run();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&summary).unwrap(), Simulator::API_KEY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_a_summary_is_left_alone() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    for (name, text) in [("notes.txt", "precious"), ("package.json", "{\"name\":\"precious\"}")] {
        let summary = files.file(name);
        fs::write(&summary, text).unwrap();
        let args = ["export", "--output", &path, "--summary-file", &summary];
        let ended = Cli::on(&simulator, &args).run();
        assert_eq!(ended.code, 7, "{}", ended.stderr);
        assert!(ended.stderr.contains("exists and is not the summary"), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(&summary).unwrap(), text);
    }
    assert_eq!(simulator.requests(), 0);
    // `mktemp` leaves an empty file.
    let summary = files.file("empty");
    fs::write(&summary, "").unwrap();
    let args = ["export", "--output", &path, "--summary-file", &summary];
    assert_eq!(Cli::on(&simulator, &args).run().code, 0);
    assert_eq!(read(&summary)["videos"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_file_that_cannot_be_written_exits_with_6_before_the_first_request() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    for summary in [
        files.path().to_str().unwrap(),
        &files.file("nowhere/summary.json"),
        "/dev/full",
        "/proc/self/summary.json",
    ] {
        let args = ["export", "--output", &path, "--summary-file", summary];
        let ended = Cli::on(&simulator, &args).run();
        assert_eq!(ended.code, 6, "{summary}: {}", ended.stderr);
        assert!(ended.stderr.contains(summary), "{}", ended.stderr);
    }
    assert_eq!((simulator.requests(), files.names()), (0, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_already_complete_has_no_number_of_videos() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    let args = ["export", "--resume", "--output", &path, "--summary-file", &summary];
    assert_eq!(Cli::on(&simulator, &args).run().code, 0);
    assert_eq!(read(&summary)["videos"], 5);
    let ended = Cli::on(&simulator, &args).arg("--min-items=6").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("videos.jsonl: already complete, in "), "{}", ended.stderr);
    let written = read(&summary);
    assert_eq!(written["videos"], Value::Null, "a zero would look like an empty account");
    assert_eq!(written["warnings"][0]["kind"], "already_complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_leaves_no_summary_of_an_earlier_run() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let summary = files.file("summary.json");
    let old = r#"{"event":"summary","exit":0}"#;
    let joined = format!("--summary-file={summary}");
    let run = |args: &[&str]| {
        let args = [args, &["--summary-file", &summary]].concat();
        Cli::on(&simulator, &args).dir(files.path()).run().code
    };
    for args in [
        &["export", "--output=-", "--resume"][..],
        &["export", "--output=-", "--fields=account"],
        &["export", "--output=videos.jsonl", "--what"],
        &["export", "--output=videos.jsonl", "--api-key=canary"],
        &["export"],
        &["sync", "-"],
        &["sync"],
        &["sync", "videos.db", "--full-every=soon"],
    ] {
        fs::write(&summary, old).unwrap();
        assert_eq!(run(args), 2, "{args:?}");
        let written = read(&summary);
        assert_eq!((&written["event"], &written["exit"]), (&"error".into(), &2.into()), "{args:?}");
        assert!(!written.to_string().contains("canary"), "{written}");
    }
    fs::write(&summary, old).unwrap();
    let ended = Cli::on(&simulator, &["sync", "videos.db", &joined]).env("RUST_LOG", "a=b=c").run();
    assert_eq!((ended.code, &read(&summary)["exit"]), (2, &2.into()), "{}", ended.stderr);

    // No other file is replaced or created.
    fs::write(&summary, "precious").unwrap();
    assert_eq!(run(&["export", "--what"]), 2);
    assert_eq!(fs::read_to_string(&summary).unwrap(), "precious");
    fs::remove_file(&summary).unwrap();
    assert_eq!(run(&["export", "--what"]), 2);
    assert!(files.names().is_empty());
    assert_eq!(simulator.requests(), 0);
}
