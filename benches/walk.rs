//! What a walk costs on loopback, beside a hand-written loop and beside the fetch alone.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::TryStreamExt;
use heygen_videos::simulator::Simulator;
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};

const PAGES: u64 = 100;

#[derive(Deserialize)]
struct Page {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    videos: Vec<Video>,
    token: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
struct Video {
    video_id: String,
    video_title: Option<String>,
    status: Option<String>,
    created_at: Option<i64>,
    #[serde(rename = "type")]
    video_type: Option<String>,
    folder_id: Option<String>,
}

/// The server on a thread of its own, as a real one is on a machine of its own.
fn simulator() -> (Runtime, Simulator) {
    let threads = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = threads.expect("a runtime");
    let simulator = runtime.block_on(Simulator::builder().videos(100 * PAGES).start());
    (runtime, simulator.expect("a free port"))
}

async fn get(http: &reqwest::Client, base: &str, token: Option<&str>) -> Vec<u8> {
    let mut query = vec![("limit", "100")];
    query.extend(token.map(|token| ("token", token)));
    let request = http.get(format!("{base}/v1/video.list")).query(&query);
    let request = request.header("x-api-key", Simulator::API_KEY);
    let response = request.send().await.and_then(reqwest::Response::error_for_status);
    response.expect("a page").bytes().await.expect("a body").into()
}

async fn by_hand(http: &reqwest::Client, base: &str) -> usize {
    let (mut count, mut token) = (0, None);
    loop {
        let body = get(http, base, token.as_deref()).await;
        let page: Page = serde_json::from_slice(&body).expect("a page");
        count += page.data.videos.len();
        token = page.data.token;
        if token.is_none() {
            return count;
        }
    }
}

fn walk(c: &mut Criterion) {
    let (_server, simulator) = simulator();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let base = simulator.base_url();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");

    let mut group = c.benchmark_group(format!("walk {PAGES} pages on loopback"));
    group.throughput(Throughput::Elements(PAGES)).sample_size(20);
    group.bench_function("VideoStream", |b| {
        let client = simulator.client();
        b.to_async(&runtime).iter(async || {
            client.videos().stream().try_fold(0, async |n, _| Ok(n + 1)).await.expect("a walk")
        });
    });
    group.bench_function("PageStream", |b| {
        let client = simulator.client();
        b.to_async(&runtime).iter(async || {
            client.videos().pages().try_fold(0, async |n, _| Ok(n + 1)).await.expect("a walk")
        });
    });
    group.bench_function("reqwest loop by hand", |b| {
        b.to_async(&runtime).iter(async || by_hand(&http, &base).await);
    });
    group.bench_function("fetch without decoding", |b| {
        b.to_async(&runtime).iter(async || {
            for _ in 0..PAGES {
                get(&http, &base, None).await;
            }
        });
    });
    group.finish();
}

criterion_group!(benches, walk);
criterion_main!(benches);
