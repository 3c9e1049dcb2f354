//! Processes several videos at once, and fetches the next page while processing the current one.
//!
//! `cargo run --release --features simulator --example concurrent`

#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use heygen_videos::simulator::Simulator;

/// How long the server takes to send a page, and how long its 100 videos take to process.
const PAGE: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::builder().videos(1_000).latency(PAGE).start().await?;
    let client = simulator.client();

    // Up to eight videos at a time. The first error stops the loop.
    let done = AtomicUsize::new(0);
    client
        .videos()
        .stream()
        .try_for_each_concurrent(8, async |_video| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .await?;
    println!("processed {} videos, eight at a time", done.into_inner());

    for pages in [0, 1] {
        let start = Instant::now();
        let mut videos = client.videos().read_ahead(pages).stream().ready_chunks(100);
        while let Some(chunk) = videos.next().await {
            for video in chunk {
                video?;
            }
            tokio::time::sleep(PAGE).await; // process a page
        }
        println!("read_ahead({pages}): {:?}", start.elapsed());
    }
    Ok(())
}
