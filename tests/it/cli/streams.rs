//! Standard streams that are closed, read-only, non-blocking or without a reader.
#![cfg(unix)]

use std::fs;
use std::io::{Read, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use serde_json::Value;

use super::signals::until_it_waits;
use crate::support::cli::{Cli, Scratch};
use crate::support::walk::simulator;

#[tokio::test(flavor = "multi_thread")]
async fn a_stdout_that_cannot_be_written_exits_with_6_before_the_first_request() {
    let simulator = simulator(300).await;
    for (redirection, why) in [("1</dev/null", "open for reading only"), ("1>&-", "it is closed")] {
        let line = format!("exec \"$@\" {redirection}");
        for args in [
            &["list"][..],
            &["export", "--output", "-"],
            &["simulate"],
            &["completions", "bash"],
            &["man"],
            &["--help"],
            &["--version"],
        ] {
            let ended = Cli::through(&line, args).with(&simulator).run();
            assert_eq!(ended.code, 6, "{args:?} {redirection}: {}", ended.stderr);
            assert!(
                ended.stderr.starts_with("error: cannot write to stdout: "),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains(why), "{args:?} {redirection}: {}", ended.stderr);
        }
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_to_a_file_needs_no_stdout() {
    let simulator = simulator(300).await;
    for redirection in ["1</dev/null", "1>&-", "1>&- 2>&-"] {
        let files = Scratch::new();
        let args = ["export", "--output", &files.file("videos.jsonl")];
        let line = format!("exec \"$@\" {redirection}");
        assert_eq!(Cli::through(&line, &args).with(&simulator).run().code, 0, "{redirection}");
        assert_eq!(files.names(), ["videos.jsonl"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_null_is_a_valid_stdout() {
    let simulator = simulator(300).await;
    for args in [&["list"][..], &["export", "--output", "-"]] {
        let ended = Cli::through("exec \"$@\" >/dev/null", args).with(&simulator).run();
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_gone_at_the_start_exits_with_141_before_the_first_request() {
    let simulator = simulator(300).await;
    for args in [&["list"][..], &["export", "--output", "-"]] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let ended = Cli::on(&simulator, args).stdout_to(writer).run();
        assert_eq!((ended.code, ended.stderr.as_str()), (141, ""), "{args:?}");
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_whose_reader_leaves_exits_with_141() {
    let simulator = simulator(20_000).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    for args in [&["list", "--limit", "20000"][..], &["export", "--output", "-"]] {
        let writer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut reader, _) = listener.accept().unwrap();
        let running = Cli::on(&simulator, args).stdout_to(OwnedFd::from(writer)).spawn();
        reader.read_exact(&mut [0; 100]).unwrap();
        // Unread data makes the system reset the connection.
        drop(reader);
        let ended = running.ended();
        assert_eq!((ended.code, ended.stderr.as_str()), (141, ""), "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_non_blocking_stdout_is_waited_for() {
    // More than a pipe holds.
    let simulator = simulator(5_000).await;
    let (mut reader, writer) = pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    let args = ["export", "--output", "-"];
    let running = Cli::on(&simulator, &args).stdout_to(writer).spawn();
    until_it_waits(&simulator, Duration::from_millis(300)).await;
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    let ended = running.ended();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(text.lines().count(), 5_000);
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "a line was cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_non_blocking_stderr_is_waited_for() {
    let simulator = simulator(10_000).await;
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let (mut reader, writer) = pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    let args = ["export", "--output", &path, "--page-size", "10", "--progress", "json"];
    let running = Cli::on(&simulator, &args).stderr_to(writer).spawn();
    until_it_waits(&simulator, Duration::from_millis(300)).await;
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(running.ended().code, 0);
    let events =
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a whole line"));
    assert_eq!(events.filter(|event| event["event"] == "page").count(), 1_000);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 10_000);
}
