//! `WalkSource`: opens the walk of one query at any position.

use std::borrow::Cow;
use std::pin::Pin;

use futures::{Stream, StreamExt, stream};
use sync_wrapper::SyncStream;

use super::end::End;
use super::read_ahead::read_ahead;
use super::remaining::Remaining;
use super::seen::Seen;
use super::since::Since;
use super::stats::Stats;
use super::walk::{Step, Walk};
use crate::cursor::Position;
use crate::error::{Error, Result};
use crate::http::Fetcher;

/// The pages of a walk, boxed once.
pub(crate) type Steps = Pin<Box<dyn Stream<Item = Result<Step>> + Send + Sync>>;

/// Opens the walk of one query: at the start, where a cursor points, or again after an error.
#[derive(Debug)]
pub(crate) enum WalkSource {
    Listing {
        fetcher: Fetcher,
        seen: Seen,
        read_ahead: usize,
        since: Option<Since>,
        /// Whether the walk began at the start and has neither filters nor a cap: then the server's
        /// total says how many videos come.
        is_whole: bool,
    },
    /// The query is invalid: its walk yields this error and sends nothing.
    Refused(Cow<'static, str>),
}

impl WalkSource {
    /// Why a walk from `position` has no page, if it has none.
    pub(super) fn end_without_page(&self, position: &Position, cap: Remaining) -> Option<End> {
        match (self, position) {
            // Its one item is the error.
            (Self::Refused(_), _) => None,
            (_, Position::Finished) => Some(End::Exhausted),
            _ if cap.is_zero() => Some(End::CapReached { more: true }),
            _ => None,
        }
    }

    /// Opens the walk that begins at `position` and yields at most `cap` videos.
    pub(super) fn open(&self, position: &Position, cap: Remaining) -> Steps {
        match (self, position) {
            (Self::Refused(why), _) => {
                let error = Error::invalid(why.clone());
                Box::pin(SyncStream::new(stream::iter([Err(error)])))
            }
            (Self::Listing { fetcher, seen, read_ahead: pages, since, is_whole }, _)
                if !cap.is_zero() && *position != Position::Finished =>
            {
                let walk = Walk::new(seen.clone(), position, cap, *since, *is_whole);
                let steps = walk.steps(fetcher.clone());
                match pages {
                    0 => Box::pin(SyncStream::new(steps)),
                    pages => Box::pin(read_ahead(steps.boxed(), *pages)),
                }
            }
            _ => Box::pin(stream::empty()),
        }
    }

    pub(super) fn stats(&self, pages: u64, items: u64, repeated: u64) -> Stats {
        match self {
            Self::Listing { fetcher, .. } => Stats::new(&fetcher.counters, pages, items, repeated),
            Self::Refused(_) => Stats::default(),
        }
    }
}
