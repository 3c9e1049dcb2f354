//! `Position`: how far a walk has come in a listing.
//!
//! A position is a page plus the yielded videos that the server may send again. It stores their ids
//! and not how many they are, because videos are created and deleted in the meantime. It drops a
//! video as soon as the server can no longer send it again, so it stays small however often a
//! listing is resumed.

use std::fmt;
use std::sync::Arc;

use super::order::Order;

/// How far a walk has come in a listing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Position {
    /// At the page of `token`; the first page has none.
    ///
    /// The videos in `yielded` were yielded already. The server may send them again, in this page
    /// or later.
    At { token: Option<Arc<str>>, yielded: Arc<[YieldedRun]>, order: Order },
    /// After the last video.
    Finished,
}

/// Videos that were next to each other in the listing and were yielded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct YieldedRun {
    /// The fingerprints of their ids, shared with the page that they came on.
    pub(crate) fingerprints: Arc<[u64]>,
    /// The fingerprint of the video after them, which was not yielded.
    ///
    /// Once the server sends this video, all videos of the run that it has not sent again are
    /// known to be deleted.
    pub(crate) followed_by: Option<u64>,
}

impl YieldedRun {
    /// A run for what the server sent before the position. It holds one of two things:
    ///
    /// - the fingerprints of the last videos, which must not be yielded again if pages overlap
    /// - the fingerprint of a repeated token that the walk refused, and must refuse again
    ///
    /// To mark such a run, `followed_by` is its own last video, which is impossible for any other
    /// run.
    pub(crate) fn behind(fingerprints: Arc<[u64]>) -> Self {
        Self { followed_by: fingerprints.last().copied(), fingerprints }
    }

    /// Whether [`behind`](Self::behind) made this run.
    pub(crate) fn is_behind(&self) -> bool {
        self.followed_by.is_some() && self.followed_by == self.fingerprints.last().copied()
    }
}

impl Position {
    /// The beginning of a listing.
    pub(crate) fn start() -> Self {
        Self::at(None)
    }

    /// At the page of `token`, with no yielded videos that the server may send again.
    pub(crate) fn at(token: Option<Arc<str>>) -> Self {
        Self::At { token, yielded: Arc::default(), order: Order::Unknown }
    }

    /// How many yielded videos the server sends again if its pages do not overlap.
    pub(crate) fn yielded_count(&self) -> usize {
        match self {
            Self::At { yielded, .. } => {
                let runs = yielded.iter().filter(|run| !run.is_behind());
                runs.map(|run| run.fingerprints.len()).sum()
            }
            Self::Finished => 0,
        }
    }
}

/// How many videos the runs contain.
pub(crate) fn count_videos(runs: &[YieldedRun]) -> usize {
    runs.iter().map(|run| run.fingerprints.len()).sum()
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("Finished"),
            Self::At { token, .. } => {
                let token = token.as_ref().map_or("none", |_| "[redacted]");
                write!(f, "At {{ token: {token}, yielded: {} videos }}", self.yielded_count())
            }
        }
    }
}
