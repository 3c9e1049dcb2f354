//! `SyncMode`: what a run of a sync lists.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a run of a sync lists.
///
/// Its text form, in `Display` and serde, is `full` or `incremental`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncMode {
    /// The whole listing. Only such a run can tell which videos were deleted.
    Full,
    /// From the newest video down to a creation time.
    Incremental,
}

impl SyncMode {
    /// The mode as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
        }
    }
}

impl fmt::Display for SyncMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for SyncMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
