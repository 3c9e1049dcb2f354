//! `Position`: how far a walk has come in a listing.
//!
//! A position is a page plus the yielded videos that may come again. It knows them by their ids and
//! not by their number, because videos are created and deleted in the meantime. It forgets them as
//! soon as they can no longer come, so it stays small however often a listing is resumed.

use std::fmt;
use std::sync::Arc;

/// How far a walk has come in a listing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Position {
    /// At the page of `token`; the first page has none.
    ///
    /// The videos in `yielded` were yielded already. They may come again, in this page or later.
    At { token: Option<Arc<str>>, yielded: Arc<[YieldedRun]> },
    /// After the last video.
    Finished,
}

/// Videos that were next to each other in the listing and were yielded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct YieldedRun {
    /// The fingerprints of their ids.
    pub(crate) fingerprints: Box<[u64]>,
    /// The fingerprint of the video after them, which was not yielded.
    ///
    /// Once it comes, the videos of the run that have not come again were deleted.
    pub(crate) followed_by: Option<u64>,
}

impl Position {
    /// The beginning of a listing.
    pub(crate) fn start() -> Self {
        Self::At { token: None, yielded: Arc::default() }
    }

    /// How many yielded videos may come again.
    pub(crate) fn yielded_count(&self) -> usize {
        match self {
            Self::At { yielded, .. } => count_yielded(yielded),
            Self::Finished => 0,
        }
    }
}

/// How many videos the runs have.
pub(crate) fn count_yielded(runs: &[YieldedRun]) -> usize {
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
