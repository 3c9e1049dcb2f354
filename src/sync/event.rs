//! `SyncEvent`: what a sync reports while it runs.

use std::time::SystemTime;

use super::summary::Changes;
use super::warning::SyncWarning;
use crate::plan::SyncMode;
use crate::stream::Stats;

/// What a sync reports while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncEvent {
    /// A run begins, or an unfinished one continues. After an unfinished run, another one begins at
    /// the newest video.
    #[non_exhaustive]
    Started {
        /// What the run lists.
        mode: SyncMode,
        /// Whether it continues an unfinished run.
        resumed: bool,
        /// When the run was first started.
        begun_at: SystemTime,
        /// The earliest creation time that is listed; `None` for the whole listing.
        floor: Option<SystemTime>,
    },
    /// A page was received.
    #[non_exhaustive]
    Page {
        /// Videos received so far by this sync.
        videos: u64,
        /// How many videos the account has, if the server reports it.
        total: Option<u64>,
        /// The statistics of the current run's listing so far.
        stats: Stats,
    },
    /// Another second has passed without a page; `stats` shows whether a request is being retried.
    #[non_exhaustive]
    Waiting {
        /// The statistics of the current run's listing so far.
        stats: Stats,
    },
    /// A batch is in the database, together with the position after it.
    #[non_exhaustive]
    Checkpoint {
        /// What this sync changed so far.
        changes: Changes,
    },
    /// A problem that a person should read about; it is also in the
    /// [`SyncSummary`](super::SyncSummary).
    #[non_exhaustive]
    Warning {
        /// The warning.
        warning: SyncWarning,
    },
}

impl SyncEvent {
    /// The kind of event as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Page { .. } => "page",
            Self::Waiting { .. } => "waiting",
            Self::Checkpoint { .. } => "checkpoint",
            Self::Warning { .. } => "warning",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_words_for_programs_do_not_change() {
        let (mode, begun_at, stats) = (SyncMode::Full, UNIX_EPOCH, Stats::default());
        let warning = SyncWarning::EmptyListing { videos: 1 };
        for (event, word) in [
            (SyncEvent::Started { mode, resumed: false, begun_at, floor: None }, "started"),
            (SyncEvent::Page { videos: 1, total: None, stats }, "page"),
            (SyncEvent::Waiting { stats }, "waiting"),
            (SyncEvent::Checkpoint { changes: Changes::default() }, "checkpoint"),
            (SyncEvent::Warning { warning }, "warning"),
        ] {
            assert_eq!(event.as_str(), word);
        }
    }
}
