//! The cost of decoding a page of 100 videos, compared with a derived struct and `Value`.
#![allow(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use heygen_videos::ApiVersion;
use heygen_videos::internals::decode_page;
use serde_json::Value;

#[path = "peers/page.rs"]
mod peers;
#[path = "peers/ratios.rs"]
mod ratios;

use ratios::{ratios, timed};

fn decode(c: &mut Criterion) {
    for (name, unknown) in [("known fields", false), ("two unknown fields", true)] {
        let body = peers::body(unknown);
        let title = format!("decode a page of 100, {name}");
        let ours = || decode_page(ApiVersion::V1, black_box(&body)).expect("a page");
        let derived =
            || drop(serde_json::from_slice::<peers::Page>(black_box(&body)).expect("a page"));
        let value = || drop(serde_json::from_slice::<Value>(black_box(&body)).expect("a page"));

        let mut group = c.benchmark_group(&title);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("ours", |b| b.iter(ours));
        group.bench_function("derived struct", |b| b.iter(derived));
        group.bench_function("Value", |b| b.iter(value));
        group.finish();
        let ways: &mut [(&str, &mut dyn FnMut() -> Duration)] = &mut [
            ("ours", &mut || timed(ours)),
            ("derived struct", &mut || timed(derived)),
            ("Value", &mut || timed(value)),
        ];
        ratios(&title, 5_000, ways);
    }
}

/// The fields that v3 sends: most of them are unknown.
fn decode_v3(c: &mut Criterion) {
    let body = peers::v3_body();
    let title = "decode a page of 100, v3";
    let ours = || decode_page(ApiVersion::V3, black_box(&body)).expect("a page");
    let map =
        || drop(serde_json::from_slice::<peers::V3MapPage>(black_box(&body)).expect("a page"));
    let derived =
        || drop(serde_json::from_slice::<peers::V3Page>(black_box(&body)).expect("a page"));

    let mut group = c.benchmark_group(title);
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("ours", |b| b.iter(ours));
    group.bench_function("derived, flattened map", |b| b.iter(map));
    group.bench_function("derived, drops them", |b| b.iter(derived));
    group.finish();
    let ways: &mut [(&str, &mut dyn FnMut() -> Duration)] = &mut [
        ("ours, keeps them", &mut || timed(ours)),
        ("derived, flattened map", &mut || timed(map)),
        ("derived, drops them", &mut || timed(derived)),
    ];
    ratios(title, 5_000, ways);
}

criterion_group!(benches, decode, decode_v3);
criterion_main!(benches);
