//! Runs one workload a given number of times, so that `benches/count-instructions` can count its
//! instructions.
//!
//! Usage: `instructions WORKLOAD TIMES`. Without arguments, as under `cargo bench`, each workload
//! runs once.

use std::env;
use std::hint::black_box;
use std::mem::forget;

use futures::TryStreamExt;
use heygen_videos::internals::{decode_page, fingerprints};
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, Client, Video};
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

#[path = "peers/by_hand.rs"]
mod by_hand;
#[allow(dead_code, reason = "only `ours` is used here")]
#[path = "peers/items.rs"]
mod items;
#[path = "peers/page.rs"]
mod page;

const WORKLOADS: [&str; 11] = [
    "decode",
    "decode-unknown",
    "decode-v3",
    "derived",
    "derived-v3",
    "fingerprints",
    "flatten",
    "make",
    "walk",
    "walk-by-hand",
    "write",
];

fn decode(times: usize, unknown_fields: bool) {
    let body = page::body(unknown_fields);
    for _ in 0..times {
        assert_eq!(decode_page(ApiVersion::V1, black_box(&body)), Some(100));
    }
}

/// Writes a page as an export to JSON lines does.
fn write(times: usize) {
    let page: Value = serde_json::from_slice(&page::body(false)).expect("a page");
    let videos: Vec<Video> = Vec::deserialize(&page["data"]["videos"]).expect("videos");
    for _ in 0..times {
        let mut lines = Vec::with_capacity(32 << 10);
        for video in black_box(&videos) {
            serde_json::to_writer(&mut lines, video).expect("memory");
            lines.push(b'\n');
        }
        black_box(lines);
    }
}

fn decode_v3(times: usize) {
    let body = page::v3_body();
    for _ in 0..times {
        assert_eq!(decode_page(ApiVersion::V3, black_box(&body)), Some(100));
    }
}

/// A struct that drops the fields that are unknown to us.
fn derived_v3(times: usize) {
    let body = page::v3_body();
    for _ in 0..times {
        black_box(serde_json::from_slice::<page::V3Page>(black_box(&body)).expect("a page"));
    }
}

fn derived(times: usize) {
    let body = page::body(false);
    for _ in 0..times {
        black_box(serde_json::from_slice::<page::Page>(black_box(&body)).expect("a page"));
    }
}

/// Flattens pages of a hundred items. The count includes making them; subtract `make`.
fn flatten(runtime: &Runtime, times: usize) {
    let pages = items::ready_pages(times);
    assert_eq!(runtime.block_on(items::count(items::ours(pages))), times * items::PAGE);
}

/// Only makes the pages. Neither workload includes freeing the videos.
fn make(times: usize) {
    forget(black_box(items::ready_pages(times)));
}

fn hash_ids(times: usize) {
    let videos: Vec<_> = (0..100).map(|n| Video::new(format!("{n:032x}"))).collect();
    (0..times).for_each(|_| drop(black_box(fingerprints(black_box(&videos)))));
}

/// Walks this many pages. With `BENCH_BASE_URL` the server is another process and is not counted.
fn walk(runtime: &Runtime, pages: usize, by_hand: bool) {
    let videos = 100 * pages;
    let walk = async {
        let mut simulator = None;
        let base = match env::var("BENCH_BASE_URL") {
            Ok(base) => base,
            Err(_) => {
                let started = Simulator::builder().videos(videos as u64).start().await;
                simulator.insert(started.expect("a free port")).base_url()
            }
        };
        if by_hand {
            return by_hand::by_hand(&by_hand::http(), &base).await;
        }
        let client = Client::builder().api_key(Simulator::API_KEY).base_url(base).build();
        let videos = client.expect("a client").videos().stream();
        videos.try_fold(0, async |n, _| Ok(n + 1)).await.expect("a walk")
    };
    assert_eq!(runtime.block_on(walk), videos);
}

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let run = |workload: &str, times| match workload {
        "decode" => decode(times, false),
        "decode-unknown" => decode(times, true),
        "decode-v3" => decode_v3(times),
        "derived" => derived(times),
        "derived-v3" => derived_v3(times),
        "fingerprints" => hash_ids(times),
        "flatten" => flatten(&runtime, times),
        "make" => make(times),
        "walk" => walk(&runtime, times, false),
        "walk-by-hand" => walk(&runtime, times, true),
        "write" => write(times),
        other => panic!("no workload {other}"),
    };
    let args: Vec<_> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let [workload, times] = &args[..] {
        run(workload, times.parse().expect("a number of times"));
        return;
    }
    for workload in WORKLOADS {
        run(workload, 1);
    }
}
