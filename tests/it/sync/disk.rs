//! Syncs to a disk that is full at any byte, repeated with more space.
//!
//! `RUNS=500 SEED=7 cargo test --release --features cli --test it -- --nocapture sync::disk` syncs
//! 500 databases from seed 7. CI runs a small count.

use std::path::Path;

use fastrand::Rng;
use heygen_videos::simulator::Simulator;

use crate::support::cli::{Cli, Ended};
use crate::support::export::{file_names, temp_path};
use crate::support::soak::{count, seed};
use crate::support::sync::{one, texts};

/// The unit of `ulimit -f`, in bytes.
const BLOCK: u64 = 512;

/// A sync that cannot write a file of more than this many blocks.
#[track_caller]
fn sync(simulator: &Simulator, path: &Path, blocks: Option<u64>) -> Ended {
    let path = path.to_str().unwrap();
    let args = ["sync", "--page-size", "2", "--progress", "none", path];
    let cli = blocks.map_or_else(|| Cli::new(&args), |blocks| Cli::limited(blocks, &args));
    cli.with(simulator).run()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_full_disk_loses_nothing_saved_and_the_next_sync_continues() {
    let (seed, runs) = (seed(), count("RUNS", 5));
    println!("SEED={seed} RUNS={runs}");
    let simulator = Simulator::builder().videos(500).start().await.unwrap();
    let (_folder, path) = temp_path("videos.db");
    assert_eq!(sync(&simulator, &path, None).code, 0);
    // SQLite's log gets larger than the database.
    let largest = 3 * path.metadata().unwrap().len();
    let (mut full, mut before_a_database) = (0_u64, 0_u64);
    for run in 0..runs {
        let run_seed = seed.wrapping_add(run);
        let again = format!("repeat with SEED={run_seed} RUNS=1");
        let mut rng = Rng::with_seed(run_seed);
        let (_folder, path) = temp_path("videos.db");
        let mut blocks = 0;
        loop {
            blocks = rng.u64(blocks..=blocks.max(largest / BLOCK) + 1);
            let ended = sync(&simulator, &path, Some(blocks));
            if ended.code == 0 {
                break;
            }
            full += 1;
            let code = if path.exists() { 5 } else { 6 };
            assert_eq!(ended.code, code, "{again}: {}", ended.stderr);
            if path.exists() {
                assert_eq!(texts(&path, "PRAGMA integrity_check"), ["ok"], "{again}");
            } else {
                before_a_database += 1;
                assert_eq!(file_names(&path), [""; 0], "{again}");
            }
        }
        // A reader that may not write leaves files of SQLite, so this comes first.
        assert_eq!(file_names(&path), ["videos.db"], "{again}");
        assert_eq!(one::<i64>(&path, "SELECT count(*) FROM current_videos"), 500, "{again}");
    }
    println!("{runs} databases, full {full} times, {before_a_database} of them before a database");
    assert!(full > 0, "the disk was never full");
}
