//! Exports to a file, stops half-way, and resumes. The file appears only when it is complete.
//!
//! `cargo run --features export,simulator --example export_to_file [PATH]`. The default path is
//! `videos.jsonl` in the directory for temporary files.

#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use heygen_videos::export::{Event, Existing, Export, Outcome, Output, StopHandle};
use heygen_videos::simulator::Simulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os()
        .nth(1)
        .map_or_else(|| std::env::temp_dir().join("videos.jsonl"), PathBuf::from);
    let simulator = Simulator::builder().videos(2_500).start().await?;
    let query = simulator.client().videos();

    // A program would call `stop` from a signal handler. Here it is called after 1,000 videos.
    let stop = StopHandle::new();
    let first = Export::new(query.clone(), Output::file(&path))
        .existing(Existing::Restart)
        .force(true)
        .stop(stop.clone());
    let summary = first
        .run(|event| {
            if matches!(event, Event::Page { videos, .. } if *videos >= 1_000) {
                stop.stop();
            }
        })
        .await?;
    assert_eq!(summary.outcome, Outcome::Stopped);
    println!("stopped after {} videos, saved next to {}", summary.videos, path.display());

    let rest = Export::new(query, Output::file(&path)).existing(Existing::Resume).force(true);
    let summary = rest
        .run(|event| {
            if let Event::Started { resumed, .. } = event {
                println!("resuming after {resumed} videos");
            }
        })
        .await?;
    let lines = fs::read_to_string(&path)?.lines().count();
    println!(
        "{:?}: {lines} lines in {}, the second run sent {} of {} requests",
        summary.outcome,
        path.display(),
        summary.requests,
        simulator.requests(),
    );
    if lines == 2_500 { Ok(()) } else { Err("videos are missing or repeated".into()) }
}
