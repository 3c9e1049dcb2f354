//! `VideoStream`, and the flattening of pages into videos below it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use super::stats::Stats;
use super::tracked::End;
use super::tracked::{Steps, Tracked, WalkSource};
use super::walk::Step;
use crate::cursor::Cursor;
use crate::cursor::PageLayout;
use crate::error::Result;
use crate::video::Video;

/// Flattens pages into videos; generic over the pages, so that it needs no HTTP.
#[pin_project]
pub(crate) struct Flatten<P> {
    #[pin]
    pages: Tracked<P>,
    /// What is left of the current page.
    buffer: vec::IntoIter<Video>,
    /// How many videos the buffer began with.
    page_len: usize,
    /// Where the consumer can stand within the current page.
    layout: PageLayout,
}

impl<P> Flatten<P> {
    pub(crate) fn new(pages: Tracked<P>) -> Self {
        Self { pages, buffer: Vec::new().into_iter(), page_len: 0, layout: PageLayout::default() }
    }

    fn cursor(&self) -> Cursor {
        let after_page = self.pages.cursor();
        if self.buffer.len() == 0 {
            return after_page.clone();
        }
        let position = self.layout.position_after(self.page_len - self.buffer.len());
        Cursor { position, ..*after_page }
    }

    fn items(&self) -> u64 {
        self.pages.video_count() - self.buffer.len() as u64
    }
}

