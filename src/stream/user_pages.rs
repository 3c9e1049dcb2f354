//! `UserPages`: pages that a user made, as a walk.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::stream::BoxStream;

use super::carried::Carried;
use super::end::End;
use super::page::Page;
use super::page_layout::PageLayout;
use super::recent_ids::RecentIds;
use super::walk::Step;
use crate::cursor::{Position, YieldedRun};
use crate::error::Result;

/// The walk over a user's pages. Clones share it, so that a `rearm` goes on with the same pages.
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
        let videos = layout.without_left_out(videos);
        self.placed = after.is_some();
        let listing = after.as_ref().map(|cursor| (cursor.api, cursor.filters));
        self.position =
            after.map_or_else(|| layout.position_after(videos.len()), |cursor| cursor.position);
        let position_after = self.position.clone();
        Step { videos, total, repeated: 0, skipped: 0, layout, position_after, end: None, listing }
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
        let page = ready!(walk.pages.as_mut().poll_next(cx));
        Poll::Ready(Some(match page {
            Some(page) => page.map(|page| walk.step(page)),
            None => Ok(walk.last_step()),
        }))
    }
}

impl fmt::Debug for UserPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserPages")
    }
}
