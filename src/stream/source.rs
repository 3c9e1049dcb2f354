//! `WalkSource`: opens the walk of one query at any position.

use std::pin::Pin;

use futures::{Stream, StreamExt, stream};
use sync_wrapper::SyncStream;

use super::end::End;
use super::read_ahead::read_ahead;
use super::remaining::Remaining;
use super::seen::Seen;
use super::since::Since;
use super::stats::Stats;
use super::user_pages::UserPages;
use super::walk::{Step, Walk};
use crate::cursor::{Cursor, Position};
use crate::error::{Error, Result};
use crate::http::Fetcher;

/// The pages of a walk, boxed once.
pub(crate) type Steps = Pin<Box<dyn Stream<Item = Result<Step>> + Send + Sync>>;

/// Opens the walk of one query: at the start, where a cursor points, or again after an error.
pub(crate) enum WalkSource {
    Listing {
        fetcher: Fetcher,
        seen: Seen,
        read_ahead: usize,
        since: Option<Since>,
        /// Whether the walk began at the start and has no filters: then the server's total is the
        /// number of videos to expect.
        is_whole: bool,
    },
    /// Pages that a user made.
    Pages(UserPages),
    /// The query is invalid: its walk yields this error and sends nothing.
    Refused(Error),
}

impl WalkSource {
    /// Why a walk from `position` ends at once; `None` if it must be polled.
    pub(super) fn end_without_page(&self, position: &Position, cap: Remaining) -> Option<End> {
        match (self, position) {
            // A refused query has one item, the error. The pages of a user end when their stream
            // ends.
            (Self::Refused(_) | Self::Pages(_), _) => None,
            (_, Position::Finished) => Some(End::Exhausted),
            _ if cap.is_zero() => Some(End::CapReached { more: true }),
            _ => None,
        }
    }

    /// Opens the walk that begins at `cursor` and yields at most `cap` videos.
    pub(super) fn open(&self, cursor: &Cursor, cap: Remaining) -> Steps {
        match (self, &cursor.position) {
            (Self::Pages(pages), _) => Box::pin(pages.clone()),
            (Self::Refused(error), _) => {
                Box::pin(SyncStream::new(stream::iter([Err(error.clone())])))
            }
            (Self::Listing { fetcher, seen, read_ahead: pages, since, is_whole }, position)
                if !cap.is_zero() && *position != Position::Finished =>
            {
                let walk = Walk::new(seen.clone(), position, cap, *since, *is_whole);
                let steps = walk.steps(fetcher.for_walk_from(cursor));
                match pages {
                    0 => Box::pin(SyncStream::new(steps)),
                    pages => Box::pin(read_ahead(steps.boxed(), *pages)),
                }
            }
            _ => Box::pin(stream::empty()),
        }
    }

    /// The statistics of a stream. `pages` holds the statistics of the pages that it received.
    pub(super) fn stats(&self, pages: Stats) -> Stats {
        match self {
            Self::Listing { fetcher, .. } => pages.with_requests(&fetcher.counters),
            Self::Pages(user) => Stats { pages: user.page_count(), ..pages },
            Self::Refused(_) => pages,
        }
    }
}
