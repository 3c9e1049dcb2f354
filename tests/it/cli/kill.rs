//! Exports that are killed at random instants, and resumed or begun anew until they are complete.
//!
//! `RUNS=500 SEED=7 cargo test --release --features cli --test it -- --nocapture cli::kill` runs 500
//! exports of each format from seed 7. CI runs a small count.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use heygen_videos::simulator::Simulator;

use crate::support::export::{file_names, read, temp_path};
use crate::support::soak::{count, seed};

#[track_caller]
fn start(simulator: &Simulator, path: &Path, how: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_heygen-videos"))
        .env_clear()
        .env("HEYGEN_API_KEY", Simulator::API_KEY)
        .args(["export", how, "--page-size", "1", "--progress", "none", "--base-url"])
        .arg(simulator.base_url())
        .arg("--output")
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// No export takes nearly as long, however often it is killed, so one that does gets nowhere.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lets it run for a moment: where it is then is anybody's guess, and meant to be.
#[track_caller]
fn kill_somewhere(child: &mut Child, rng: &mut Rng, longest: u64) -> bool {
    std::thread::sleep(Duration::from_micros(rng.u64(0..longest)));
    let done = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(!done || status.success(), "{status}");
    // One that ended just before it was not killed.
    status.success()
}

/// How often the exports of one format were killed, and how often with no checkpoint there yet.
fn kill_exports(simulator: &Simulator, name: &str, seed: u64, runs: u64) -> (u64, u64) {
    let (mut kills, mut restarts) = (0, 0);
    let (_folder, path) = temp_path(name);
    let begun = Instant::now();
    assert!(start(simulator, &path, "--resume").wait().unwrap().success());
    // The first kill comes at any point of a whole run or early, later ones leave it time to get on.
    let whole = begun.elapsed().as_micros() as u64;
    let wanted = read(&path);
    for run in 0..runs {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let (_folder, path) = temp_path(name);
        let mut longest = rng.u64(whole / 4..=whole);
        let again = format!("{name}: again with SEED={seed} RUNS={}", run + 1);
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < PATIENCE, "it hangs: {again}");
            // What is there is complete, and for a resume to tidy up.
            let anew = !path.exists() && rng.u8(..8) == 0;
            let mut child = start(simulator, &path, if anew { "--restart" } else { "--resume" });
            if kill_somewhere(&mut child, &mut rng, longest) {
                break;
            }
            kills += 1;
            let found = file_names(&path);
            restarts += u64::from(found.iter().all(|name| !name.ends_with(".checkpoint")));
            assert!(!path.exists() || read(&path) == wanted, "complete or absent");
            if found == [name] {
                // It was done, and killed before it could say so.
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
    assert!(kills > 0, "the kills came too late to prove anything");
}
