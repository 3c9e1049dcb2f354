//! Syncs that are killed at random instants until one is complete.
//!
//! `RUNS=500 SEED=7 cargo test --release --features cli --test it -- --nocapture sync::kill` does
//! 500 databases from seed 7. CI does a small number.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;
use heygen_videos::simulator::Simulator;

use crate::support::export::{file_names, temp_path};
use crate::support::soak::{count, seed};
use crate::support::sync::texts;

/// Much longer than any database needs, however often its syncs are killed.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the rows of a complete database have.
const VALUES: &str = "SELECT json_array(video_id, video_title, status, type, folder_id, created_at,
    extra, deleted_at) FROM videos ORDER BY video_id";

#[track_caller]
fn start(simulator: &Simulator, path: &Path, full: bool) -> Child {
    Command::new(env!("CARGO_BIN_EXE_heygen-videos"))
        .env_clear()
        .env("HEYGEN_API_KEY", Simulator::API_KEY)
        .args(["sync", "--page-size", "1", "--progress", "none"])
        .args(full.then_some("--full"))
        .arg("--base-url")
        .arg(simulator.base_url())
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills a sync after a random time; returns whether it had already finished.
#[track_caller]
fn kill_somewhere(child: &mut Child, rng: &mut Rng, longest: u64) -> bool {
    std::thread::sleep(Duration::from_micros(rng.u64(0..longest)));
    let done = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    let status = child.wait().unwrap();
    if done && !status.success() {
        let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        panic!("{status}: {said}");
    }
    // A sync that ends just before the kill exits normally.
    status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_killed_sync_goes_on_to_the_same_rows() {
    let (seed, runs) = (seed(), count("RUNS", 6));
    println!("SEED={seed} RUNS={runs}");
    // Six batches, one every 50 pages.
    let simulator = Simulator::builder().videos(300).start().await.unwrap();
    let (_folder, whole) = temp_path("videos.db");
    let begun = Instant::now();
    assert!(start(&simulator, &whole, false).wait().unwrap().success());
    let time = begun.elapsed().as_micros() as u64;
    let wanted = texts(&whole, VALUES);
    let (begun, mut kills, mut absent) = (Instant::now(), 0_u64, 0_u64);
    for run in 0..runs {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let again = format!("repeat with SEED={} RUNS=1", seed.wrapping_add(run));
        let (_folder, path) = temp_path("videos.db");
        // Later runs get more time, so that they get on.
        let (mut longest, started) = (rng.u64(time / 8..=time / 2), Instant::now());
        while !kill_somewhere(&mut start(&simulator, &path, rng.bool()), &mut rng, longest) {
            assert!(started.elapsed() < PATIENCE, "the sync makes no progress: {again}");
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
        assert!(start(&simulator, &path, true).wait().unwrap().success(), "{again}");
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
