//! What an export says to do about paths and options that cannot work.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use heygen_videos::simulator::Simulator;

use crate::support::cli::{Cli, Scratch};
use crate::support::walk::{eventually, simulator};

/// Runs an export that fails before its first request, in this folder.
#[track_caller]
fn assert_hint(simulator: &Simulator, files: &Scratch, args: &[&str], code: i32, hint: &str) {
    let requests = simulator.requests();
    let args = [&["export"], args].concat();
    let ended = Cli::on(simulator, &args).dir(files.path()).run();
    assert_eq!(ended.code, code, "{args:?}: {}", ended.stderr);
    assert!(ended.stderr.contains(&format!("hint: {hint}")), "{args:?}: {}", ended.stderr);
    assert_eq!(simulator.requests(), requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_cannot_be_written_says_what_to_do() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    fs::create_dir(files.path().join("folder")).unwrap();
    fs::write(files.path().join("file"), "").unwrap();
    let home = "the shell has not replaced ~: write $HOME instead";
    for (output, code, hint) in [
        ("--output=~/videos.jsonl", 6, home),
        ("--output=nowhere/videos.jsonl", 6, "create the folder nowhere first"),
        ("--output=file/videos.jsonl", 6, "file is not a folder"),
        ("--output=videos.jsonl/", 6, "add the name of a file"),
        ("--output=folder/", 2, "add the name of a file: folder/videos.jsonl"),
        ("--output=folder", 2, "add the name of a file: folder/videos.jsonl"),
        ("--output=nowhere/", 2, "add the name of a file: nowhere/videos.jsonl"),
    ] {
        assert_hint(&simulator, &files, &[output], code, hint);
    }
    let output = "--output=videos.jsonl";
    for (summary, code, hint) in [
        ("--summary-file=~/summary.json", 6, home),
        ("--summary-file=nowhere/summary.json", 6, "create the folder nowhere first"),
        ("--summary-file=folder", 6, "choose another path for the summary"),
        ("--summary-file=/dev/null", 6, "choose another path for the summary"),
        ("--summary-file=/dev/stdout", 6, "choose another path for the summary"),
        ("--summary-file=summary.json/", 6, "choose another path for the summary"),
    ] {
        assert_hint(&simulator, &files, &[output, summary], code, hint);
    }
    assert_hint(&simulator, &files, &[output, "--api-key-file=~/key"], 3, home);
    assert_eq!(files.names(), ["file", "folder"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_ends_in_a_slash_is_not_called_a_folder_that_exists() {
    let (simulator, files) = (simulator(5).await, Scratch::new());
    let run = |output: &str| {
        Cli::on(&simulator, &["export", "--output", output]).dir(files.path()).run().stderr
    };
    let said = run("newdir/");
    assert!(said.contains("newdir/ ends in a slash") && said.contains("no such folder"), "{said}");
    fs::create_dir(files.path().join("newdir")).unwrap();
    assert!(run("newdir/").contains("newdir/ is a folder"));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_too_long_is_refused_before_the_first_request() {
    let (simulator, files) = (simulator(5).await, Scratch::new());
    // The most bytes of a name for which there is room for the names of all other files.
    for (command, option, suffix, fits) in
        [("export", "--output", ".jsonl", 240), ("sync", "", ".db", 247)]
    {
        for length in 238..=255 {
            let name = format!("{}{suffix}", "n".repeat(length - suffix.len()));
            let args: Vec<_> =
                [command, option, &name].into_iter().filter(|a| !a.is_empty()).collect();
            let requests = simulator.requests();
            let ended = Cli::on(&simulator, &args).dir(files.path()).run();
            if length <= fits {
                assert_eq!(ended.code, 0, "{length}: {}", ended.stderr);
                fs::remove_file(files.path().join(&name)).unwrap();
            } else {
                assert_eq!(ended.code, 6, "{length}: {}", ended.stderr);
                assert!(ended.stderr.contains("hint: shorten the name"), "{}", ended.stderr);
                assert_eq!(simulator.requests(), requests, "{command} {length}");
            }
            assert!(files.names().is_empty(), "{:?}", files.names());
        }
    }
    let summary = format!("--summary-file={}", "n".repeat(250));
    let hint = "shorten the name";
    assert_hint(&simulator, &files, &["--output=videos.jsonl", &summary], 6, hint);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_or_was_removed_gets_a_hint() {
    if Cli::without_root(&["--version"]).run().code > 125 {
        println!("skipped: another user may not run the program");
        return;
    }
    let (simulator, files) = (simulator(5).await, Scratch::new());
    let set_mode = |mode| {
        fs::set_permissions(files.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(0o555);
    let (path, summary) = (files.file("videos.jsonl"), files.file("summary.json"));
    for args in [&["export", "--output", &path][..], &["sync", &path]] {
        let ended = Cli::without_root(args).with(&simulator).run();
        assert_eq!(ended.code, 6, "{}", ended.stderr);
        let hint = "hint: give a path in a folder that you can write to";
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    }
    let args = ["export", "--output=-", "--summary-file", &summary];
    let ended = Cli::without_root(&args).with(&simulator).run();
    assert!(ended.stderr.contains("in a folder that you can write to"), "{}", ended.stderr);
    set_mode(0o755);
    let line = "mkdir gone && cd gone && rmdir ../gone && exec \"$@\"";
    for args in [&["export", "--output=videos.jsonl"][..], &["sync", "videos.db"]] {
        let cli = Cli::through(line, args).with(&simulator);
        let ended = cli.env("PATH", std::env::var_os("PATH").unwrap()).dir(files.path()).run();
        assert_eq!(ended.code, 6, "{}", ended.stderr);
        assert!(ended.stderr.contains("hint: the current folder was removed"), "{}", ended.stderr);
    }
    assert_eq!(simulator.requests(), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_a_mount_point_is_refused_before_the_first_request() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let host = files.path().join("host.jsonl");
    fs::write(&host, "old").unwrap();
    fs::write(files.path().join("videos.jsonl"), "").unwrap();
    let mount = "mount --bind host.jsonl videos.jsonl";
    let namespace = ["--mount", "--propagation", "private", "sh", "-c"];
    let can = Command::new("unshare").args(namespace).arg(mount).current_dir(files.path()).output();
    if !can.is_ok_and(|can| can.status.success()) {
        println!("skipped: this user cannot mount a file");
        return;
    }
    let namespace = namespace.join(" ");
    let line = format!("exec unshare {namespace} '{mount} && exec \"$@\"' sh \"$@\"");
    let args = ["export", "--force", "--output", "videos.jsonl"];
    let cli = Cli::through(&line, &args).with(&simulator).dir(files.path());
    let ended = cli.env("PATH", std::env::var_os("PATH").unwrap()).run();
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    assert!(ended.stderr.contains("is a mount point by itself"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: mount its folder instead"), "{}", ended.stderr);
    assert_eq!(simulator.requests(), 0);
    assert_eq!(fs::read(&host).unwrap(), b"old");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_field_account_needs_a_name_for_the_account() {
    let simulator = simulator(5).await;
    let files = Scratch::new();
    let fields = ["--output", "videos.csv", "--fields", "video_id,account"];
    assert_hint(&simulator, &files, &fields, 2, "add --account NAME");
    let args = [&["export"], &fields[..]].concat();
    let ended = Cli::on(&simulator, &args).arg("--account=").dir(files.path()).run();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let ended = Cli::on(&simulator, &args).arg("--account=a").dir(files.path()).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resume_command_says_that_a_key_from_a_stream_must_be_given_again() {
    for (line, needs_key) in [
        ("exec \"$@\" --api-key-file - <key", true),
        ("exec \"$@\" --api-key-file /dev/stdin <key", true),
        ("exec \"$@\" --api-key-file /dev/fd/9 9<key", true),
        ("exec \"$@\" --api-key-file /proc/self/fd/9 9<key", true),
        ("exec \"$@\" --api-key-file key", false),
    ] {
        let simulator = simulator(300).await;
        let files = Scratch::new();
        fs::write(files.path().join("key"), Simulator::API_KEY).unwrap();
        let args = ["export", "--output", "videos.jsonl", "--requests-per-second", "1"];
        let cli = Cli::through(line, &args).env("HEYGEN_API_BASE", simulator.base_url());
        let running = cli.dir(files.path()).spawn();
        eventually(|| files.names().contains(&"videos.jsonl.checkpoint".to_owned())).await;
        running.signal("INT");
        let ended = running.ended();
        assert_eq!(ended.code, 130, "{}", ended.stderr);
        let asks = ended.stderr.contains("saved; give the key again and go on with:");
        assert_eq!(asks, needs_key, "{line}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_sync_says_that_a_key_from_a_stream_must_be_given_again() {
    let simulator = simulator(300).await;
    let files = Scratch::new();
    fs::write(files.path().join("key"), Simulator::API_KEY).unwrap();
    let args = ["sync", "videos.db", "--requests-per-second", "1"];
    let cli = Cli::through("exec \"$@\" --api-key-file - <key", &args);
    let running = cli.env("HEYGEN_API_BASE", simulator.base_url()).dir(files.path()).spawn();
    eventually(|| simulator.requests() >= 1).await;
    running.signal("INT");
    let ended = running.ended();
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(ended.stderr.contains("saved; give the key again and go on with:"), "{}", ended.stderr);
}