impl<P: Stream<Item = Result<Step>>> Flatten<P> {
    /// Gets the next page, or how there is none. Out of the way of the videos of this one.
    #[cold]
    fn refill(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<()>>> {
        let this = self.project();
        Poll::Ready(match ready!(this.pages.poll_next(cx)) {
            Some(Ok(step)) => {
                *this.page_len = step.videos.len();
                *this.buffer = step.videos.into_iter();
                *this.layout = step.layout;
                None
            }
            Some(Err(error)) => Some(Err(error)),
            None => Some(Ok(())),
        })
    }
}

impl<P: Stream<Item = Result<Step>>> Stream for Flatten<P> {
    type Item = Result<Video>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(video) = self.as_mut().project().buffer.next() {
                return Poll::Ready(Some(Ok(video)));
            }
            if let Some(end) = ready!(self.as_mut().refill(cx)) {
                return Poll::Ready(end.err().map(Err));
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let buffered = self.buffer.len();
        if self.pages.has_all_pages() {
            return (buffered, Some(buffered));
        }
        let remaining = self.pages.remaining().and_then(|remaining| remaining.try_into().ok());
        (buffered, remaining.and_then(|remaining: usize| remaining.checked_add(buffered)))
    }
}

impl<P: Stream<Item = Result<Step>>> FusedStream for Flatten<P> {
    fn is_terminated(&self) -> bool {
        self.buffer.len() == 0 && self.pages.is_over()
    }
}

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
        self.inner.pages.total()
    }

    /// Why the stream ended; `None` while it has not.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.inner.pages.end()
    }

    /// What the stream has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.source.stats(self.inner.pages.page_count(), self.inner.items())
    }

    /// After an error, makes the stream go on from exactly where it stood: the page that failed is
    /// asked for again, nothing is lost or repeated.
    ///
    /// The cap goes on counting. True where there was an error to go on from; otherwise nothing
    /// happens. The error of a wrong query comes again, as does that of a server which still gives
    /// a token for the second time.
    pub fn rearm(&mut self) -> bool {
        self.inner.pages.rearm(&self.source)
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
            .field("buffered", &self.inner.buffer.len())
            .field("end", &self.end())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream::{self, StreamExt};
    use futures::{FutureExt, executor};

    use super::*;
    use crate::api_version::ApiVersion;
    use crate::cursor::{Position, YieldedRun};
    use crate::error::Error;
    use crate::http::fingerprint;

    fn place(token: &str) -> Position {
        Position::At { token: Some(token.into()), yielded: [].into() }
    }

    fn fingerprint_of(id: &str) -> u64 {
        fingerprint(id.as_bytes())
    }

    fn step(ids: &[&str], token: Option<&str>, position_after: Position, end: Option<End>) -> Step {
        let videos: Vec<_> = ids.iter().map(|id| Video::new(*id)).collect();
        let layout = PageLayout::new(token.map(Into::into), &[], &videos);
        Step { videos, total: None, layout, position_after, end }
    }

    fn flatten(
        steps: Vec<Result<Step>>,
        cap: Option<u64>,
    ) -> Flatten<stream::Iter<vec::IntoIter<Result<Step>>>> {
        let cursor = Cursor { api: ApiVersion::V1, filters: 0, position: Position::start() };
        Flatten::new(Tracked::new(stream::iter(steps), cursor, None, cap))
    }

    fn two_pages() -> Vec<Result<Step>> {
        vec![
            Ok(step(&["a", "b"], None, place("t"), None)),
            Ok(step(&["c"], Some("t"), Position::Finished, Some(End::Exhausted))),
        ]
    }

    #[track_caller]
    fn next_id(videos: &mut (impl Stream<Item = Result<Video>> + Unpin)) -> Option<String> {
        let item = videos.next().now_or_never().expect("pages are ready");
        item.map(|video| video.unwrap().video_id)
    }

    #[test]
    fn the_cursor_is_the_place_after_the_last_video_taken() {
        let mut videos = flatten(two_pages(), None);
        assert_eq!(videos.cursor().position, Position::start());
        next_id(&mut videos);
        let first = YieldedRun {
            fingerprints: [fingerprint_of("a")].into(),
            followed_by: Some(fingerprint_of("b")),
        };
        assert_eq!(videos.cursor().position, Position::At { token: None, yielded: [first].into() });
        next_id(&mut videos);
        assert_eq!(videos.cursor().position, place("t"));
        next_id(&mut videos);
        assert!(videos.cursor().is_finished(), "known before `None` is asked for");
        assert_eq!(next_id(&mut videos), None);
        assert!(videos.cursor().is_finished());
    }

    #[test]
    fn termination_is_told_only_after_none() {
        let mut videos = flatten(two_pages(), None);
        while next_id(&mut videos).is_some() {
            assert!(!videos.is_terminated());
            assert_eq!(videos.pages.end(), None);
        }
        assert!(videos.is_terminated());
        assert_eq!(videos.pages.end(), Some(End::Exhausted));
    }

    #[test]
    fn pages_that_panic_when_polled_after_their_end_are_not() {
        let steps = two_pages();
        let pages = stream::unfold(steps.into_iter(), |mut steps| async move {
            Some((steps.next()?, steps)) // `unfold` panics when polled after `None`
        });
        let cursor = Cursor { api: ApiVersion::V1, filters: 0, position: Position::start() };
        let mut videos = Flatten::new(Tracked::new(Box::pin(pages), cursor, None, None));
        while next_id(&mut videos).is_some() {}
        for _ in 0..3 {
            assert_eq!(next_id(&mut videos), None);
        }
    }

    #[test]
    fn a_walk_that_stops_without_saying_why_is_an_error() {
        let mut videos = flatten(vec![two_pages().remove(0)], None);
        let items = executor::block_on(videos.by_ref().collect::<Vec<_>>());
        assert_eq!(items.len(), 3);
        let error = items.into_iter().next_back().unwrap().unwrap_err();
        assert_eq!(error.cursor().unwrap().position, place("t"));
        assert_eq!(videos.pages.end(), Some(End::Failed));
    }

    #[test]
    fn an_error_comes_once_after_what_was_received_and_knows_its_place() {
        let steps = vec![two_pages().remove(0), Err(Error::pagination("")), two_pages().remove(1)];
        let mut videos = flatten(steps, None);
        let items = executor::block_on(videos.by_ref().collect::<Vec<_>>());
        assert_eq!(items.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(items[2].as_ref().unwrap_err().cursor(), Some(&videos.cursor()));
        assert!(videos.is_terminated());
    }

    #[test]
    fn size_hint_counts_the_buffer_and_is_exact_on_the_last_page() {
        let mut videos = flatten(two_pages(), None);
        assert_eq!(videos.size_hint(), (0, None));
        next_id(&mut videos);
        assert_eq!(videos.size_hint(), (1, None));
        next_id(&mut videos);
        assert_eq!(videos.size_hint(), (0, None));
        next_id(&mut videos);
        assert_eq!(videos.size_hint(), (0, Some(0)));

        let mut capped = flatten(two_pages(), Some(7));
        assert_eq!(capped.size_hint(), (0, Some(7)));
        next_id(&mut capped);
        assert_eq!(capped.size_hint(), (1, Some(6)));
    }
}
