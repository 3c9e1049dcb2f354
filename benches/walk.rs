//! What a walk costs on loopback, beside a hand-written loop and beside the fetch alone.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::TryStreamExt;
use heygen_videos::simulator::Simulator;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use tokio::runtime::{Builder, Runtime};

#[path = "peers/page.rs"]
mod peers;

const PAGES: u64 = 1_000;

/// The server on a thread of its own, as a real one is on a machine of its own.
fn simulator() -> (Runtime, Simulator) {
    let threads = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = threads.expect("a runtime");
    let simulator = runtime.block_on(Simulator::builder().videos(100 * PAGES).start());
    (runtime, simulator.expect("a free port"))
}

/// A client as ours sets it up: what it may do costs the same.
fn http() -> reqwest::Client {
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        ("x-api-key".parse().expect("a name"), HeaderValue::from_static(Simulator::API_KEY)),
    ]);
    let builder = reqwest::Client::builder().no_proxy().default_headers(headers);
    let builder = builder.timeout(std::time::Duration::from_secs(30)).user_agent("by-hand");
    builder.build().expect("a client")
}

async fn get(http: &reqwest::Client, base: &str, token: Option<&str>) -> impl AsRef<[u8]> + use<> {
    let mut query = vec![("limit", "100")];
    query.extend(token.map(|token| ("token", token)));
    let request = http.get(format!("{base}/v1/video.list")).query(&query);
    let response = request.send().await.and_then(reqwest::Response::error_for_status);
    response.expect("a page").bytes().await.expect("a body")
}

async fn by_hand(http: &reqwest::Client, base: &str) -> usize {
    let (mut count, mut token) = (0, None);
    loop {
        let body = get(http, base, token.as_deref()).await;
        let page: peers::Page = serde_json::from_slice(body.as_ref()).expect("a page");
        for video in page.data.videos {
            black_box(&video);
            count += 1;
        }
        token = page.data.token;
        if token.is_none() {
            return count;
        }
    }
}

/// The tokens of all pages, the first aside.
async fn tokens(http: &reqwest::Client, base: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    loop {
        let body = get(http, base, tokens.last().map(String::as_str)).await;
        let page: peers::Page = serde_json::from_slice(body.as_ref()).expect("a page");
        match page.data.token {
            Some(token) => tokens.push(token),
            None => return tokens,
        }
    }
}

async fn ours(client: &heygen_videos::Client) -> usize {
    let videos = client.videos().stream();
    let count = videos.try_fold(0, async |n, video| {
        black_box(&video);
        Ok(n + 1)
    });
    count.await.expect("a walk")
}

fn walk(c: &mut Criterion) {
    let (_server, simulator) = simulator();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let base = simulator.base_url();
    let http = http();

    let client = simulator.client();
    assert_eq!(runtime.block_on(ours(&client)) as u64, 100 * PAGES);
    assert_eq!((simulator.connections(), simulator.requests()), (1, PAGES), "one a walk");
    let tokens = runtime.block_on(tokens(&http, &base));

    let mut group = c.benchmark_group(format!("walk {PAGES} pages on loopback"));
    group.throughput(Throughput::Elements(PAGES)).sample_size(20);
    group.bench_function("VideoStream", |b| {
        b.to_async(&runtime).iter(async || ours(&client).await);
    });
    group.bench_function("PageStream", |b| {
        b.to_async(&runtime).iter(async || {
            client.videos().pages().try_fold(0, async |n, _| Ok(n + 1)).await.expect("a walk")
        });
    });
    group.bench_function("reqwest loop by hand", |b| {
        b.to_async(&runtime).iter(async || by_hand(&http, &base).await);
    });
    group.bench_function("fetch without decoding", |b| {
        b.to_async(&runtime).iter(async || {
            black_box(get(&http, &base, None).await.as_ref());
            for token in &tokens {
                black_box(get(&http, &base, Some(token)).await.as_ref());
            }
        });
    });
    group.finish();
    assert_eq!(simulator.connections(), 2, "one a client, whatever it fetches");
}

criterion_group!(benches, walk);
criterion_main!(benches);
