//! `SyncSummary`: what a sync did.

use std::ops::AddAssign;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::warning::SyncWarning;
use crate::api_version::ApiVersion;
use crate::export::{Outcome, json_form};
use crate::plan::SyncMode;

/// How many videos of the database a sync changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Changes {
    /// Videos that were not in the database, or were marked as deleted.
    pub inserted: u64,
    /// Videos of which a value changed.
    pub updated: u64,
    /// Videos that were seen and had not changed.
    pub unchanged: u64,
    /// Videos that were marked as deleted.
    pub deleted: u64,
}

impl AddAssign for Changes {
    fn add_assign(&mut self, more: Self) {
        self.inserted += more.inserted;
        self.updated += more.updated;
        self.unchanged += more.unchanged;
        self.deleted += more.deleted;
    }
}

/// What a sync did.
///
/// In JSON, times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct SyncSummary {
    /// How it ended. A sync that was stopped continues when it is run again.
    pub outcome: Outcome,
    /// The path of the database as it was given.
    #[serde(serialize_with = "json_form::path")]
    pub path: PathBuf,
    /// Whether it was a [dry run](super::Sync::dry_run), which changes nothing.
    pub dry_run: bool,
    /// What the last run listed.
    pub mode: SyncMode,
    /// When the last run was first begun.
    #[serde(serialize_with = "json_form::time")]
    pub begun_at: SystemTime,
    /// When this sync ended.
    #[serde(serialize_with = "json_form::time")]
    pub finished_at: SystemTime,
    /// When the unfinished run that this sync continued was started; `None` if there was none.
    #[serde(serialize_with = "json_form::optional_time")]
    pub resumed_from: Option<SystemTime>,
    /// How long this sync took.
    #[serde(serialize_with = "json_form::seconds", rename = "elapsed_seconds")]
    pub elapsed: Duration,
    /// Videos in the database that are not marked as deleted.
    pub videos: u64,
    /// What changed.
    #[serde(flatten)]
    pub changes: Changes,
    /// How many videos the account has, if the server reported it.
    pub total: Option<u64>,
    /// Pages received.
    pub pages: u64,
    /// Requests sent.
    pub requests: u64,
    /// How many of those requests repeated a failed one.
    pub retries: u64,
    /// Videos that the server sent again.
    pub repeated: u64,
    /// Entries that are not videos and were left out.
    pub skipped: u64,
    /// Presigned URLs that were left out.
    pub dropped_urls: u64,
    /// Bytes received, after decompression.
    pub bytes_received: u64,
    /// The version of the API that was used.
    #[serde(serialize_with = "json_form::version")]
    pub api: ApiVersion,
    /// Problems that a person should read about.
    pub warnings: Vec<SyncWarning>,
}
