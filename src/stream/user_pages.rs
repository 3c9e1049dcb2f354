//! `UserPages`: pages that a user made, as a walk.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::BoxStream;

use super::carried::Carried;
use super::end::End;
use super::page::Page;
use super::page_layout::PageLayout;
use super::recent_ids::RecentIds;
use super::walk::{MAX_PAGES_WITHOUT_PROGRESS, Step};
use crate::cursor::{Position, YieldedRun};
use crate::error::{Error, Result};

/// How many steps without a video are made before the executor gets a turn.
const MAX_STEPS_IN_A_POLL: u32 = 32;

/// The walk over a user's pages. Clones share it, so that a `rearm` continues with the same pages.
#[derive(Clone)]
pub(crate) struct UserPages(Arc<Mutex<UserWalk>>);

struct UserWalk {
    pages: BoxStream<'static, Result<Page>>,
    /// The position after the last page.
    position: Position,
    /// Whether the last page belongs to a listing. If so, its cursor shows whether the listing has
    /// ended.
    placed: bool,
    page_count: u64,
    /// How many pages in a row had no video to yield. Pages of a listing do not count, because its
    /// own walk counts them.
    pages_without_progress: u32,
    /// How many steps without a video were made since the caller last waited.
    steps_in_a_poll: u32,
    /// Whether the last step was made. Then `pages` must not be polled again.
    is_over: bool,
}

impl UserPages {
    pub(super) fn new(pages: BoxStream<'static, Result<Page>>) -> Self {
        Self(Arc::new(Mutex::new(UserWalk {
            pages,
            position: Position::start(),
            placed: false,
            page_count: 0,
            pages_without_progress: 0,
            steps_in_a_poll: 0,
            is_over: false,
        })))
    }

    /// How many pages were received. The step that only ends the walk does not count.
    pub(super) fn page_count(&self) -> u64 {
        self.lock().page_count
    }

    fn lock(&self) -> MutexGuard<'_, UserWalk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserWalk {
    fn step(&mut self, page: Page) -> Step {
        self.page_count += 1;
        let Page { videos, total, place } = page;
        let (before, after) = match place {
            Some(place) => (place.before, Some(place.after)),
            None => (mem::replace(&mut self.position, Position::start()), None),
        };
        let (token, yielded) = match before {
            Position::At { token, yielded, .. } => (token, yielded),
            // This page has no place and came after the last page of a listing. Its cursor starts
            // again from the beginning.
            Position::Finished => (None, Arc::default()),
        };
        let carried = Carried::from_cursor(&still_expected(&yielded));
        let layout = PageLayout::new(token, &carried, &videos, &mut RecentIds::default());
        let received = videos.len();
        let videos = layout.without_left_out(videos);
        let repeated = (received - videos.len()) as u64;
        self.placed = after.is_some();
        let makes_progress = self.placed || !videos.is_empty();
        self.pages_without_progress =
            if makes_progress { 0 } else { self.pages_without_progress + 1 };
        let listing = after.as_ref().map(|cursor| (cursor.api, cursor.filters));
        self.position =
            after.map_or_else(|| layout.position_after(videos.len()), |cursor| cursor.position);
        let position_after = self.position.clone();
        Step { videos, total, repeated, skipped: 0, layout, position_after, end: None, listing }
    }

    /// The step after the last page. Until `pages` ends, it is not known which page is the last.
    fn last_step(&mut self) -> Step {
        self.is_over = true;
        if !self.placed {
            self.position = Position::Finished;
        }
        Step {
            videos: Vec::new(),
            total: None,
            repeated: 0,
            skipped: 0,
            layout: PageLayout::default(),
            position_after: self.position.clone(),
            end: Some(End::Exhausted),
            listing: None,
        }
    }
}

/// The runs without their `followed_by`, so that their videos do not count as deleted.
///
/// A page does not contain the videos that were yielded before it. With `followed_by`, a walk would
/// conclude that they were deleted.
fn still_expected(yielded: &[YieldedRun]) -> Arc<[YieldedRun]> {
    let keep = |run: &YieldedRun| match run.is_behind() {
        true => run.clone(),
        false => YieldedRun { followed_by: None, ..run.clone() },
    };
    yielded.iter().map(keep).collect()
}

impl Stream for UserPages {
    type Item = Result<Step>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut walk = self.lock();
        if walk.is_over {
            return Poll::Ready(None);
        }
        if walk.pages_without_progress >= MAX_PAGES_WITHOUT_PROGRESS {
            // After a `rearm` the next pages are tried.
            walk.pages_without_progress = 0;
            return Poll::Ready(Some(Err(Error::pagination(
                "100 pages in a row were empty or repeated earlier videos",
            ))));
        }
        // A stream of videos polls again after a page without any. Pages that are always ready
        // would keep it in one poll.
        if walk.steps_in_a_poll >= MAX_STEPS_IN_A_POLL {
            walk.steps_in_a_poll = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Poll::Ready(page) = walk.pages.as_mut().poll_next(cx) else {
            walk.steps_in_a_poll = 0;
            return Poll::Pending;
        };
        let step = match page {
            Some(page) => page.map(|page| walk.step(page)),
            None => Ok(walk.last_step()),
        };
        let is_empty = step.as_ref().is_ok_and(|step| step.videos.is_empty());
        walk.steps_in_a_poll = if is_empty { walk.steps_in_a_poll + 1 } else { 0 };
        Poll::Ready(Some(step))
    }
}
