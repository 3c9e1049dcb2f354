//! `Summary`: what an export did, and `Outcome`: how it ended.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::spool::Checkpoint;

/// How an export ended that did not fail.
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
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What an export did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// Videos in the file, including those of earlier runs.
    pub videos: u64,
    /// Pages received by this run.
    pub pages: u64,
    /// Requests sent by this run.
    pub requests: u64,
    /// How many of those requests repeated a failed one.
    pub retries: u64,
    /// Bytes received by this run, after decompression.
    pub bytes_received: u64,
    /// Bytes in the file, including those of earlier runs.
    pub bytes_written: u64,
    /// How long this run took.
    #[serde(serialize_with = "seconds", rename = "elapsed_seconds")]
    pub elapsed: Duration,
    /// The path of the export, also while it is unfinished; `None` for a writer.
    #[serde(serialize_with = "lossy")]
    pub path: Option<PathBuf>,
    /// How many videos the account has, if the server said so.
    pub total: Option<u64>,
    /// Something unexpected that was no failure.
    pub warning: Option<String>,
}

impl Summary {
    /// The summary of a run that had nothing left to receive.
    pub(super) fn of_received(saved: &Checkpoint, path: PathBuf, elapsed: Duration) -> Self {
        Self {
            outcome: Outcome::Complete,
            videos: saved.videos,
            pages: 0,
            requests: 0,
            retries: 0,
            bytes_received: 0,
            bytes_written: saved.bytes,
            elapsed,
            path: Some(path),
            total: None,
            warning: None,
        }
    }
}

fn seconds<S: serde::Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

/// A path that is not Unicode is written with replacement characters.
fn lossy<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}
