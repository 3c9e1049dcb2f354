//! What decoding a page of 100 videos costs, beside a derived struct and `Value`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use heygen_videos::ApiVersion;
use heygen_videos::internals::decode_page;
use serde_json::Value;

#[path = "peers/page.rs"]
mod peers;

fn decode(c: &mut Criterion) {
    for (name, unknown) in [("known fields", false), ("two unknown fields", true)] {
        let body = peers::body(unknown);
        let mut group = c.benchmark_group(format!("decode a page of 100, {name}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("ours", |b| {
            b.iter(|| decode_page(ApiVersion::V1, black_box(&body)).expect("a page"));
        });
        group.bench_function("derived struct", |b| {
            b.iter(|| serde_json::from_slice::<peers::Page>(black_box(&body)).expect("a page"));
        });
        group.bench_function("Value", |b| {
            b.iter(|| serde_json::from_slice::<Value>(black_box(&body)).expect("a page"));
        });
        group.finish();
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
