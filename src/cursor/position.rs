//! `Position`, where in a listing a walk stands.
//!
//! A place is a page and the videos that were yielded and can still come: by their ids, not their
//! number, as others are created and deleted in the meantime. They are forgotten as soon as they
//! cannot come any more, so that a place stays small however often a listing is resumed.

use std::fmt;
use std::sync::Arc;

/// Where in a listing a walk stands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Position {
    /// At the page of `token` (none: the first), of which, or of pages before it, the videos in
    /// `yielded` can still come although they were yielded.
    At { token: Option<Arc<str>>, yielded: Arc<[YieldedRun]> },
    /// After the last video.
    Finished,
}

/// Videos that were yielded in a row, by the fingerprints of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct YieldedRun {
    pub(crate) fingerprints: Box<[u64]>,
    /// The video that came after them and was not yielded: once it comes, those of the run that
    /// have not come never will.
    pub(crate) followed_by: Option<u64>,
}

impl Position {
    pub(crate) fn start() -> Self {
        Self::At { token: None, yielded: Arc::default() }
    }

    /// How many videos can still come although they were yielded.
    pub(crate) fn yielded_count(&self) -> usize {
        match self {
            Self::At { yielded, .. } => count_yielded(yielded),
            Self::Finished => 0,
        }
    }
}

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
