//! `Summary`: what an export did.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::spool::Checkpoint;

/// How an export ended that met no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Everything, or as much as the cap allows, is in the file.
    Complete,
    /// It was told to stop, and can be resumed.
    Stopped,
}

impl Outcome {
    /// The outcome as a word for programs, the same in every release.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Stopped => "stopped",
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What an export did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// Videos in the file, those from before a resume included.
    pub videos: u64,
    /// Pages received by this run.
    pub pages: u64,
    /// Requests sent by this run.
    pub requests: u64,
    /// How many of them were a further attempt at the same page.
    pub retries: u64,
    /// Bytes received by this run, after decompression.
    pub bytes_received: u64,
    /// Bytes written, those from before a resume included.
    pub bytes_written: u64,
    /// How long this run took.
    #[serde(serialize_with = "seconds", rename = "elapsed_seconds")]
    pub elapsed: Duration,
    /// The finished file, or the one that will be it; `None` for a writer.
    #[serde(serialize_with = "lossy")]
    pub path: Option<PathBuf>,
    /// How many videos the account has, as the server last said.
    pub total: Option<u64>,
    /// Something that does not add up, though nothing failed.
    pub warning: Option<String>,
}

impl Summary {
    /// The summary of a run that found everything received.
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

/// A name that is no Unicode is no reason to have no summary.
fn lossy<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}
