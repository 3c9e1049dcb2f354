//! Exports to a disk that is full at any byte, resumed with more space.
//!
//! `RUNS=500 SEED=7 cargo test --release --features cli --test it -- --nocapture cli::disk` runs
//! 500 exports of each format from seed 7. CI runs a small count.

use std::path::Path;

use fastrand::Rng;
use heygen_videos::simulator::Simulator;

use crate::support::cli::{Cli, Ended};
use crate::support::export::{file_names, read, temp_path};
use crate::support::soak::{count, seed};

/// The unit of `ulimit -f`, in bytes.
const BLOCK: u64 = 512;

/// An export that cannot write a file of more than this many blocks. A longer write is an error,
/// because the signal for it is ignored.
#[track_caller]
fn export(simulator: &Simulator, path: &Path, blocks: Option<u64>) -> Ended {
    let path = path.to_str().unwrap();
    let args = ["export", "--resume", "--page-size", "2", "--progress", "none", "--output", path];
    let cli = blocks.map_or_else(|| Cli::new(&args), |blocks| Cli::limited(blocks, &args));
    cli.with(simulator).run()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_full_disk_loses_nothing_saved_and_the_resumed_export_has_the_same_bytes() {
    let (seed, runs) = (seed(), count("RUNS", 5));
    println!("SEED={seed} RUNS={runs}");
    let simulator = Simulator::builder().videos(1_000).start().await.unwrap();
    let (mut full, mut before_a_checkpoint) = (0_u64, 0_u64);
    // The largest file of an export is the one with the saved videos, which are JSON lines.
    let (_folder, path) = temp_path("videos.jsonl");
    assert_eq!(export(&simulator, &path, None).code, 0);
    let size = path.metadata().unwrap().len();
    for name in ["videos.jsonl", "videos.csv", "videos.jsonl.gz", "videos.jsonl.zst"] {
        let (_folder, path) = temp_path(name);
        assert_eq!(export(&simulator, &path, None).code, 0);
        let wanted = read(&path);
        for run in 0..runs {
            let run_seed = seed.wrapping_add(run);
            let again = format!("{name}: repeat with SEED={run_seed} RUNS=1");
            let mut rng = Rng::with_seed(run_seed);
            let (_folder, path) = temp_path(name);
            let mut blocks = 0;
            loop {
                blocks = rng.u64(blocks..=blocks.max(size / BLOCK) + 1);
                let ended = export(&simulator, &path, Some(blocks));
                if ended.code == 0 {
                    break;
                }
                assert!(!path.exists(), "the file must be complete or absent: {again}");
                full += 1;
                let found = file_names(&path);
                let saved = found.iter().any(|name| name.ends_with(".checkpoint"));
                let code = if saved { 5 } else { 6 };
                assert_eq!(ended.code, code, "{again}: {}", ended.stderr);
                before_a_checkpoint += u64::from(!saved);
            }
            assert!(read(&path) == wanted, "{again}");
            assert_eq!(file_names(&path), [name], "{again}");
        }
    }
    println!(
        "{} exports, full {full} times, {before_a_checkpoint} of them before a checkpoint",
        4 * runs
    );
    assert!(full > 0, "the disk was never full");
}
