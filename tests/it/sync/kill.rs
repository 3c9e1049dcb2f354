//! Syncs that are killed at random instants until one is complete.
//!
//! `RUNS=500 SEED=7 cargo test --release --features cli --test it -- --nocapture sync::kill` syncs
//! 500 databases from seed 7. CI runs a small count.

use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use heygen_videos::simulator::Simulator;

use crate::support::cli::{Cli, Running};
use crate::support::export::{file_names, temp_path};
use crate::support::soak::{count, seed};
use crate::support::sync::{VALUES, texts};

/// Much longer than any database needs, however often its syncs are killed.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

#[track_caller]
fn start(simulator: &Simulator, path: &Path, full: bool) -> Running {
    let path = path.to_str().unwrap();
    let cli = Cli::on(simulator, &["sync", path, "--page-size", "1", "--progress", "none"]);
    if full { cli.arg("--full").spawn() } else { cli.spawn() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_killed_sync_continues_to_the_same_rows() {
    let (seed, runs) = (seed(), count("RUNS", 6));
    println!("SEED={seed} RUNS={runs}");
    // Six batches, one every 50 pages.
    let simulator = Simulator::builder().videos(300).start().await.unwrap();
    let (_folder, whole) = temp_path("videos.db");
    let begun = Instant::now();
    assert_eq!(start(&simulator, &whole, false).ended().code, 0);
    let time = begun.elapsed().as_micros() as u64;
    let wanted = texts(&whole, VALUES);
    let (begun, mut kills, mut absent) = (Instant::now(), 0_u64, 0_u64);
    for run in 0..runs {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let again = format!("repeat with SEED={} RUNS=1", seed.wrapping_add(run));
        let (_folder, path) = temp_path("videos.db");
        // Later runs get more time, so that they progress.
        let (mut longest, started) = (rng.u64(time / 8..=time / 2), Instant::now());
        while !start(&simulator, &path, rng.bool()).killed_within(longest, &mut rng) {
            assert!(started.elapsed() < TEST_TIMEOUT, "the sync makes no progress: {again}");
            kills += 1;
            longest += time / 16;
            if !path.exists() {
                absent += 1;
                continue;
            }
            assert_eq!(texts(&path, "PRAGMA integrity_check"), ["ok"], "{again}");
            let mixed = "SELECT video_id FROM videos WHERE last_seen_run NOT IN
                         (SELECT run FROM runs)";
            assert_eq!(texts(&path, mixed), [""; 0], "rows without their run: {again}");
        }
        assert!(texts(&path, VALUES) == wanted, "{again}");
        let names = file_names(&path);
        assert!(names.iter().all(|name| name.starts_with("videos.db")), "{names:?}");
        assert_eq!(start(&simulator, &path, true).ended().code, 0, "{again}");
        // A reader that may not write leaves files of SQLite, so this comes first.
        assert_eq!(file_names(&path), ["videos.db"], "{again}");
        assert!(texts(&path, VALUES) == wanted, "{again}");
    }
    println!(
        "{runs} databases, {kills} kills in {:.1} s, {absent} of them before there was a database",
        begun.elapsed().as_secs_f64(),
    );
    assert!(kills > 0, "no sync was killed before it was complete");
}
