//! `WalkSource`: opens the walk of one query at any position.

use std::borrow::Cow;
use std::pin::Pin;

use futures::{Stream, StreamExt, stream};
use sync_wrapper::SyncStream;

use super::read_ahead::read_ahead;
use super::seen::SeenTokens;
use super::stats::Stats;
use super::walk::{Step, walk};
use crate::cursor::Position;
use crate::error::{Error, Result};
use crate::http::Fetcher;

/// The pages of a walk, boxed once.
pub(crate) type Steps = Pin<Box<dyn Stream<Item = Result<Step>> + Send + Sync>>;

/// Opens the walk of one query at any place, again after an error.
#[derive(Debug)]
pub(crate) enum WalkSource {
    Listing {
        fetcher: Fetcher,
        seen: SeenTokens,
        read_ahead: usize,
    },
    /// The query was wrong: every walk of it is this error, and nothing is sent.
    Refused(Cow<'static, str>),
}

impl WalkSource {
    /// The walk from `place` on, of at most `left` videos.
    pub(crate) fn open(&self, position: &Position, remaining: Option<u64>) -> Steps {
        match (self, position) {
            (Self::Refused(why), _) => {
                let error = Error::invalid(why.clone());
                Box::pin(SyncStream::new(stream::iter([Err(error)])))
            }
            (_, Position::Finished) => Box::pin(stream::empty()),
            _ if remaining == Some(0) => Box::pin(stream::empty()),
            (
                Self::Listing { fetcher, seen, read_ahead: pages },
                Position::At { token, yielded },
            ) => {
                let (token, yielded) = (token.clone(), yielded.clone());
                let steps = walk(fetcher.clone(), seen.clone(), token, yielded, remaining);
                match pages {
                    0 => Box::pin(SyncStream::new(steps)),
                    pages => Box::pin(read_ahead(steps.boxed(), *pages)),
                }
            }
        }
    }

    pub(crate) fn stats(&self, pages: u64, items: u64) -> Stats {
        match self {
            Self::Listing { fetcher, .. } => fetcher.counters.stats(pages, items),
            Self::Refused(_) => Stats::default(),
        }
    }
}
