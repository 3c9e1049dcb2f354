//! One workload, done as often as it says, for `benches/count-instructions` to count.
//!
//! `instructions WORKLOAD TIMES`; with no such arguments, as `cargo bench` calls it, each once.

use std::env;
use std::hint::black_box;

use futures::TryStreamExt;
use heygen_videos::internals::{decode_page, fingerprints};
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, Client, Video};
use tokio::runtime::{Builder, Runtime};

#[allow(dead_code, reason = "the peers are measured elsewhere")]
#[path = "peers/items.rs"]
mod items;
#[path = "peers/page.rs"]
mod page;

fn decode(times: usize, unknown_fields: bool) {
    let body = page::body(unknown_fields);
    for _ in 0..times {
        assert_eq!(decode_page(ApiVersion::V1, black_box(&body)), Some(100));
    }
}

fn derived(times: usize) {
    let body = page::body(false);
    for _ in 0..times {
        black_box(serde_json::from_slice::<page::Page>(black_box(&body)).expect("a page"));
    }
}

/// A page of a hundred items, its making included, for the count to be made without.
fn flatten(runtime: &Runtime, times: usize) {
    let pages = items::ready_pages(times);
    assert_eq!(runtime.block_on(items::count(items::ours(pages))), times * items::PAGE);
}

fn make(times: usize) {
    black_box(items::ready_pages(times));
}

fn prints(times: usize) {
    let videos: Vec<_> = (0..100).map(|n| Video::new(format!("{n:032x}"))).collect();
    (0..times).for_each(|_| drop(black_box(fingerprints(black_box(&videos)))));
}

/// Pages of a server that runs elsewhere, where one is given, so that it is not counted.
fn walk(runtime: &Runtime, times: usize) {
    let wanted = 100 * times as u64;
    let walk = async {
        let mut simulator = None;
        let client = match env::var("HEYGEN_API_BASE") {
            Ok(base) => Client::builder().api_key(Simulator::API_KEY).base_url(base).build(),
            Err(_) => {
                let started = Simulator::builder().videos(wanted).start().await;
                Ok(simulator.insert(started.expect("a free port")).client())
            }
        };
        let videos = client.expect("a client").videos().max_items(wanted).stream();
        videos.try_fold(0, async |n, _| Ok(n + 1)).await.expect("a walk")
    };
    assert_eq!(runtime.block_on(walk), wanted);
}

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let run = |workload: &str, times| match workload {
        "decode" => decode(times, false),
        "decode-unknown" => decode(times, true),
        "derived" => derived(times),
        "fingerprints" => prints(times),
        "flatten" => flatten(&runtime, times),
        "make" => make(times),
        "walk" => walk(&runtime, times),
        other => panic!("no workload {other}"),
    };
    let args: Vec<_> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let [workload, times] = &args[..] {
        run(workload, times.parse().expect("a number of times"));
        return;
    }
    for workload in
        ["decode", "decode-unknown", "derived", "fingerprints", "flatten", "make", "walk"]
    {
        run(workload, 1);
    }
}
