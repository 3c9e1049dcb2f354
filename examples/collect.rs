//! Collects a listing in three ways: all at once, with a rearm after an error, and page by page.
//!
//! `cargo run --features simulator --example collect`

#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::error::Error;

use futures::{StreamExt, TryStreamExt};
use heygen_videos::RetryPolicy;
use heygen_videos::simulator::{Fault, Simulator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::builder().videos(450).start().await?;
    let client = simulator.client_builder().retry(RetryPolicy::none()).build()?;

    // All or nothing.
    let all: Vec<_> = client.videos().stream().try_collect().await?;
    println!("all at once: {} videos", all.len());

    // Keep the videos received before an error, then continue from there.
    simulator.script_at(simulator.requests() + 3, Fault::Status(503));
    let mut videos = client.videos().stream();
    let mut kept = Vec::new();
    while let Some(item) = videos.next().await {
        match item {
            Ok(video) => kept.push(video),
            Err(error) if error.is_retryable() => {
                println!("error after {} videos: {error}", kept.len());
                videos.rearm();
            }
            Err(error) => return Err(error.into()),
        }
    }
    println!("with a rearm: {} videos, equal: {}", kept.len(), kept == all);

    // One page at a time.
    let mut pages = client.videos().pages();
    while let Some(page) = pages.try_next().await? {
        println!("page: {} videos, account total {:?}", page.videos.len(), page.total);
    }
    Ok(())
}
