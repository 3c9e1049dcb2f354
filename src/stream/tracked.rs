//! What every stream over the walk shares: it is fused, knows its place, its end and its way on.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{Stream, StreamExt, stream};
use pin_project::pin_project;
use sync_wrapper::SyncStream;

use super::read_ahead::read_ahead;
use super::stats::Stats;
use super::walk::{Guard, Step, walk};
use crate::cursor::Cursor;
use crate::cursor::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Fetcher;

/// Why a stream ended.
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use heygen_videos::End;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(250).start().await?;
/// # let client = simulator.client();
///
/// let mut videos = client.videos().max_items(120).stream();
/// while let Some(_video) = videos.try_next().await? {}
/// assert_eq!(videos.end(), Some(End::CapReached { more: true }));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// Every video of the listing was yielded, or had been before a resume.
    Exhausted,
    /// As many videos as [`max_items`](crate::VideoQuery::max_items) allows were yielded.
    CapReached {
        /// Whether the listing may have more; false only where the server said that it has not.
        more: bool,
    },
    /// An error was yielded; [`rearm`](crate::VideoStream::rearm) goes on from it.
    Failed,
}

/// The pages of a walk, boxed once.
pub(crate) type Steps = Pin<Box<dyn Stream<Item = Result<Step>> + Send + Sync>>;

/// Opens the walk of one query at any place, again after an error.
#[derive(Debug)]
pub(crate) enum Source {
    Listing {
        fetcher: Fetcher,
        guard: Guard,
        read_ahead: usize,
    },
    /// The query was wrong: every walk of it is this error, and nothing is sent.
    Refused(Cow<'static, str>),
}

impl Source {
    /// The walk from `place` on, of at most `left` videos.
    pub(crate) fn open(&self, place: &Place, left: Option<u64>) -> Steps {
        match (self, place) {
            (Self::Refused(why), _) => {
                let error = Error::invalid(why.clone());
                Box::pin(SyncStream::new(stream::iter([Err(error)])))
            }
            (_, Place::Finished) => Box::pin(stream::empty()),
            _ if left == Some(0) => Box::pin(stream::empty()),
            (Self::Listing { fetcher, guard, read_ahead: pages }, Place::At { token, yielded }) => {
                let (token, yielded) = (token.clone(), yielded.clone());
                let steps = walk(fetcher.clone(), guard.clone(), token, yielded, left);
                match pages {
                    0 => Box::pin(SyncStream::new(steps)),
                    pages => Box::pin(read_ahead(steps.boxed(), *pages)),
                }
            }
        }
    }

    pub(crate) fn stats(&self, pages: u64, items: u64) -> Stats {
        match self {
            Self::Listing { fetcher, .. } => Stats::new(&fetcher.counters, pages, items),
            Self::Refused(_) => Stats::default(),
        }
    }
}

/// A walk that is fused and keeps account of where its consumer stands.
#[pin_project]
#[derive(Debug)]
pub(crate) struct Track<P> {
    #[pin]
    pages: P,
    state: State,
    /// The place after every page that was handed on.
    cursor: Cursor,
    /// How the walk will end, once its last page was handed on.
    end: Option<End>,
    cap: Option<u64>,
    total: Option<u64>,
    page_count: u64,
    /// Videos in the pages that were handed on.
    video_count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// An error was handed on; `None` is next.
    Failed,
    /// `None` was handed on, after an error or at the end.
    Over {
        failed: bool,
    },
}

impl<P> Track<P> {
    /// `end` is how a walk ends that has no page at all.
    pub(crate) fn new(pages: P, cursor: Cursor, end: Option<End>, cap: Option<u64>) -> Self {
        let state = State::Open;
        Self { pages, state, cursor, end, cap, total: None, page_count: 0, video_count: 0 }
    }

    pub(crate) fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }

    pub(crate) fn page_count(&self) -> u64 {
        self.page_count
    }

    pub(crate) fn video_count(&self) -> u64 {
        self.video_count
    }

    /// How many more videos the cap lets through, those of pages handed on not counted.
    pub(crate) fn left(&self) -> Option<u64> {
        self.cap.map(|cap| cap - self.video_count)
    }

    /// Whether no further page will come.
    pub(crate) fn is_last(&self) -> bool {
        self.end.is_some() || self.state != State::Open
    }

    pub(crate) fn end(&self) -> Option<End> {
        match self.state {
            State::Open => None,
            State::Failed | State::Over { failed: true } => Some(End::Failed),
            State::Over { failed: false } => self.end,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over { .. })
    }
}

impl Track<Steps> {
    /// Goes on after an error from where it struck; false where there was none.
    pub(crate) fn rearm(&mut self, source: &Source) -> bool {
        let failed = self.end() == Some(End::Failed);
        if failed {
            self.pages = source.open(&self.cursor.place, self.left());
            self.state = State::Open;
        }
        failed
    }
}

impl<P: Stream<Item = Result<Step>>> Stream for Track<P> {
    type Item = Result<Step>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if *this.state != State::Open {
            *this.state = State::Over { failed: *this.state != State::Over { failed: false } };
            return Poll::Ready(None);
        }
        let item = match ready!(this.pages.poll_next(cx)) {
            // A walk says how it ends before it does; a silent end would be a lost tail.
            None if this.end.is_none() => Some(Err(Error::new(
                ErrorKind::Network,
                "the walk was stopped from outside, with the runtime that read ahead for it",
            ))),
            item => item,
        };
        Poll::Ready(match item {
            Some(Ok(step)) => {
                this.cursor.place = step.after.clone();
                *this.end = step.end;
                *this.total = step.total.or(*this.total);
                *this.page_count += 1;
                *this.video_count += step.videos.len() as u64;
                Some(Ok(step))
            }
            Some(Err(error)) => {
                *this.state = State::Failed;
                Some(Err(error.with_cursor(this.cursor.clone())))
            }
            None => {
                *this.state = State::Over { failed: false };
                None
            }
        })
    }
}
