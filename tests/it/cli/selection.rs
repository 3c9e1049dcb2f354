//! Which videos `export` writes and in what form: the options that only pass a value to the library.

use std::fs;

use heygen_videos::Video;
use heygen_videos::simulator::Fault;
use serde_json::{Value, json};

use crate::support::cli::{Cli, Scratch};
use crate::support::walk::simulator;

#[tokio::test(flavor = "multi_thread")]
async fn since_exports_only_newer_videos() {
    let simulator = simulator(0).await;
    for (id, created_at) in [("new", 1_800_000_000), ("old", 1_700_000_000)] {
        let video = json!({ "video_id": id, "created_at": created_at });
        simulator.insert(serde_json::from_value::<Video>(video).unwrap());
    }
    let args = ["export", "-o", "-", "--format", "csv", "--fields", "video_id"];
    for since in ["2026-11-24", "2026-11-24T00:00:00Z"] {
        let ended = Cli::on(&simulator, &args).arg("--since").arg(since).run();
        assert_eq!(ended.stdout, "video_id\r\nnew\r\n", "{}", ended.stderr);
    }
    let ended = Cli::on(&simulator, &args).arg("--since").arg("soon").run();
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("not a day such as 2026-11-24"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_with_the_same_since_is_the_same_job_and_any_other_is_not() {
    let simulator = simulator(250).await;
    for (first, others) in
        [("36500d", &["36499d", "2000-01-01"][..]), ("2000-01-01", &["2000-01-02", "36500d"])]
    {
        let files = Scratch::new();
        let path = files.file("videos.jsonl");
        let args = ["export", "--resume", "--output", &path, "--page-size", "50", "--max-wait=0s"];
        simulator.script_at(simulator.requests() + 3, Fault::Status(503));
        let ended = Cli::on(&simulator, &args).arg("--since").arg(first).run();
        assert_eq!(ended.code, 5, "{}", ended.stderr);
        for other in others {
            let ended = Cli::on(&simulator, &args).arg("--since").arg(other).run();
            assert_eq!(ended.code, 7, "{other}: {}", ended.stderr);
        }
        let ended = Cli::on(&simulator, &args).run();
        assert_eq!(ended.code, 7, "without --since: {}", ended.stderr);
        assert!(ended.stderr.contains("another --since ("), "{}", ended.stderr);
        let ended = Cli::on(&simulator, &args).arg("--since").arg(first).run();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("250 videos, 100 of them from before"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_selects_videos_and_the_summary_counts_the_others() {
    let simulator = simulator(250).await;
    let args = ["export", "-o", "-", "--format", "csv", "--fields", "status"];
    let ended = Cli::on(&simulator, &args).arg("--status=failed, completed").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let statuses: Vec<_> = ended.stdout.lines().skip(1).collect();
    assert!(statuses.iter().all(|status| ["failed", "completed"].contains(status)));
    let left_out = format!(", {} of another status left out, in ", 250 - statuses.len());
    assert!(ended.stderr.contains(&left_out), "{}", ended.stderr);
    let ended = Cli::on(&simulator, &args).arg("--status=complete").run();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    let wanted = "error: there is no status \"complete\"\n  hint: did you mean 'completed'?\n";
    assert_eq!(ended.stderr, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_videos_than_the_minimum_exit_with_1_and_keep_only_the_old_file() {
    let simulator = simulator(3).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    fs::write(&path, "old").unwrap();
    let args = ["export", "--force", "--resume", "--output", &path, "--summary-file", &summary];
    let ended = Cli::on(&simulator, &args).arg("--min-items=4").run();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let wanted = "error: the listing has 3 videos, but at least 4 are required\n  \
                  hint: check the account and the filters, or require fewer\n";
    assert!(ended.stderr.ends_with(wanted), "{}", ended.stderr);
    let written: Value = serde_json::from_str(&fs::read_to_string(&summary).unwrap()).unwrap();
    assert_eq!((&written["kind"], &written["exit"]), (&"too_few".into(), &1.into()));
    assert_eq!(written["videos"], 0, "nothing is kept");
    assert_eq!((&written["resumable"], &written["resume"]), (&false.into(), &Value::Null));
    assert_eq!(files.names(), ["summary.json", "videos.jsonl"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(Cli::on(&simulator, &args).arg("--min-items=3").run().code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_videos_exit_with_5_if_an_older_export_can_still_be_resumed() {
    let simulator = simulator(250).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--output", &path, "--max-wait=0s", "--progress=json"];
    simulator.script_at(simulator.requests() + 2, Fault::Status(503));
    assert_eq!(Cli::on(&simulator, &args).run().code, 5);
    let ended = Cli::on(&simulator, &args).arg("--restart").arg("--min-items=251").run();
    let error = ended.last_event();
    assert_eq!((ended.code, &error["kind"]), (5, &"too_few".into()), "{error}");
    assert_eq!((&error["resumable"], &error["exit"]), (&true.into(), &5.into()));
    let ended = Cli::on(&simulator, &args).arg("--resume").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("\"resumed\":100"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_no_workbook_holds_is_refused_with_the_command_that_helps() {
    let simulator = simulator(1_048_576).await;
    let files = Scratch::new();
    let path = files.file("videos.xlsx");
    let args = ["export", "--output", &path, "--read-ahead=0", "--max-wait=0s"];
    let ended = Cli::on(&simulator, &args).run();
    assert_eq!((ended.code, simulator.requests()), (6, 1), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: choose another format: "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("--resume"), "{}", ended.stderr);
    assert!(files.names().is_empty());

    // An export that was started in another format.
    simulator.script_at(simulator.requests() + 2, Fault::Status(503));
    assert_eq!(Cli::on(&simulator, &args).arg("--format=csv").run().code, 5);
    let ended = Cli::on(&simulator, &args).arg("--resume").run();
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: go on in a format that holds them"), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("--max-wait=0s --format csv --resume\n"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_can_name_the_account_and_begin_with_a_byte_order_mark() {
    let simulator = simulator(1).await;
    let args = ["export", "-o", "-", "--format", "csv", "--fields", "account"];
    let ended = Cli::on(&simulator, &args).arg("--account").arg("main").arg("--bom").run();
    assert_eq!(ended.stdout, "\u{feff}account\r\nmain\r\n", "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_workbook_is_enough_to_get_one() {
    let simulator = simulator(3).await;
    let files = Scratch::new();
    let path = files.file("videos.xlsx");
    let ended = Cli::on(&simulator, &["export", "--output", &path]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(fs::read(&path).unwrap().starts_with(b"PK"), "no zip archive");
    let ended = Cli::on(&simulator, &["export", "-o", "-", "--format", "xlsx"]).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_since_in_the_future_is_a_warning() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    fs::write(&path, "old").unwrap();
    let args = ["export", "--force", "--output", &path, "--summary-file", &summary, "--since"];
    let ended = Cli::on(&simulator, &args).arg("2999-01-01").run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let says =
        "warning: only videos created since 2999-01-01T00:00:00Z are selected, which is later";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    let written: Value = serde_json::from_str(&fs::read_to_string(&summary).unwrap()).unwrap();
    assert_eq!(written["warnings"][0]["kind"], "since_in_future");
    for past in ["2000-01-01", "0s", "1d"] {
        let ended = Cli::on(&simulator, &args).arg(past).run();
        assert!(!ended.stderr.contains("warning"), "{past}: {}", ended.stderr);
    }
}
