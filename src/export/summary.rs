//! `Summary`: what an export did, and `Outcome`: how it ended.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::json_form;
use super::spool::{Checkpoint, Counts};
use super::time::system_time;
use super::warning::Warning;
use crate::api_version::ApiVersion;

/// How an export ended without an error.
///
/// Its text form, in `Display` and serde, is `complete` or `stopped`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// All videos are in the file, or as many as the cap allows.
    Complete,
    /// A [`StopHandle`](super::StopHandle) stopped it; an export to a file can be resumed.
    Stopped,
}

impl Outcome {
    /// The outcome as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What an export did.
///
/// In JSON, times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// The path of the export as it was given, even while it is unfinished; `None` for a writer.
    #[serde(serialize_with = "json_form::optional_path")]
    pub path: Option<PathBuf>,
    /// When the export was first started.
    #[serde(serialize_with = "json_form::time")]
    pub begun_at: SystemTime,
    /// When this run ended.
    #[serde(serialize_with = "json_form::time")]
    pub finished_at: SystemTime,
    /// When the checkpoint that this run resumed from was saved; `None` if it did not resume.
    #[serde(serialize_with = "json_form::optional_time")]
    pub resumed_from: Option<SystemTime>,
    /// How long this run took.
    #[serde(serialize_with = "json_form::seconds", rename = "elapsed_seconds")]
    pub elapsed: Duration,
    /// Videos in the file, including those of earlier runs; 0 if the file [was already
    /// complete](Warning::AlreadyComplete), because it is not read.
    pub videos: u64,
    /// How many videos the account has, if the server reported it.
    pub total: Option<u64>,
    /// Pages received by this run.
    pub pages: u64,
    /// Requests sent by this run.
    pub requests: u64,
    /// How many of those requests repeated a failed one.
    pub retries: u64,
    /// Videos that the server sent again and that were left out, including those of earlier runs.
    pub repeated: u64,
    /// Entries that are not videos and were left out by this run.
    pub skipped: u64,
    /// Listed videos that were left out because of their status, including those of earlier runs.
    pub not_selected: u64,
    /// Presigned URLs that were left out, including those of earlier runs.
    pub dropped_urls: u64,
    /// Cells of a CSV that got an apostrophe because a spreadsheet would have run them.
    pub guarded: u64,
    /// Bytes received by this run, after decompression.
    pub bytes_received: u64,
    /// The length of the file; if the export is unfinished, the length of `PATH.partial`.
    pub bytes_written: u64,
    /// The version of the API that was used.
    #[serde(serialize_with = "json_form::version")]
    pub api: ApiVersion,
    /// Problems that a person should read about.
    pub warnings: Vec<Warning>,
}

impl Summary {
    /// The summary of a run that found a complete file. `saved` is the checkpoint next to it.
    pub(super) fn of_complete(path: PathBuf, saved: Option<Checkpoint>, api: ApiVersion) -> Self {
        let now = SystemTime::now();
        let begun_at = saved.as_ref().map_or(now, |saved| system_time(saved.begun_at));
        let counts = saved.as_ref().map_or(Counts::default(), |saved| saved.counts);
        let warning = Warning::AlreadyComplete { path: path.clone() };
        Self {
            outcome: Outcome::Complete,
            begun_at,
            finished_at: now,
            resumed_from: saved.as_ref().map(|saved| system_time(saved.saved_at)),
            elapsed: Duration::ZERO,
            videos: counts.videos,
            total: None,
            pages: 0,
            requests: 0,
            retries: 0,
            repeated: counts.repeated,
            skipped: 0,
            not_selected: counts.not_selected,
            dropped_urls: counts.dropped_urls,
            guarded: 0,
            bytes_received: 0,
            bytes_written: path.metadata().map_or(0, |found| found.len()),
            api: saved.as_ref().map_or(api, |saved| saved.cursor.api),
            // If there is a checkpoint, an earlier run completed the file and was then cut off.
            warnings: if saved.is_some() { Vec::new() } else { vec![warning] },
            path: Some(path),
        }
    }
}
