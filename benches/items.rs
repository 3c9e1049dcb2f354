//! The cost of an item if its page is ready in memory, compared with other ways to stream items.
#![allow(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use heygen_videos::Video;
use heygen_videos::internals::fingerprints;
use tokio::runtime::Builder;

#[path = "peers/items.rs"]
mod peers;
#[path = "peers/ratios.rs"]
mod ratios;

use peers::{PAGE, count, hand_loop, ours, pages, per_item, ready_pages, smithy, unfold};
use ratios::{ratios, timed};

/// Few enough to stay in the cache, like a page that was just decoded.
const PAGES: usize = 5;

fn items(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let mut group = c.benchmark_group("items over ready pages");
    group.throughput(Throughput::Elements((PAGES * PAGE) as u64));
    let size = BatchSize::PerIteration;
    group.bench_function("ours", |b| {
        let pages = || ready_pages(PAGES);
        b.iter_batched(pages, |pages| runtime.block_on(count(ours(pages))), size);
    });
    let pages = || pages(PAGES);
    group.bench_function("hand loop", |b| {
        b.iter_batched(pages, hand_loop, size);
    });
    group.bench_function("try_unfold + try_flatten", |b| {
        b.iter_batched(pages, |pages| runtime.block_on(count(unfold(pages.into_iter()))), size);
    });
    group.bench_function("try_stream! per item", |b| {
        b.iter_batched(pages, |pages| runtime.block_on(count(per_item(pages.into_iter()))), size);
    });
    group.bench_function("aws-smithy PaginationStream", |b| {
        b.iter_batched(pages, |pages| runtime.block_on(smithy(pages)), size);
    });
    group.finish();
}

/// The same comparison with all ways running alternately.
fn in_turns(_: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    ratios(
        &format!("{} items", PAGES * PAGE),
        5_000,
        &mut [
            ("ours", &mut || {
                let pages = ready_pages(PAGES);
                timed(|| runtime.block_on(count(ours(pages))))
            }),
            ("hand loop", &mut || {
                let pages = pages(PAGES);
                timed(|| hand_loop(pages))
            }),
            ("try_unfold + try_flatten", &mut || {
                let pages = pages(PAGES).into_iter();
                timed(|| runtime.block_on(count(unfold(pages))))
            }),
            ("try_stream! per item", &mut || {
                let pages = pages(PAGES).into_iter();
                timed(|| runtime.block_on(count(per_item(pages))))
            }),
            ("aws-smithy PaginationStream", &mut || {
                let pages = pages(PAGES);
                timed(|| runtime.block_on(smithy(pages)))
            }),
        ],
    );
}

/// The cost of `cursor()` for a page if it is never called.
fn fingerprints_of_a_page(c: &mut Criterion) {
    let videos: Vec<_> = (0..PAGE).map(|n| Video::new(format!("{n:032x}"))).collect();
    c.bench_function("fingerprints of a page of 100", |b| {
        b.iter(|| fingerprints(black_box(&videos)));
    });
}

criterion_group!(benches, items, fingerprints_of_a_page, in_turns);
criterion_main!(benches);
