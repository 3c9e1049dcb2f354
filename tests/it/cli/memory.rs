//! The memory of an `export` does not grow with the listing.

use std::fs;
use std::time::Duration;

use heygen_videos::simulator::{Fault, Simulator};

use crate::support::cli::{Cli, Scratch};
use crate::support::walk::{eventually, start};

/// The peak memory of an export of this many pages before its last page, in KiB.
async fn peak(pages: u64) -> u64 {
    let simulator = start(Simulator::builder().videos(pages * 100)).await;
    simulator.script_at(pages, Fault::Latency(Duration::from_secs(3600)));
    let files = Scratch::new();
    let path = files.file("videos.jsonl");
    let args = ["export", "--output", &path, "--progress", "none"];
    let running = Cli::on(&simulator, &args).spawn();
    let checkpoint = files.file("videos.jsonl.checkpoint");
    let videos = format!("\"videos\":{},", (pages - 1) * 100);
    eventually(|| fs::read_to_string(&checkpoint).is_ok_and(|saved| saved.contains(&videos))).await;
    running.peak_memory()
}

#[tokio::test(flavor = "multi_thread")]
async fn peak_memory_for_1000_pages_is_within_10_percent_of_100_pages() {
    let (few, many) = (peak(100).await, peak(1_000).await);
    println!("100 pages: {few} KiB, 1,000 pages: {many} KiB");
    assert!(many <= few + few / 10, "{many} KiB for 1,000 pages, {few} KiB for 100");
}
