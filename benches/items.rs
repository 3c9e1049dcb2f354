//! What the machinery costs an item, over pages that are ready in memory, beside its peers.

use std::hint::black_box;
use std::pin::pin;
use std::vec;

use async_stream::try_stream;
use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_async::future::pagination_stream::fn_stream::FnStream;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use heygen_videos::internals::{ReadyPage, flatten};
use heygen_videos::{Error, Video};

const PAGES: usize = 100;
const PAGE: usize = 100;

/// Videos without anything on the heap: what it costs to free them is nobody's machinery.
fn pages() -> Vec<Vec<Video>> {
    (0..PAGES).map(|_| (0..PAGE).map(|_| Video::new("")).collect()).collect()
}

/// As the walk hands them on: fingerprints belong to the decoding of a page, not to an item.
fn ready_pages() -> Vec<ReadyPage> {
    let pages = pages().into_iter().enumerate();
    pages.map(|(n, videos)| ReadyPage::new(videos, n + 1 == PAGES)).collect()
}

async fn count<S: Stream<Item = Result<Video, Error>>>(videos: S) -> usize {
    let mut videos = pin!(videos);
    let mut count = 0;
    while let Some(video) = videos.next().await {
        black_box(video.expect("no error"));
        count += 1;
    }
    count
}

fn per_item(pages: vec::IntoIter<Vec<Video>>) -> impl Stream<Item = Result<Video, Error>> {
    try_stream! {
        for page in pages {
            for video in page {
                yield video;
            }
        }
    }
}

fn unfold(pages: vec::IntoIter<Vec<Video>>) -> impl Stream<Item = Result<Video, Error>> {
    stream::try_unfold(pages, |mut pages| async move {
        let page = pages.next();
        Ok(page.map(|page| (stream::iter(page.into_iter().map(Ok)), pages)))
    })
    .try_flatten()
}

async fn smithy(pages: Vec<Vec<Video>>) -> usize {
    let mut videos = PaginationStream::new(FnStream::new(move |sender| {
        Box::pin(async move {
            for page in pages {
                for video in page {
                    if sender.send(Ok::<_, Error>(video)).await.is_err() {
                        return;
                    }
                }
            }
        })
    }));
    let mut count = 0;
    while let Some(video) = videos.next().await {
        black_box(video.expect("no error"));
        count += 1;
    }
    count
}

fn items(c: &mut Criterion) {
    let mut group = c.benchmark_group("items over ready pages");
    group.throughput(Throughput::Elements((PAGES * PAGE) as u64));
    let size = BatchSize::LargeInput;
    group.bench_function("ours", |b| {
        b.iter_batched(
            ready_pages,
            |pages| block_on(count(flatten(stream::iter(pages.into_iter().map(Ok))))),
            size,
        );
    });
    group.bench_function("hand loop", |b| {
        b.iter_batched(
            pages,
            |pages| {
                let mut count = 0;
                for video in pages.into_iter().flatten() {
                    black_box(video);
                    count += 1;
                }
                count
            },
            size,
        );
    });
    group.bench_function("try_unfold + try_flatten", |b| {
        b.iter_batched(pages, |pages| block_on(count(unfold(pages.into_iter()))), size);
    });
    group.bench_function("try_stream! per item", |b| {
        b.iter_batched(pages, |pages| block_on(count(per_item(pages.into_iter()))), size);
    });
    group.bench_function("aws-smithy PaginationStream", |b| {
        b.iter_batched(pages, |pages| block_on(smithy(pages)), size);
    });
    group.finish();
}

criterion_group!(benches, items);
criterion_main!(benches);
