//! The ways in which a user could turn pages into items, for pages that are ready in memory.

use std::hint::black_box;
use std::mem::forget;
use std::pin::pin;
use std::vec;

use async_stream::try_stream;
use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_async::future::pagination_stream::fn_stream::FnStream;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use heygen_videos::internals::{ReadyPage, flatten};
use heygen_videos::{Error, Video};

pub(crate) const PAGE: usize = 100;

/// Videos that hold nothing on the heap.
pub(crate) fn pages(pages: usize) -> Vec<Vec<Video>> {
    (0..pages).map(|_| (0..PAGE).map(|_| Video::new("")).collect()).collect()
}

/// Pages as the walk yields them. Their fingerprints count as part of decoding, not of an item.
pub(crate) fn ready_pages(count: usize) -> Vec<ReadyPage> {
    let pages = pages(count).into_iter().enumerate();
    pages.map(|(n, videos)| ReadyPage::new(videos, n + 1 == count)).collect()
}

/// Uses a video without freeing it, because freeing it is not part of the stream's cost. The video
/// holds nothing on the heap, so nothing leaks.
fn take(video: Video) {
    black_box(&video);
    forget(video);
}

pub(crate) async fn count<S: Stream<Item = Result<Video, Error>>>(videos: S) -> usize {
    let mut videos = pin!(videos);
    let mut count = 0;
    while let Some(video) = videos.next().await {
        take(video.expect("no error"));
        count += 1;
    }
    count
}

pub(crate) fn ours(pages: Vec<ReadyPage>) -> impl Stream<Item = Result<Video, Error>> {
    flatten(stream::iter(pages.into_iter().map(Ok)))
}

pub(crate) fn hand_loop(pages: Vec<Vec<Video>>) -> usize {
    let mut count = 0;
    for page in pages {
        for video in page {
            take(video);
            count += 1;
        }
    }
    count
}

pub(crate) fn per_item(
    pages: vec::IntoIter<Vec<Video>>,
) -> impl Stream<Item = Result<Video, Error>> {
    try_stream! {
        for page in pages {
            for video in page {
                yield video;
            }
        }
    }
}

pub(crate) fn unfold(pages: vec::IntoIter<Vec<Video>>) -> impl Stream<Item = Result<Video, Error>> {
    stream::try_unfold(pages, |mut pages| async move {
        let page = pages.next();
        Ok(page.map(|page| (stream::iter(page.into_iter().map(Ok)), pages)))
    })
    .try_flatten()
}

pub(crate) async fn smithy(pages: Vec<Vec<Video>>) -> usize {
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
        take(video.expect("no error"));
        count += 1;
    }
    count
}
