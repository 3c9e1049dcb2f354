//! `VideoStream`: the videos of a listing, one by one.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;

use super::end::End;
use super::flatten::Flatten;
use super::source::{Steps, WalkSource};
use super::stats::Stats;
use super::tracked::Tracked;
use crate::cursor::Cursor;
use crate::error::Result;
use crate::video::Video;

/// The videos of a listing, one by one and in the server's order.
///
/// Created by [`VideoQuery::stream`](crate::VideoQuery::stream). Poll it inside a Tokio runtime
/// with time and I/O enabled. Use the same runtime until the stream ends, because its requests and
/// waits are tasks of that runtime. It is [`Unpin`], so `next()` needs no `pin!`.
///
/// # What it promises
///
/// 1. **Lazy.** Nothing is sent before the first poll. The next page is requested only when all
///    received videos were yielded and the stream is polled for one more.
/// 2. **Fewest requests.** k videos cost ceil(k / page size) requests if the server fills its
///    pages. Nothing is sent after the last page, or once the cap is reached.
/// 3. **Cap.** It never yields more than [`max_items`](crate::VideoQuery::max_items) videos.
/// 4. **Filters** are sent with every request, and the server's token is sent back byte for byte.
/// 5. **Only a missing token ends a listing.** After an empty page with a token, the next page is
///    requested. There is one exception: a repeated token is the end if the number of entries
///    received is exactly the server's total. With v3, a filter or a cursor, there is no total to
///    compare. Then an empty page that repeats its own token is the end.
/// 6. **No endless loop.** Any other repeated token is an
///    [`ErrorKind::Pagination`](crate::ErrorKind::Pagination), and its page is not requested again.
///    100 pages in a row without a new video are the same error, whatever their tokens are. So is
///    a listing of a million videos more than ten times the server's total.
/// 7. **An error ends the stream.** All videos received before the error are yielded first. Then
///    the stream yields the error once, and then `None`.
/// 8. **[`rearm`](Self::rearm)** continues after an error, exactly where the stream stopped.
/// 9. **[`cursor`](Self::cursor)** returns the current position. A new stream that resumes from it
///    yields exactly the remaining videos, even if videos were created or deleted in between. New
///    videos push yielded ones to later pages. The cursor remembers up to 10,000 of these, then
///    forgets those yielded first.
/// 10. **Cancel-safe.** Dropping the future of `next()` loses nothing; see below. A request
///     continues even while the stream is not polled, so slow work does not make it time out and
///     does not cause it to be sent again. This needs a runtime that can run the request: work that
///     blocks the thread belongs in `spawn_blocking`, see below.
/// 11. **Drop cancels.** Dropping the stream cancels its request in flight, its wait and its
///     read-ahead.
/// 12. **Fused.** After `None` it yields only `None`.
///     [`is_terminated`](FusedStream::is_terminated) is true only after the first `None`.
/// 13. **Bounded memory.** It holds one page, the pages read ahead, up to 112 KB to recognise the
///     last 10,000 videos, and 10 to 21 bytes for each page of the walk to detect loops.
/// 14. **[Read-ahead](crate::VideoQuery::read_ahead)** changes when pages are requested, and
///     nothing else.
/// 15. **`size_hint`** counts the videos received and not yet yielded. It is exact once the last
///     page was received.
/// 16. **Every video once.** A video that is among the last 10,000 of this stream is not yielded
///     again, even if the server's pages overlap. [`Stats::repeated`] counts how often that
///     happened. A cursor remembers the last 100 videos before its position for this.
/// 17. **[`created_since`](crate::VideoQuery::created_since)** yields only videos created at or
///     after a time, and those without a date. If the videos are listed newest first, it stops at
///     the first page after which the last two dated videos are older. Otherwise it reads the whole
///     listing.
/// 18. **One bad entry does not block the listing.** An entry that is not a video fails its page
///     with an error that names the entry. If the query says so, the entry is left out instead.
///
/// # Cancel safety
///
/// The request in flight belongs to the stream, not to the future of `next()`. If that future is
/// dropped, for example by `tokio::select!`, nothing is lost: the next call continues with the same
/// request.
///
/// # Blocking
///
/// The requests are tasks of the runtime. Work that blocks a thread of the runtime for longer than
/// the client's timeout can keep them from running, and then they time out and are sent again. Put
/// such work into `tokio::task::spawn_blocking`.
///
/// Do not wait for the stream with `futures::executor::block_on` inside an async task either: on a
/// `current_thread` runtime, or on a worker thread of any runtime, the wait never ends. The blocked
/// thread would have to send the request. Programs that are not async find what to do in the
/// cookbook, under `blocking`.
///
/// # Panics
///
/// Polling panics outside a Tokio runtime if a page must be requested. It also panics if the
/// runtime was built without time or I/O.
///
/// # Example
///
/// A page fails; the stream waits and continues:
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use futures::StreamExt;
/// use heygen_videos::simulator::{Fault, Simulator};
/// use heygen_videos::{End, RetryPolicy};
///
/// let simulator = Simulator::builder().videos(250).start().await?;
/// simulator.script_at(2, Fault::Status(503)); // the second page fails once
/// let client = simulator.client_builder().retry(RetryPolicy::none()).build()?;
///
/// let mut videos = client.videos().stream();
/// let mut ids = Vec::new();
/// while let Some(item) = videos.next().await {
///     match item {
///         Ok(video) => ids.push(video.video_id),
///         Err(error) if error.is_retryable() => {
///             assert_eq!(ids.len(), 100); // the whole first page was yielded
///             let wait = error.retry_after().unwrap_or(Duration::from_secs(1));
///             tokio::time::sleep(wait).await;
///             videos.rearm();
///         }
///         Err(error) => return Err(error.into()),
///     }
/// }
/// assert_eq!(ids, simulator.ids());
/// assert_eq!(videos.end(), Some(End::Exhausted));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[must_use = "a stream sends nothing and yields nothing until it is polled"]
pub struct VideoStream {
    inner: Flatten<Steps>,
    source: WalkSource,
}

impl VideoStream {
    pub(crate) fn new(pages: Tracked<Steps>, source: WalkSource) -> Self {
        Self { inner: Flatten::new(pages), source }
    }

    /// The position after the last video that was yielded.
    ///
    /// A stream that [resumes](crate::VideoQuery::resume_from) from it yields exactly the remaining
    /// videos. You can call this at any time: before the first video, between two videos, after an
    /// error and after the end. Each call builds a new cursor of up to about a kilobyte.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.inner.cursor()
    }

    /// How many videos the account has, as the server last reported; filters do not change it.
    ///
    /// `None` before the first page, and always with v3, which does not report a total.
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

    /// Makes the stream continue after an error, exactly where it stopped.
    ///
    /// The next poll repeats the request for the page that failed; no video is lost or repeated.
    /// Videos yielded before the error still count for the cap.
    ///
    /// Returns true if the stream had failed. Otherwise it does nothing and returns false.
    ///
    /// If the query is invalid, the stream yields the same error again. The error for a repeated
    /// token also occurs again if the server still repeats the token.
    pub fn rearm(&mut self) -> bool {
        self.inner.rearm(&self.source)
    }
}

impl Stream for VideoStream {
    type Item = Result<Video>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.inner).poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl FusedStream for VideoStream {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl fmt::Debug for VideoStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoStream")
            .field("cursor", &self.cursor())
            .field("buffered", &self.inner.buffered())
            .field("end", &self.end())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
