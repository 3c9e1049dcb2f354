//! `Event`: what an export reports while it runs.

use crate::stream::Stats;

/// What an export tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The export begins, with so many videos in the file from before a resume.
    Started {
        /// Videos already in the file.
        resumed: u64,
    },
    /// A page was received.
    Page {
        /// Videos received so far, those from before a resume included.
        videos: u64,
        /// How many the account has, where the server says.
        total: Option<u64>,
        /// What this run's listing has done so far.
        stats: Stats,
    },
    /// No page has come for a second, or a second more; a retry shows in `stats`.
    Waiting {
        /// What this run's listing has done so far.
        stats: Stats,
    },
    /// So many videos are safely on disk; pages that came meanwhile may have been told of before.
    Checkpoint {
        /// Videos in the file.
        videos: u64,
        /// The file's length in bytes.
        bytes: u64,
    },
}

impl Event {
    /// The sort of event as a word for programs, the same in every release.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Page { .. } => "page",
            Self::Waiting { .. } => "waiting",
            Self::Checkpoint { .. } => "checkpoint",
        }
    }
}
