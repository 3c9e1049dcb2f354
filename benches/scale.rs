//! Shows that time grows linearly with the length of a listing and memory hardly grows: for pages
//! made in memory, and for whole walks from the simulator.
#![allow(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::hint::black_box;
use std::time::Instant;

use allocation_counter::measure;
use futures::{StreamExt, TryStreamExt, stream};
use heygen_videos::Video;
use heygen_videos::internals::{ReadyPage, flatten};
use heygen_videos::simulator::Simulator;
use tokio::runtime::{Builder, Runtime};

const PAGE: usize = 100;
const RUNS: usize = 5;

/// Returns the seconds taken and the peak number of bytes in use.
fn in_memory(runtime: &Runtime, items: usize) -> (f64, u64) {
    let mut seconds = 0.0;
    let memory = measure(|| {
        let pages = items / PAGE;
        let page = |n| {
            let videos = (0..PAGE).map(|_| Video::new(String::from("an id"))).collect();
            Ok(ReadyPage::new(videos, n + 1 == pages))
        };
        let mut videos = flatten(stream::iter((0..pages).map(page)));
        let begun = Instant::now();
        let count = runtime.block_on(async {
            let mut count = 0;
            while let Some(video) = videos.next().await {
                black_box(&video.expect("no error"));
                count += 1;
            }
            count
        });
        seconds = begun.elapsed().as_secs_f64();
        assert_eq!(count, items);
    });
    (seconds, memory.bytes_max)
}

/// The same for a walk. The simulator runs on another thread, whose memory is not counted.
fn walk(runtime: &Runtime, server: &Runtime, items: usize) -> (f64, u64) {
    let builder = Simulator::builder().videos(items as u64);
    let simulator = server.block_on(builder.start()).expect("a free port");
    let mut seconds = 0.0;
    let memory = measure(|| {
        let client = simulator.client_builder().build().expect("a client");
        let begun = Instant::now();
        let videos = client.videos().stream();
        let count = runtime.block_on(videos.try_fold(0, async |n, _| Ok(n + 1)));
        seconds = begun.elapsed().as_secs_f64();
        assert_eq!(count.expect("a walk"), items);
    });
    let _inside = server.enter();
    drop(simulator);
    (seconds, memory.bytes_max)
}

fn median(mut runs: Vec<(f64, u64)>) -> (f64, u64) {
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs[runs.len() / 2]
}

/// Fits a straight line to the logarithms by least squares. Returns its slope and R². Time grows
/// with the length to the power of this slope.
fn fit(points: &[(usize, f64)]) -> (f64, f64) {
    let logs: Vec<_> = points.iter().map(|(n, s)| ((*n as f64).ln(), s.ln())).collect();
    let count = logs.len() as f64;
    let mean_x = logs.iter().map(|p| p.0).sum::<f64>() / count;
    let mean_y = logs.iter().map(|p| p.1).sum::<f64>() / count;
    let sum = |f: fn(f64, f64) -> f64| -> f64 {
        logs.iter().map(|p| f(p.0 - mean_x, p.1 - mean_y)).sum()
    };
    let (xy, xx, yy) = (sum(|x, y| x * y), sum(|x, _| x * x), sum(|_, y| y * y));
    (xy / xx, xy * xy / (xx * yy))
}

fn table(name: &str, sizes: &[usize], mut run: impl FnMut(usize) -> (f64, u64)) {
    println!("{name}\n     items    seconds   ns an item   peak KiB");
    let mut points = Vec::new();
    for &items in sizes {
        let runs = if items > 1_000_000 { 1 } else { RUNS };
        let (seconds, bytes) = median((0..runs).map(|_| run(items)).collect());
        let each = 1e9 * seconds / items as f64;
        println!("{items:>10} {seconds:>10.4} {each:>12.1} {:>10.1}", bytes as f64 / 1024.0);
        points.push((items, seconds));
    }
    let (power, explained) = fit(&points);
    println!("time grows with the power {power:.3} of the length (R² {explained:.5})");
}

fn main() {
    let quick = std::env::args().any(|arg| arg == "--test");
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let server = server.expect("a runtime");
    let sizes = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    let of = |from: usize, to: usize| if quick { &sizes[..2] } else { &sizes[from..to] };
    table("pages made in memory", of(1, 5), |items| in_memory(&runtime, items));
    table("walks from the simulator", of(1, 4), |items| walk(&runtime, &server, items));
}
