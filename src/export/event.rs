//! `Event`: what an export reports while it runs.

use std::time::SystemTime;

use super::warning::Warning;
use crate::stream::Stats;

/// What an export reports while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The export begins.
    #[non_exhaustive]
    Started {
        /// How many videos earlier runs saved in the file.
        resumed: u64,
        /// When the export was first started.
        begun_at: SystemTime,
    },
    /// A page was received.
    #[non_exhaustive]
    Page {
        /// Videos received so far, including those of earlier runs.
        videos: u64,
        /// How many videos the account has, if the server reports it.
        total: Option<u64>,
        /// The statistics of this run's listing so far.
        stats: Stats,
    },
    /// Another second has passed without a page; `stats` shows whether a request is being retried.
    #[non_exhaustive]
    Waiting {
        /// The statistics of this run's listing so far.
        stats: Stats,
    },
    /// A batch is on disk. Pages received after it may already have been reported.
    #[non_exhaustive]
    Checkpoint {
        /// Videos saved up to this checkpoint.
        videos: u64,
        /// The length of `PATH.partial` in bytes.
        bytes: u64,
    },
    /// All videos are saved and are being encoded in the final format; sent once a second.
    Encoding {
        /// Videos written so far.
        videos: u64,
        /// The total number of videos.
        of: u64,
    },
    /// A problem that a person should read about; it is also in the [`Summary`](super::Summary).
    Warning {
        /// The warning.
        warning: Warning,
    },
}

impl Event {
    /// The kind of event as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Page { .. } => "page",
            Self::Waiting { .. } => "waiting",
            Self::Checkpoint { .. } => "checkpoint",
            Self::Encoding { .. } => "encoding",
            Self::Warning { .. } => "warning",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_programs_do_not_change() {
        let stats = Stats::default();
        for (event, word) in [
            (Event::Started { resumed: 0, begun_at: std::time::UNIX_EPOCH }, "started"),
            (Event::Page { videos: 1, total: None, stats }, "page"),
            (Event::Waiting { stats }, "waiting"),
            (Event::Checkpoint { videos: 1, bytes: 2 }, "checkpoint"),
        ] {
            assert_eq!(event.as_str(), word);
        }
    }
}
