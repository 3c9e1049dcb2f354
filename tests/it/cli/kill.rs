//! Exports that are killed at random instants, then resumed or restarted until they are complete.
//!
//! `RUNS=500 SEED=7 cargo test --release --features cli --test it -- --nocapture cli::kill` runs
//! 500 exports of each format from seed 7. CI runs a small count.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use heygen_videos::simulator::Simulator;

use crate::support::cli::{Cli, Running};
use crate::support::export::{file_names, read, temp_path};
use crate::support::soak::{count, seed};

/// Much longer than any export needs, however often it is killed.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

#[track_caller]
fn start(simulator: &Simulator, path: &Path, how: &str) -> Running {
    let path = path.to_str().unwrap();
    let args = ["export", how, "--page-size", "1", "--progress", "none", "--output", path];
    Cli::on(simulator, &args).spawn()
}

/// How often the exports of one format were killed, and how often before their first checkpoint.
fn kill_exports(simulator: &Simulator, name: &str, seed: u64, runs: u64) -> (u64, u64) {
    let (mut kills, mut restarts) = (0, 0);
    let (_folder, path) = temp_path(name);
    let begun = Instant::now();
    assert_eq!(start(simulator, &path, "--resume").ended().code, 0);
    // The first kill comes at any time of a run. Later runs get more time, so that they progress.
    let whole = begun.elapsed().as_micros() as u64;
    let wanted = read(&path);
    for run in 0..runs {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let (_folder, path) = temp_path(name);
        let mut longest = rng.u64(whole / 4..=whole);
        let again = format!("{name}: repeat with SEED={seed} RUNS={}", run + 1);
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < TEST_TIMEOUT, "the export makes no progress: {again}");
            // A file at the path is complete; only a resume may still remove its checkpoint.
            let fresh = !path.exists() && rng.u8(..8) == 0;
            let running = start(simulator, &path, if fresh { "--restart" } else { "--resume" });
            if running.killed_within(longest, &mut rng) {
                break;
            }
            kills += 1;
            let found = file_names(&path);
            restarts += u64::from(found.iter().all(|name| !name.ends_with(".checkpoint")));
            assert!(!path.exists() || read(&path) == wanted, "the file must be complete or absent");
            if found == [name] {
                // The export was complete, and was killed before it could exit.
                break;
            }
            longest += whole / 8;
        }
        assert!(read(&path) == wanted, "{again}");
        assert_eq!(file_names(&path), [name]);
    }
    (kills, restarts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_killed_export_resumes_to_the_same_bytes() {
    let (seed, runs) = (seed(), count("RUNS", 60));
    println!("SEED={seed} RUNS={runs}");
    // Six checkpoints, one every 50 pages.
    let simulator = Simulator::builder().videos(300).start().await.unwrap();
    let begun = Instant::now();
    let counts = thread::scope(|scope| {
        let names = ["videos.jsonl", "videos.csv", "videos.jsonl.gz", "videos.jsonl.zst"];
        let simulator = &simulator;
        let threads =
            names.map(|name| scope.spawn(move || kill_exports(simulator, name, seed, runs)));
        threads.map(|thread| thread.join().unwrap())
    });
    let kills: u64 = counts.iter().map(|(kills, _)| kills).sum();
    let restarts: u64 = counts.iter().map(|(_, restarts)| restarts).sum();
    println!(
        "{} exports, {kills} kills in {:.1} s, {restarts} of them before a checkpoint",
        4 * runs,
        begun.elapsed().as_secs_f64(),
    );
    assert!(kills > 0, "no export was killed before it was complete");
}
