//! The cost of a walk on loopback, compared with a hand-written loop and with fetching alone.
#![allow(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::TryStreamExt;
use heygen_videos::simulator::Simulator;
use tokio::runtime::{Builder, Runtime};

#[path = "peers/by_hand.rs"]
mod by_hand;
#[path = "peers/page.rs"]
mod page;
#[path = "peers/ratios.rs"]
mod ratios;

use by_hand::{by_hand, get, http};
use ratios::{ratios, timed};

const PAGES: u64 = 1_000;

/// The server runs on its own thread, so it does not share the client's runtime.
fn simulator() -> (Runtime, Simulator) {
    let threads = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = threads.expect("a runtime");
    let simulator = runtime.block_on(Simulator::builder().videos(100 * PAGES).start());
    (runtime, simulator.expect("a free port"))
}

/// The tokens of all pages but the first, which has none.
async fn tokens(http: &reqwest::Client, base: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    loop {
        let body = get(http, base, tokens.last().map(String::as_str)).await;
        let page: page::Page = serde_json::from_slice(body.as_ref()).expect("a page");
        match page.data.token {
            Some(token) => tokens.push(token),
            None => return tokens,
        }
    }
}

async fn ours(client: &heygen_videos::Client) -> usize {
    let (mut videos, mut count) = (client.videos().stream(), 0);
    while let Some(video) = videos.try_next().await.expect("a walk") {
        black_box(&video);
        count += 1;
    }
    count
}

async fn by_page(client: &heygen_videos::Client) -> usize {
    let (mut pages, mut count) = (client.videos().pages(), 0);
    while let Some(page) = pages.try_next().await.expect("a walk") {
        for video in page.videos {
            black_box(&video);
            count += 1;
        }
    }
    count
}

fn walk(c: &mut Criterion) {
    let (_server, simulator) = simulator();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let base = simulator.base_url();
    let http = http();

    let client = simulator.client();
    assert_eq!(runtime.block_on(ours(&client)) as u64, 100 * PAGES);
    assert_eq!((simulator.connections(), simulator.requests()), (1, PAGES), "one per walk");
    let tokens = runtime.block_on(tokens(&http, &base));
    assert_eq!(simulator.connections(), 2, "one connection for each client");

    let loop_by_hand = || by_hand(&http, &base);
    let stream = || ours(&client);
    let pages = || by_page(&client);
    let fetch = async || {
        black_box(get(&http, &base, None).await.as_ref());
        for token in &tokens {
            black_box(get(&http, &base, Some(token)).await.as_ref());
        }
    };

    let name = format!("walk {PAGES} pages on loopback");
    let mut group = c.benchmark_group(&name);
    group.throughput(Throughput::Elements(PAGES)).sample_size(20);
    group.bench_function("VideoStream", |b| b.to_async(&runtime).iter(stream));
    group.bench_function("PageStream", |b| b.to_async(&runtime).iter(pages));
    group.bench_function("reqwest loop by hand", |b| b.to_async(&runtime).iter(loop_by_hand));
    group.bench_function("fetch without decoding", |b| b.to_async(&runtime).iter(fetch));
    group.finish();

    ratios(
        &name,
        20,
        &mut [
            ("VideoStream", &mut || timed(|| runtime.block_on(stream()))),
            ("PageStream", &mut || timed(|| runtime.block_on(pages()))),
            ("reqwest loop by hand", &mut || timed(|| runtime.block_on(loop_by_hand()))),
            ("fetch without decoding", &mut || timed(|| runtime.block_on(fetch()))),
        ],
    );
}

criterion_group!(benches, walk);
criterion_main!(benches);
