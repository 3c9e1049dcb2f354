//! `SyncWarning`: a problem that a person should read about, in a sync that did not fail.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::export::{json_form, rfc3339};
use crate::plan::{Missing, ServerTotal};

/// A problem that a person should read about, in a sync that did not fail.
///
/// [`as_str`](Self::as_str) is a word for programs, and `Display` is a sentence for people. In
/// JSON, a warning is an object with both, as `kind` and `message`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncWarning {
    /// The server rejected the saved position of an unfinished run, so a new run was started.
    #[non_exhaustive]
    PositionRefused {
        /// When the abandoned run was started.
        begun_at: SystemTime,
    },
    /// The server announced something, such as the day on which the API is switched off, or the
    /// listing was unusual; see [`Client::notices`](crate::Client::notices).
    #[non_exhaustive]
    Notice {
        /// The notice in one line.
        text: String,
    },
    /// A full run found no video although the database has some, so none was marked as deleted;
    /// see [`allow_empty`](super::Sync::allow_empty).
    #[non_exhaustive]
    EmptyListing {
        /// How many videos the database has.
        videos: u64,
    },
    /// A full run left entries out that are not videos. A missing video may be one of them, so none
    /// was marked as deleted.
    #[non_exhaustive]
    EntriesSkipped {
        /// How many entries were left out.
        skipped: u64,
    },
    /// A full run saw fewer videos than the server counts, so none was marked as deleted.
    #[non_exhaustive]
    FewerThanTotal {
        /// How many different videos the run saw.
        seen: u64,
        /// How many the server counts.
        total: u64,
    },
    /// The other version of the API sent some of the videos that a full run did not see. This
    /// version may not list them, so they were not marked as deleted.
    #[non_exhaustive]
    OtherVersion {
        /// How many videos were kept.
        kept: u64,
    },
    /// No video has a creation time in Unix seconds, so every run lists everything.
    NoDates,
    /// The file system has no locks, so a second run could write the same database.
    #[non_exhaustive]
    NotLocked {
        /// The file that could not be locked.
        path: PathBuf,
    },
    /// The file system cannot sync this file or folder, so a power cut may undo the creation of the
    /// database.
    #[non_exhaustive]
    NotSynced {
        /// The file or folder.
        path: PathBuf,
    },
}

impl SyncWarning {
    /// The warning for a full run that could not tell what was deleted.
    pub(super) fn of_missing(
        missing: Missing,
        videos: u64,
        skipped: u64,
        (seen, total): (u64, ServerTotal),
    ) -> Option<Self> {
        match missing {
            Missing::FewerThanTotal => {
                let total = if let ServerTotal::Videos(total) = total { total } else { seen };
                Some(Self::FewerThanTotal { seen, total })
            }
            Missing::Unknown | Missing::Deleted => None,
            Missing::EmptyListing => Some(Self::EmptyListing { videos }),
            Missing::SkippedEntries => Some(Self::EntriesSkipped { skipped }),
        }
    }

    /// The kind of warning as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::PositionRefused { .. } => "position_refused",
            Self::Notice { .. } => "notice",
            Self::EmptyListing { .. } => "empty_listing",
            Self::EntriesSkipped { .. } => "entries_skipped",
            Self::FewerThanTotal { .. } => "fewer_than_total",
            Self::OtherVersion { .. } => "other_version",
            Self::NoDates => "no_dates",
            Self::NotLocked { .. } => "not_locked",
            Self::NotSynced { .. } => "not_synced",
        }
    }
}

impl fmt::Display for SyncWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PositionRefused { begun_at } => write!(
                f,
                "the server refused the position that was saved by the run started at {}, so a new \
                 run was started at the newest video",
                rfc3339(*begun_at)
            ),
            Self::Notice { text } => f.write_str(text),
            Self::EmptyListing { videos } => write!(
                f,
                "the listing is empty, but the database has {videos} videos: none was marked as \
                 deleted. If the account is really empty, allow that"
            ),
            Self::EntriesSkipped { skipped } => write!(
                f,
                "{skipped} entries of the listing are not videos and were left out. A missing video \
                 may be one of them, so none was marked as deleted"
            ),
            Self::FewerThanTotal { seen, total } => write!(
                f,
                "the full run saw {seen} videos, but the server counts {total}: none was marked as \
                 deleted. Another full run checks that again"
            ),
            Self::OtherVersion { kept } => write!(
                f,
                "{kept} videos were not seen and were sent last by the other version of the API. \
                 This version may not list them, so they were not marked as deleted"
            ),
            Self::NoDates => f.write_str(
                "no video so far has a creation time in Unix seconds, so a sync cannot tell which \
                 videos are new, and every run lists everything",
            ),
            Self::NotLocked { path } => write!(
                f,
                "the file system cannot lock {}: do not start two runs at once",
                path.display()
            ),
            Self::NotSynced { path } => write!(
                f,
                "the file system cannot sync {}: a power cut may undo the creation of the database",
                path.display()
            ),
        }
    }
}

impl Serialize for SyncWarning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json_form::warning(self.as_str(), self, serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_words_for_programs_do_not_change() {
        let path = || PathBuf::from("p");
        for (warning, word) in [
            (SyncWarning::PositionRefused { begun_at: UNIX_EPOCH }, "position_refused"),
            (SyncWarning::Notice { text: "x".into() }, "notice"),
            (SyncWarning::EmptyListing { videos: 1 }, "empty_listing"),
            (SyncWarning::EntriesSkipped { skipped: 1 }, "entries_skipped"),
            (SyncWarning::FewerThanTotal { seen: 1, total: 2 }, "fewer_than_total"),
            (SyncWarning::OtherVersion { kept: 1 }, "other_version"),
            (SyncWarning::NoDates, "no_dates"),
            (SyncWarning::NotLocked { path: path() }, "not_locked"),
            (SyncWarning::NotSynced { path: path() }, "not_synced"),
        ] {
            assert_eq!(warning.as_str(), word);
            let json = serde_json::to_value(&warning).unwrap();
            assert_eq!(
                (&json["kind"], &json["message"]),
                (&word.into(), &warning.to_string().into())
            );
        }
    }
}
