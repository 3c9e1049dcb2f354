//! Stops half-way, prints the cursor, and resumes from it as a new process would.
//!
//! `cargo run --features simulator --example resume`

#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::collections::HashSet;
use std::error::Error;

use futures::{StreamExt, TryStreamExt};
use heygen_videos::Cursor;
use heygen_videos::simulator::Simulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::builder().videos(250).start().await?;
    let before = simulator.ids();

    let mut videos = simulator.client().videos().stream();
    let mut seen = Vec::new();
    while seen.len() < 130 {
        let video = videos.next().await.ok_or("the listing is too short")??;
        seen.push(video.video_id);
    }
    let saved = videos.cursor().to_string();
    drop(videos);
    println!("stopped after {} videos, the cursor is\n{saved}\n", seen.len());

    // Between the two runs, delete a video that was yielded and one that was not.
    simulator.remove(&before[110]);
    simulator.remove(&before[150]);

    let cursor: Cursor = saved.parse()?;
    let mut rest = simulator.client().videos().resume_from(cursor).stream();
    while let Some(video) = rest.try_next().await? {
        seen.push(video.video_id);
    }
    let distinct: HashSet<_> = seen.iter().collect();
    println!("{} videos in both runs, {} distinct", seen.len(), distinct.len());
    println!("second run: {:?}, {:?}", rest.end(), rest.stats());

    let lost = simulator.ids().iter().filter(|id| !distinct.contains(id)).count();
    if lost == 0 && distinct.len() == seen.len() {
        Ok(())
    } else {
        Err("videos are missing or repeated".into())
    }
}
