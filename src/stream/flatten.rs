//! `Flatten`: turns pages into videos.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use super::end::End;
use super::page_layout::PageLayout;
use super::source::{Steps, WalkSource};
use super::stats::Stats;
use super::tracked::Tracked;
use super::walk::Step;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::video::Video;

/// Yields the videos of pages one by one; generic over the pages, so that it needs no HTTP.
#[pin_project]
pub(crate) struct Flatten<P> {
    #[pin]
    pages: Tracked<P>,
    /// The videos of the current page that were not yielded yet.
    buffer: vec::IntoIter<Video>,
    /// How many videos `buffer` held at first.
    page_len: usize,
    /// The layout of the current page.
    layout: PageLayout,
}

/// What [`Flatten::refill`] did.
enum Refill {
    /// The next page is in the buffer; it may be empty.
    Page,
    Error(Error),
    End,
}

impl<P> Flatten<P> {
    pub(crate) fn new(pages: Tracked<P>) -> Self {
        Self { pages, buffer: Vec::new().into_iter(), page_len: 0, layout: PageLayout::default() }
    }

    /// The position after the last video yielded.
    pub(super) fn cursor(&self) -> Cursor {
        let after_page = self.pages.cursor();
        if self.buffered() == 0 {
            return after_page.clone();
        }
        let position = self.layout.position_after(self.page_len - self.buffered());
        Cursor { position, ..*after_page }
    }

    #[inline]
    pub(super) fn total(&self) -> Option<u64> {
        self.pages.total()
    }

    #[inline]
    pub(super) fn end(&self) -> Option<End> {
        self.pages.end()
    }

    /// The statistics of the pages received so far, without those of their requests.
    #[inline]
    pub(super) fn stats(&self) -> Stats {
        let pages = self.pages.stats();
        Stats { items: pages.items - self.buffered() as u64, ..pages }
    }

    #[inline]
    pub(super) fn buffered(&self) -> usize {
        self.buffer.len()
    }
}

impl Flatten<Steps> {
    /// See [`Tracked::rearm`]; the buffer is empty after an error.
    pub(super) fn rearm(&mut self, source: &WalkSource) -> bool {
        self.pages.rearm(source)
    }
}

impl<P: Stream<Item = Result<Step>>> Flatten<P> {
    /// Loads the next page. This is a separate function, so that `poll_next` is small enough to
    /// inline.
    #[cold]
    fn refill(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Refill> {
        let this = self.project();
        Poll::Ready(match ready!(this.pages.poll_next(cx)) {
            Some(Ok(step)) => {
                *this.page_len = step.videos.len();
                *this.buffer = step.videos.into_iter();
                *this.layout = step.layout;
                Refill::Page
            }
            Some(Err(error)) => Refill::Error(error),
            None => Refill::End,
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
            match ready!(self.as_mut().refill(cx)) {
                Refill::Page => {}
                Refill::Error(error) => return Poll::Ready(Some(Err(error))),
                Refill::End => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let buffered = self.buffered();
        if !self.pages.may_have_more_pages() {
            return (buffered, Some(buffered));
        }
        let remaining = self.pages.remaining().get().and_then(|videos| videos.try_into().ok());
        (buffered, remaining.and_then(|videos: usize| videos.checked_add(buffered)))
    }
}

impl<P: Stream<Item = Result<Step>>> FusedStream for Flatten<P> {
    fn is_terminated(&self) -> bool {
        self.buffered() == 0 && self.pages.is_over()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream::{self, StreamExt};
    use futures::{FutureExt, executor};

    use super::super::remaining::Remaining;
    use super::*;
    use crate::api_version::ApiVersion;
    use crate::cursor::fingerprint;
    use crate::cursor::{Position, YieldedRun};

    fn at(token: &str) -> Position {
        Position::at(Some(token.into()))
    }

    fn fingerprint_of(id: &str) -> u64 {
        fingerprint(id.as_bytes())
    }

    fn step(ids: &[&str], token: Option<&str>, position_after: Position, end: Option<End>) -> Step {
        let videos: Vec<_> = ids.iter().map(|id| Video::new(*id)).collect();
        let layout = PageLayout::of_new(token.map(Into::into), &videos);
        Step {
            videos,
            total: None,
            repeated: 0,
            skipped: 0,
            layout,
            position_after,
            end,
            listing: None,
        }
    }

    fn flatten(
        steps: Vec<Result<Step>>,
        cap: Option<u64>,
    ) -> Flatten<stream::Iter<vec::IntoIter<Result<Step>>>> {
        let cursor = Cursor { api: ApiVersion::V1, filters: 0, position: Position::start() };
        Flatten::new(Tracked::new(stream::iter(steps), cursor, None, Remaining::new(cap)))
    }

    fn two_pages() -> Vec<Result<Step>> {
        vec![
            Ok(step(&["a", "b"], None, at("t"), None)),
            Ok(step(&["c"], Some("t"), Position::Finished, Some(End::Exhausted))),
        ]
    }

    #[track_caller]
    fn next_id(videos: &mut (impl Stream<Item = Result<Video>> + Unpin)) -> Option<String> {
        let item = videos.next().now_or_never().expect("pages are ready");
        item.map(|video| video.unwrap().video_id)
    }

    #[test]
    fn the_cursor_is_the_position_after_the_last_video_yielded() {
        let mut videos = flatten(two_pages(), None);
        assert_eq!(videos.cursor().position, Position::start());
        next_id(&mut videos);
        let first = YieldedRun {
            fingerprints: [fingerprint_of("a")].into(),
            followed_by: Some(fingerprint_of("b")),
        };
        let Position::At { token: None, yielded, .. } = videos.cursor().position else {
            panic!("the first page")
        };
        assert_eq!(*yielded, [first]);
        next_id(&mut videos);
        assert_eq!(videos.cursor().position, at("t"));
        next_id(&mut videos);
        assert!(videos.cursor().is_finished(), "known before `None` is asked for");
        assert_eq!(next_id(&mut videos), None);
        assert!(videos.cursor().is_finished());
    }

    #[test]
    fn is_terminated_is_true_only_after_none() {
        let mut videos = flatten(two_pages(), None);
        while next_id(&mut videos).is_some() {
            assert!(!videos.is_terminated());
            assert_eq!(videos.pages.end(), None);
        }
        assert!(videos.is_terminated());
        assert_eq!(videos.pages.end(), Some(End::Exhausted));
    }

    #[test]
    fn pages_are_not_polled_after_their_end() {
        let steps = two_pages();
        let pages = stream::unfold(steps.into_iter(), |mut steps| async move {
            Some((steps.next()?, steps)) // `unfold` panics when polled after `None`
        });
        let cursor = Cursor { api: ApiVersion::V1, filters: 0, position: Position::start() };
        let mut videos =
            Flatten::new(Tracked::new(Box::pin(pages), cursor, None, Remaining::new(None)));
        while next_id(&mut videos).is_some() {}
        for _ in 0..3 {
            assert_eq!(next_id(&mut videos), None);
        }
    }

    #[test]
    fn a_walk_that_stops_without_an_end_is_an_error() {
        let mut videos = flatten(vec![two_pages().remove(0)], None);
        let items = executor::block_on(videos.by_ref().collect::<Vec<_>>());
        assert_eq!(items.len(), 3);
        let error = items.into_iter().next_back().unwrap().unwrap_err();
        assert_eq!(error.cursor().unwrap().position, at("t"));
        assert_eq!(videos.pages.end(), Some(End::Failed));
    }

    #[test]
    fn an_error_comes_once_after_the_received_videos_and_carries_the_cursor() {
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
