//! What decoding a page of 100 videos costs, beside a derived struct and `Value`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use heygen_videos::Video;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a hand-written client would declare.
#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
struct Derived {
    video_id: String,
    video_title: Option<String>,
    status: Option<String>,
    created_at: Option<i64>,
    #[serde(rename = "type")]
    video_type: Option<String>,
    folder_id: Option<String>,
}

fn page(with_unknown_fields: bool) -> Vec<u8> {
    let videos: Vec<Value> = (0..100)
        .map(|n| {
            let mut video = json!({
                "video_id": format!("{n:032x}"),
                "status": "completed",
                "video_title": format!("Onboarding {n}"),
                "created_at": 1_759_560_467 - n,
                "type": "GENERATED",
                "folder_id": "32c8d8a0632d40949dffb60c557dc6ea",
            });
            if with_unknown_fields {
                video["duration"] = json!(12.5);
                video["thumbnail_url"] = json!("https://files.example/thumbnail.jpeg");
            }
            video
        })
        .collect();
    serde_json::to_vec(&videos).expect("values have string keys")
}

fn decode(c: &mut Criterion) {
    for (name, page) in [("known fields", page(false)), ("two unknown fields", page(true))] {
        let mut group = c.benchmark_group(format!("decode a page of 100, {name}"));
        group.throughput(Throughput::Bytes(page.len() as u64));
        group.bench_function("Video", |b| {
            b.iter(|| serde_json::from_slice::<Vec<Video>>(black_box(&page)).expect("a page"));
        });
        group.bench_function("derived struct", |b| {
            b.iter(|| serde_json::from_slice::<Vec<Derived>>(black_box(&page)).expect("a page"));
        });
        group.bench_function("Value", |b| {
            b.iter(|| serde_json::from_slice::<Value>(black_box(&page)).expect("a page"));
        });
        group.finish();
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
