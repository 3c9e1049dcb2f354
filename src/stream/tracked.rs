//! What every stream over the walk shares: it is fused, knows its place, its end and its way on.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use pin_project::pin_project;

use super::end::End;
use super::source::{Steps, WalkSource};
use super::walk::Step;
use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind, Result};

/// A walk that is fused and keeps account of where its consumer stands.
#[pin_project]
#[derive(Debug)]
pub(crate) struct Tracked<P> {
    #[pin]
    pages: P,
    state: TrackedState,
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
enum TrackedState {
    Open,
    /// An error was handed on; `None` is next.
    Failed,
    /// `None` was handed on, after an error or at the end.
    Over {
        failed: bool,
    },
}

impl<P> Tracked<P> {
    /// `end` is how a walk ends that has no page at all.
    pub(crate) fn new(pages: P, cursor: Cursor, end: Option<End>, cap: Option<u64>) -> Self {
        let state = TrackedState::Open;
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
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.cap.map(|cap| cap - self.video_count)
    }

    /// Whether no further page will come.
    pub(crate) fn has_all_pages(&self) -> bool {
        self.end.is_some() || self.state != TrackedState::Open
    }

    pub(crate) fn end(&self) -> Option<End> {
        match self.state {
            TrackedState::Open => None,
            TrackedState::Failed | TrackedState::Over { failed: true } => Some(End::Failed),
            TrackedState::Over { failed: false } => self.end,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, TrackedState::Over { .. })
    }
}

impl Tracked<Steps> {
    /// Goes on after an error from where it struck; false where there was none.
    pub(crate) fn rearm(&mut self, source: &WalkSource) -> bool {
        let failed = self.end() == Some(End::Failed);
        if failed {
            self.pages = source.open(&self.cursor.position, self.remaining());
            self.state = TrackedState::Open;
        }
        failed
    }
}

impl<P: Stream<Item = Result<Step>>> Stream for Tracked<P> {
    type Item = Result<Step>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if *this.state != TrackedState::Open {
            *this.state =
                TrackedState::Over { failed: *this.state != TrackedState::Over { failed: false } };
            return Poll::Ready(None);
        }
        let item = match ready!(this.pages.poll_next(cx)) {
            // A walk says how it ends before it does; a silent end would be a lost tail.
            None if this.end.is_none() => Some(Err(Error::new(
                ErrorKind::Network,
                "the walk was stopped from outside, with the runtime that read ahead for it",
            )
            .retryable(true))),
            item => item,
        };
        Poll::Ready(match item {
            Some(Ok(step)) => {
                this.cursor.position = step.position_after.clone();
                *this.end = step.end;
                *this.total = step.total.or(*this.total);
                *this.page_count += 1;
                *this.video_count += step.videos.len() as u64;
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
