//! Exports of videos that a workbook cannot hold: what was saved becomes a file of another format.

use std::fs;
use std::process::Command;

use heygen_videos::Video;
use heygen_videos::simulator::Simulator;

use crate::support::cli::{Cli, Scratch};
use crate::support::walk::simulator;

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_too_long_for_a_cell_leads_to_a_command_that_needs_no_request() {
    for given in [&["--resume"][..], &["--format", "xlsx"], &["--format=xlsx", "--restart"]] {
        let simulator = simulator(90).await;
        let mut long = Video::new("a-long-one");
        long.video_title = Some("x".repeat(32_768));
        simulator.insert(long);
        let files = Scratch::new();
        let path = files.file("videos.xlsx");
        let args = [&["export", "--output", &path, "--progress", "json"], given].concat();
        let mut resume = String::new();
        // The same command goes on, but cannot succeed.
        for _ in 0..if given == ["--resume"] { 2 } else { 1 } {
            let ended = Cli::on(&simulator, &args).run();
            let event = ended.last_event();
            assert_eq!((ended.code, &event["kind"]), (5, &"does_not_fit".into()), "{event}");
            let message = event["message"].as_str().unwrap();
            assert!(message.contains("has 32768 characters"), "{message}");
            assert!(event["hint"].as_str().unwrap().contains("--format csv or jsonl"), "{event}");
            resume = event["resume"].as_str().unwrap().to_owned();
            assert!(resume.ends_with("--format csv --resume"), "{resume}");
        }

        let requests = simulator.requests();
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &resume]).env_clear();
        shell.env("HEYGEN_API_KEY", Simulator::API_KEY);
        let ended = shell.env("HEYGEN_API_BASE", simulator.base_url()).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(simulator.requests(), requests, "everything was saved before");
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 92);
        assert_eq!(files.names(), ["videos.xlsx"]);
    }
}
