//! `Tracked`: a fused walk that keeps track of its cursor, total and end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use pin_project::pin_project;

use super::end::End;
use super::own_task::runtime_was_shut_down;
use super::remaining::Remaining;
use super::source::{Steps, WalkSource};
use super::stats::Stats;
use super::walk::Step;
use crate::cursor::Cursor;
use crate::error::Result;

/// The pages of a walk, with its state after each page. Both public streams are built on it.
#[pin_project]
#[derive(Debug)]
pub(crate) struct Tracked<P> {
    #[pin]
    pages: P,
    state: TrackedState,
    /// The position after all pages yielded so far.
    cursor: Cursor,
    /// How the walk ends; known once its last page was yielded.
    end: Option<End>,
    /// How many more videos the cap allows after the pages yielded so far.
    remaining: Remaining,
    total: Option<u64>,
    /// The statistics of the pages yielded so far, without those of their requests.
    stats: Stats,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TrackedState {
    Open,
    /// An error was yielded; `None` is next.
    Failed,
    /// `None` was yielded, after an error or at the end.
    Over {
        failed: bool,
    },
}

impl Tracked<Steps> {
    /// Opens a walk at `cursor` that yields at most `cap` videos.
    pub(crate) fn open(source: &WalkSource, cursor: Cursor, cap: Remaining) -> Self {
        let end = source.end_without_page(&cursor.position, cap);
        Self::new(source.open(&cursor, cap), cursor, end, cap)
    }

    /// Opens the walk again where an error stopped it; false if there was no error.
    pub(super) fn rearm(&mut self, source: &WalkSource) -> bool {
        let failed = self.end() == Some(End::Failed);
        if failed {
            self.pages = source.open(&self.cursor, self.remaining);
            self.state = TrackedState::Open;
        }
        failed
    }
}

impl<P> Tracked<P> {
    /// `end` is how the walk ends if `pages` has no page.
    pub(crate) fn new(pages: P, cursor: Cursor, end: Option<End>, cap: Remaining) -> Self {
        Self {
            pages,
            state: TrackedState::Open,
            cursor,
            end,
            remaining: cap,
            total: None,
            stats: Stats::default(),
        }
    }

    #[inline]
    pub(super) fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    #[inline]
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// The statistics of the pages yielded so far, without those of their requests. `items` counts
    /// all videos of these pages.
    #[inline]
    pub(super) fn stats(&self) -> Stats {
        self.stats
    }

    #[inline]
    pub(super) fn remaining(&self) -> Remaining {
        self.remaining
    }

    /// Whether the stream can yield another page before a `rearm`.
    pub(super) fn may_have_more_pages(&self) -> bool {
        self.end.is_none() && self.state == TrackedState::Open
    }

    pub(super) fn end(&self) -> Option<End> {
        match self.state {
            TrackedState::Open => None,
            TrackedState::Failed | TrackedState::Over { failed: true } => Some(End::Failed),
            TrackedState::Over { failed: false } => self.end,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, TrackedState::Over { .. })
    }
}

impl<P: Stream<Item = Result<Step>>> Stream for Tracked<P> {
    type Item = Result<Step>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        match *this.state {
            TrackedState::Open => {}
            TrackedState::Failed => {
                *this.state = TrackedState::Over { failed: true };
                return Poll::Ready(None);
            }
            TrackedState::Over { .. } => return Poll::Ready(None),
        }
        let item = match ready!(this.pages.poll_next(cx)) {
            // The last page always carries `end`; ending without one means the walk was cut off.
            None if this.end.is_none() => Some(Err(runtime_was_shut_down())),
            item => item,
        };
        Poll::Ready(match item {
            Some(Ok(step)) => {
                let videos = step.videos.len() as u64;
                this.cursor.position = step.position_after.clone();
                // The first page decides the version, if the client left that open.
                if let Some((api, filters)) = step.listing {
                    (this.cursor.api, this.cursor.filters) = (api, filters);
                }
                *this.end = step.end;
                *this.remaining = this.remaining.minus(videos);
                *this.total = step.total.or(*this.total);
                this.stats.pages += 1;
                this.stats.items += videos;
                this.stats.repeated += step.repeated;
                this.stats.skipped += step.skipped;
                Some(Ok(step))
            }
            Some(Err(error)) => {
                *this.state = TrackedState::Failed;
                Some(Err(error.with_cursor(this.cursor.clone())))
            }
            None => {
                *this.state = TrackedState::Over { failed: false };
                None
            }
        })
    }
}
