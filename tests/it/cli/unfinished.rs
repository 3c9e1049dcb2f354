//! Runs that fail before they open an unfinished export: they say that it can be resumed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use heygen_videos::export::{Format, unfinished_videos};
use heygen_videos::simulator::{Fault, Simulator};
use serde_json::Value;

use crate::support::cli::{Cli, Ended, Scratch};
use crate::support::export::{crash_at, export, stopped};
#[cfg(target_os = "linux")]
use crate::support::strace;
use crate::support::walk::{eventually, simulator};

#[track_caller]
fn assert_resumable(ended: &Ended, kind: &str, videos: u64) {
    let event = ended.last_event();
    assert_eq!(ended.code, 5, "{event}");
    let wanted: [Value; 4] = [kind.into(), true.into(), videos.into(), 5.into()];
    assert_eq!(["kind", "resumable", "videos", "exit"].map(|name| event[name].clone()), wanted);
    assert!(event["resume"].as_str().unwrap().ends_with("--resume"), "{event}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_has_no_key_or_cannot_write_its_summary_can_still_be_resumed() {
    let simulator = simulator(90).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let nowhere = files.file("nowhere/file");
    stopped(&simulator, Path::new(&path), 2).await;
    assert_eq!(unfinished_videos(&path), Some(40));
    let args = ["export", "--output", &path, "--progress", "json"];
    let cli = || Cli::new(&args).env("HEYGEN_API_BASE", simulator.base_url());
    let requests = simulator.requests();
    for ended in [
        cli().run(),
        cli().arg("--resume").run(),
        cli().env("HEYGEN_API_KEY", "").run(),
        cli().arg("--api-key-file").arg(&nowhere).run(),
    ] {
        assert_resumable(&ended, "key", 40);
    }
    let with_key = || cli().env("HEYGEN_API_KEY", Simulator::API_KEY);
    let ended = with_key().arg("--summary-file").arg(&nowhere).run();
    assert_resumable(&ended, "output", 40);
    // The same command would be wrong again.
    let ended = with_key().arg("--summary-file").arg(&path).run();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(simulator.requests(), requests);

    let ended = cli().env("HEYGEN_API_KEY", "refused").arg("--resume").arg("--key-rotated").run();
    assert_resumable(&ended, "unauthorized", 40);
    let lines = Cli::new(&["export", "--output", &path]).run().stderr;
    assert!(lines.contains("40 videos are saved; go on with:"), "{lines}");
    assert_eq!(with_key().arg("--resume").run().code, 0);
    assert_eq!((files.names(), unfinished_videos(&path)), (vec!["videos.jsonl".to_owned()], None));
    // Now nothing is unfinished.
    assert_eq!(cli().run().code, 3);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unfinished_export_whose_files_cannot_be_opened_can_still_be_resumed() {
    if !strace::is_available() {
        return;
    }
    let simulator = simulator(90).await;
    let files = Scratch::new();
    let path = files.path().join("videos.csv");
    let unfinished = export(simulator.client().videos().page_size(20), &path);
    assert!(crash_at(unfinished.format(Format::Csv), 2).await);
    let mut failed = 0;
    for error in ["EROFS", "EMFILE", "EACCES", "EIO"] {
        for when in ["1+", "2+", "3+", "4+", "5+", "6+"] {
            let at = [format!("openat:error={error}:when={when}")];
            let ended = strace::export(&simulator, &path, &["--resume"], &at);
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            failed += 1;
            let code = ended.status.code();
            assert_eq!(code, Some(5), "{}: {said}", at[0]);
            assert!(said.contains("go on with:"), "{}: {said}", at[0]);
        }
    }
    assert_eq!(failed, 24);
    let ended = strace::export(&simulator, &path, &["--resume"], &[]);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 91);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unfinished_export_of_another_user_is_refused_and_not_named_as_resumable() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let simulator = simulator(90).await;
    let files = Scratch::new();
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(files.path(), 0o777);
    let path = files.file("videos.jsonl");
    stopped(&simulator, path.as_ref(), 2).await;
    let without_root = |more: &[&str]| {
        let args = [&["export", "--output", &path], more].concat();
        Cli::without_root(&args)
    };
    if without_root(&["--help"]).run().code > 125 {
        println!("skipped: another user may not run the program");
        return;
    }
    let [checkpoint, partial] =
        ["checkpoint", "partial"].map(|name| files.path().join(format!("videos.jsonl.{name}")));
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    for (of_checkpoint, of_partial, says) in [
        (0o000, 0o644, "checkpoint may not be read by this user"),
        (0o644, 0o000, "partial may not be read by this user"),
        (0o644, 0o444, "partial may not be written by this user"),
    ] {
        set_mode(&checkpoint, of_checkpoint);
        set_mode(&partial, of_partial);
        if of_partial == 0o444 && !is_root {
            println!("skipped: an owner may always change the mode");
            continue;
        }
        for more in ["--resume", "--restart"] {
            let ended = without_root(&[more]).with(&simulator).run();
            assert_eq!(ended.code, 7, "{}", ended.stderr);
            assert!(ended.stderr.contains(says), "{}", ended.stderr);
            assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
            assert!(!ended.stderr.contains("go on with"), "{}", ended.stderr);
        }
        let ended = without_root(&["--resume"]).run();
        assert!(ended.code == 3 || of_checkpoint != 0, "{}", ended.stderr);
        assert_eq!(files.names().len(), 2);
    }
    set_mode(&partial, 0o600);
    let ended = Cli::on(&simulator, &["export", "--output", &path, "--resume"]).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_that_is_stopped_or_fails_never_says_that_it_has_saved_something() {
    let simulator = simulator(90).await;
    let files = Scratch::new();
    let path = files.file("videos.db");
    let args = ["sync", &path, "--page-size", "20", "--read-ahead", "0", "--max-wait", "0s"];
    let dry = [&args[..], &["--dry-run"]].concat();
    for has_unfinished in [false, true] {
        if has_unfinished {
            simulator.script_at(simulator.requests() + 3, Fault::Status(500));
            assert_eq!(Cli::on(&simulator, &args).run().code, 5);
        }
        let third = simulator.requests() + 3;
        simulator.script_at(third, Fault::Latency(Duration::from_secs(3600)));
        let running = Cli::on(&simulator, &dry).spawn();
        eventually(|| simulator.requests() >= third).await;
        running.signal("INT");
        let stopped = running.ended();
        assert_eq!(stopped.code, 130, "{}", stopped.stderr);
        assert!(stopped.stderr.contains("stopped: a dry run saves nothing"), "{}", stopped.stderr);
        simulator.script_at(simulator.requests() + 3, Fault::Status(500));
        let failed = Cli::on(&simulator, &dry).run();
        for ended in [stopped, failed] {
            assert!(!ended.stderr.contains("go on with"), "{}", ended.stderr);
            assert!(!ended.stderr.contains("videos are saved"), "{}", ended.stderr);
        }
    }
}
