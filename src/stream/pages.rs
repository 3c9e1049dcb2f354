//! `PageStream`: a listing page by page.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;

use super::end::End;
use super::page::{Page, PagePlace};
use super::source::{Steps, WalkSource};
use super::stats::Stats;
use super::tracked::Tracked;
use crate::cursor::Cursor;
use crate::error::Result;

/// The pages of a listing, in the server's order. Each page is requested only when the stream is
/// polled for it.
///
/// Created by [`VideoQuery::pages`](crate::VideoQuery::pages), for code that handles a page at a
/// time. It makes the same promises as a [`VideoStream`](crate::VideoStream), with pages in place
/// of videos. A page is cut to the cap. It leaves out videos that were yielded before and videos
/// older than [`created_since`](crate::VideoQuery::created_since). If no video is left, the page is
/// yielded empty.
///
/// # Cancel safety
///
/// The same as that of a [`VideoStream`](crate::VideoStream#cancel-safety).
///
/// # Panics
///
/// Polling panics in the same cases as with a [`VideoStream`](crate::VideoStream#panics).
///
/// # Example
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use heygen_videos::simulator::Simulator;
///
/// let simulator = Simulator::builder().videos(250).start().await?;
/// let mut pages = simulator.client().videos().pages();
/// let mut sizes = Vec::new();
/// while let Some(page) = pages.try_next().await? {
///     sizes.push(page.videos.len());
/// }
/// assert_eq!(sizes, [100, 100, 50]);
/// assert_eq!(pages.total(), Some(250));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[must_use = "a stream sends nothing and yields nothing until it is polled"]
pub struct PageStream {
    inner: Tracked<Steps>,
    source: WalkSource,
}

impl PageStream {
    pub(crate) fn new(inner: Tracked<Steps>, source: WalkSource) -> Self {
        Self { inner, source }
    }

    /// The position after the last page that was yielded; see [`VideoStream::cursor`].
    ///
    /// [`VideoStream::cursor`]: crate::VideoStream::cursor
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.inner.cursor().clone()
    }

    /// How many videos the account has, as the server last reported; v3 does not report it. The page
    /// that ends the listing does not lower it.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.inner.total()
    }

    /// Why the stream ended; `None` before it has ended.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.inner.end()
    }

    /// What the stream has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.source.stats(self.inner.stats())
    }

    /// Makes the stream continue after an error, exactly where it stopped; see
    /// [`VideoStream::rearm`](crate::VideoStream::rearm).
    pub fn rearm(&mut self) -> bool {
        self.inner.rearm(&self.source)
    }
}

impl Stream for PageStream {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let before = self.inner.cursor().position.clone();
        Pin::new(&mut self.inner).poll_next(cx).map_ok(|step| Page {
            videos: step.videos,
            total: step.total,
            place: Some(PagePlace { before, after: self.inner.cursor().clone() }),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, (!self.inner.may_have_more_pages()).then_some(0))
    }
}

impl FusedStream for PageStream {
    fn is_terminated(&self) -> bool {
        self.inner.is_over()
    }
}

impl fmt::Debug for PageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream")
            .field("cursor", self.inner.cursor())
            .field("end", &self.end())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
