//! Seven nights of the script in `docs/operating.md`, three of them with a failure.

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use heygen_videos::Video;
use heygen_videos::simulator::{Fault, Simulator};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::cli::{Scratch, as_exported};
use crate::support::export::read;
use crate::support::fault::refused_url;
use crate::support::walk::{eventually, start};

const DAY: i64 = 24 * 60 * 60;
/// How much earlier than a day after the last run a scheduler may start the next one.
const JITTER: i64 = 60;

/// A folder with the script and its files, and the account.
struct Job {
    simulator: Simulator,
    files: Scratch,
    /// What the file should hold: the listing at the last run that ended with 0.
    delivered: Option<Vec<Video>>,
}

impl Job {
    async fn new() -> Self {
        let simulator = start(Simulator::builder().videos(1_000)).await;
        let files = Scratch::new();
        fs::write(files.file("nightly"), script()).unwrap();
        fs::write(files.file("key"), Simulator::API_KEY).unwrap();
        Self { simulator, files, delivered: None }
    }

    fn path(&self) -> PathBuf {
        self.files.path().join("videos.jsonl.gz")
    }

    /// Starts the script as cron does, after this line of shell.
    fn start(&self, before: &str, base_url: &str) -> Child {
        let program = Path::new(env!("CARGO_BIN_EXE_heygen-videos")).parent().unwrap();
        let mut path = program.as_os_str().to_owned();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let arguments = [self.files.file("nightly"), self.files.file("videos.jsonl.gz")];
        Command::new("/bin/sh")
            .args(["-c", &format!("{before}exec /bin/sh \"$@\""), "cron"])
            .args(arguments)
            .arg(self.files.file("key"))
            .env_clear()
            .envs([("HOME", self.files.file("home")), ("PAUSE", "0".to_owned())])
            .env("PATH", path)
            .env("HEYGEN_API_BASE", base_url)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap()
    }

    /// Runs the script to its end. Returns the code, and the warnings of the summary.
    async fn run(&mut self, before: &str, base_url: &str) -> (i32, Vec<String>) {
        let mut child = self.start(before, base_url);
        let mut status = None;
        eventually(|| {
            status = child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        let code = status.unwrap().code().unwrap();
        let summary = fs::read(self.files.file("videos.jsonl.gz.summary.json")).unwrap();
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        assert_eq!(summary["exit"], code, "{summary}");
        if code == 0 {
            self.delivered = Some(as_exported(&self.simulator.videos()));
        }
        self.check();
        let warnings = summary["warnings"].as_array().cloned().unwrap_or_default();
        (code, warnings.iter().map(|each| each["kind"].as_str().unwrap().to_owned()).collect())
    }

    async fn run_undisturbed(&mut self) -> Vec<String> {
        let (code, warnings) = self.run("", &self.simulator.base_url()).await;
        assert_eq!(code, 0);
        warnings
    }

    /// Kills the script and the program once something is saved.
    async fn kill_in_the_middle(&self) {
        let next = self.simulator.requests() + 5;
        self.simulator.script_at(next, Fault::Latency(std::time::Duration::from_secs(3600)));
        let mut child = self.start("", &self.simulator.base_url());
        let checkpoint = self.files.file("videos.jsonl.gz.checkpoint");
        eventually(|| {
            let saved = fs::read(&checkpoint).unwrap_or_default();
            let saved: Value = serde_json::from_slice(&saved).unwrap_or_default();
            saved["counts"]["videos"].as_u64() > Some(0)
        })
        .await;
        let group = format!("-{}", child.id());
        assert!(
            Command::new("kill").args(["-s", "KILL", "--", &group]).status().unwrap().success()
        );
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        self.check();
    }

    /// The file is the listing of the last run that ended with 0.
    #[track_caller]
    fn check(&self) {
        let Some(delivered) = &self.delivered else {
            assert!(!self.path().exists());
            return;
        };
        let text = String::from_utf8(read(&self.path())).unwrap();
        let videos: Vec<Video> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(&videos, delivered);
    }

    /// Changes the account as a day does: three new videos, and two are deleted.
    fn next_day(&self, night: i64) {
        for number in 0..3 {
            let created_at = 1_800_000_000 + night * DAY + number;
            let id = format!("night-{night}-{number}");
            let video = json!({ "video_id": id, "video_title": id, "created_at": created_at });
            self.simulator.insert(serde_json::from_value(video).unwrap());
        }
        for id in &self.simulator.ids()[100..102] {
            assert!(self.simulator.remove(id));
        }
        self.make_checkpoint_older();
    }

    /// Moves the start of the unfinished export to the last night.
    fn make_checkpoint_older(&self) {
        let path = self.files.file("videos.jsonl.gz.checkpoint");
        let Ok(text) = fs::read_to_string(&path) else { return };
        let saved: Value = serde_json::from_str(&text).unwrap();
        let (begun_at, sum) = (saved["begun_at"].as_i64().unwrap(), saved["sum"].as_str().unwrap());
        let older = format!("\"begun_at\":{}", begun_at - DAY + JITTER);
        let text = text.trim_end().replace(&format!("\"begun_at\":{begun_at}"), &older);
        let without_sum = text.replace(sum, "");
        let sum: String =
            Sha256::digest(&without_sum)[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let text = without_sum.replace("\"sum\":\"\"", &format!("\"sum\":\"{sum}\""));
        fs::write(path, text).unwrap();
    }
}

/// The script of the page, with a wait of 0 for a page, so that a failure takes no time.
fn script() -> String {
    let page = include_str!("../../../docs/operating.md");
    let (_, script) = page.split_once("```sh\n#!/bin/sh\n").expect("the page has a script");
    let (script, _) = script.split_once("```\n").unwrap();
    assert!(script.contains("heygen-videos export ") && script.contains("--max-wait 10m"));
    script.replace("--max-wait 10m", "--max-wait 0s")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_each_of_seven_nights_is_the_listing_of_the_last_success() {
    let mut job = Job::new().await;
    assert_eq!(job.run_undisturbed().await, [""; 0], "night 1");

    job.next_day(2);
    let (code, _) = job.run("", &refused_url()).await;
    assert_eq!(code, 1, "night 2: the server is down");

    job.next_day(3);
    assert_eq!(job.run_undisturbed().await, [""; 0], "night 3");

    job.next_day(4);
    job.kill_in_the_middle().await;

    // What the killed run saved is the listing of night 4.
    job.next_day(5);
    assert_eq!(job.run_undisturbed().await, ["too_old"], "night 5");

    job.next_day(6);
    let (code, _) = job.run("ulimit -f 40; ", &job.simulator.base_url()).await;
    assert!([5, 6].contains(&code), "night 6: the disk is full: {code}");
    assert_eq!(job.run_undisturbed().await, [""; 0], "night 6, with room on the disk");

    job.next_day(7);
    assert_eq!(job.run_undisturbed().await, [""; 0], "night 7");
    let names = ["key", "nightly", "videos.jsonl.gz", "videos.jsonl.gz.summary.json"];
    assert_eq!(job.files.names(), names);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_finished_by_a_second_run_of_the_same_night() {
    let mut job = Job::new().await;
    job.run_undisturbed().await;
    job.next_day(2);
    job.kill_in_the_middle().await;
    let before = job.simulator.requests();
    assert_eq!(job.run_undisturbed().await, [""; 0]);
    assert!(job.simulator.requests() - before < 10, "it was restarted");
}
