//! What reading ahead saves if the server takes L for a page and the consumer takes W.
//!
//! Timers round up, so L and W are measured in the same run. The ratio compares the wall time with
//! the least possible one, max(L, W) for each page.
#![allow(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use heygen_videos::simulator::Simulator;
use tokio::runtime::{Builder, Runtime};

/// The server's time and the consumer's times, in milliseconds; the last case works in bursts.
const CASES: [(u64, [u64; 4]); 4] =
    [(20, [20; 4]), (20, [5; 4]), (5, [20; 4]), (20, [0, 0, 0, 80])];

/// Blocks the thread, so it polls nothing while the consumer works.
fn work(milliseconds: u64) {
    if milliseconds > 0 {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }
}

async fn walk(simulator: &Simulator, ahead: usize, works: &[u64]) -> (u64, Duration) {
    // A new client that is already connected, so that connecting is not measured.
    let client = simulator.client_builder().build().expect("a client");
    client.videos().max_items(1).stream().try_next().await.expect("a page");
    let begun = Instant::now();
    let mut pages = client.videos().read_ahead(ahead).pages();
    let mut count = 0;
    while pages.try_next().await.expect("a walk").is_some() {
        work(works[count as usize % works.len()]);
        count += 1;
    }
    (count, begun.elapsed())
}

fn main() {
    let quick = std::env::args().any(|arg| arg == "--test");
    let pages: u32 = if quick { 4 } else { 100 };
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let server: Runtime = server.expect("a runtime");
    let client = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let client = client.expect("a runtime");
    let builder = Simulator::builder().videos(100 * u64::from(pages));
    let simulator = server.block_on(builder.start()).expect("a free port");

    println!("{pages} pages; wall times in seconds, and as multiples of max(L, W) x pages");
    println!(
        "      L  W of four pages           L, W measured     0 ahead      1 ahead      4 ahead"
    );
    for (latency, works) in CASES {
        simulator.set_latency(Duration::from_millis(latency));
        let wall = |ahead, works: &[u64]| {
            let (count, wall) = client.block_on(walk(&simulator, ahead, works));
            assert_eq!(count, u64::from(pages));
            wall.as_secs_f64()
        };
        let serving = wall(0, &[0]);
        let begun = Instant::now();
        (0..pages as usize).for_each(|page| work(works[page % works.len()]));
        let working = begun.elapsed().as_secs_f64();
        let least = serving.max(working);
        let walls = [0, 1, 4].map(|ahead| wall(ahead, &works));
        let walls = walls.map(|wall| format!("{wall:6.3} {:4.2}x", wall / least)).join("  ");
        let per_page = |wall: f64| 1_000.0 * wall / f64::from(pages);
        println!(
            "{latency:>4} ms  {:<20} {:>6.2}, {:>5.2} ms   {walls}",
            format!("{works:?} ms"),
            per_page(serving),
            per_page(working),
        );
    }
}
