//! `VideoStream`: the videos of a listing one by one.

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

/// The videos of a listing, one by one, in the server's order; pages are fetched as they are
/// needed.
///
/// Made by [`VideoQuery::stream`](crate::VideoQuery::stream). It has to be polled inside a Tokio
/// runtime with time and I/O enabled, and in the same one until it ends: the wait or request under
/// way is that runtime's. It is [`Unpin`], so `next()` needs no `pin!`.
///
/// # What it promises
///
/// 1. **Lazy.** Nothing is sent before the first poll; the next page is asked for only when the
///    buffer is empty and one more video is wanted. At most one page is held.
/// 2. **Fewest requests.** k videos cost ceil(k / page size) requests; nothing is sent after the
///    last page, nor once the cap is met.
/// 3. **Cap.** Never more than [`max_items`](crate::VideoQuery::max_items) videos.
/// 4. **Filters** ride on every request, and the server's token goes back byte for byte.
/// 5. **Only the token ends a listing.** An empty page that has one is followed, up to 100 in a row.
/// 6. **No endless loop.** A token that comes for the second time is
///    [`ErrorKind::Pagination`](crate::ErrorKind::Pagination), before its page is asked for again.
/// 7. **An error ends the stream.** What was received before it is yielded before it; then comes
///    the error, once, and then `None`.
/// 8. **[`rearm`](Self::rearm)** goes on from exactly there.
/// 9. **[`cursor`](Self::cursor)** is a place from which a new stream yields exactly the rest.
/// 10. **Cancel-safe**, see below.
/// 11. **Drop cancels** the request in flight, a wait and the reading ahead.
/// 12. **Fused.** `None` stays `None`, and [`is_terminated`](FusedStream::is_terminated) is true
///     only after it.
/// 13. **Bounded memory.** One page, and those read ahead; 10 to 21 bytes a page for the loop guard.
/// 14. **[Read-ahead](crate::VideoQuery::read_ahead)** changes when pages are fetched, nothing else.
/// 15. **`size_hint`** counts what is buffered, and is exact once the last page is in.
///
/// # Cancel safety
///
/// The request in flight belongs to the stream, not to the future of `next()`. When that future
/// is dropped, in `tokio::select!` say, nothing is lost, and the next call goes on with the same
/// request.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::StreamExt;
/// use heygen_videos::simulator::{Fault, Simulator};
/// use heygen_videos::{End, RetryPolicy};
///
/// let simulator = Simulator::builder().videos(250).start().await?;
/// simulator.script_at(2, Fault::Status(503)); // the second page fails, once
/// let client = simulator.client_builder().retry(RetryPolicy::none()).build()?;
///
/// let mut videos = client.videos().stream();
/// let mut ids = Vec::new();
/// while let Some(item) = videos.next().await {
///     match item {
///         Ok(video) => ids.push(video.video_id),
///         Err(error) if error.is_retryable() => {
///             assert_eq!(ids.len(), 100); // nothing of the first page was lost
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
    pub(crate) fn new(track: Tracked<Steps>, source: WalkSource) -> Self {
        Self { inner: Flatten::new(track), source }
    }

    /// The place after the last video that was yielded.
    ///
    /// A stream that [resumes](crate::VideoQuery::resume_from) from it yields exactly the rest:
    /// before the first video, after any, after an error and after the end. It costs up to
    /// about a kilobyte; call it as often as a checkpoint is worth that.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.inner.cursor()
    }

    /// How many videos the account has, as the server last said; filters do not change it.
    ///
    /// `None` before the first page, and where the server does not say: v3 never does.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.inner.total()
    }

    /// Why the stream ended; `None` while it has not.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.inner.end()
    }

    /// What the stream has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.source.stats(self.inner.page_count(), self.inner.items())
    }

    /// After an error, makes the stream go on from exactly where it stood: the page that failed is
    /// asked for again, nothing is lost or repeated.
    ///
    /// The cap goes on counting. True where there was an error to go on from; otherwise nothing
    /// happens. The error of a wrong query comes again, as does that of a server which still gives
    /// a token for the second time.
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
