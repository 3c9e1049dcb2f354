//! `SyncError`: why a sync failed, and what to do about it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;

use rusqlite::ErrorCode;
use serde::Serialize;

use crate::error::Error;
use crate::export::ExportError;

/// Why a sync failed.
///
/// `Display` says what happened, and [`hint`](Self::hint) says what to do. The
/// [`source`](StdError::source) is the underlying error. None of them contains a key, a page token
/// or a video.
#[derive(Debug)]
pub struct SyncError {
    inner: Box<SyncErrorInner>,
}

#[derive(Debug)]
struct SyncErrorInner {
    kind: SyncErrorKind,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    resumable: bool,
    source: Option<SyncCause>,
}

#[derive(Debug)]
enum SyncCause {
    Api(Error),
    Io(io::Error),
    Database(rusqlite::Error),
}

/// The kinds of failure of a sync.
///
/// `Display` and `Serialize` write [`as_str`](Self::as_str), such as `mismatch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SyncErrorKind {
    /// The settings contradict each other: correct the call.
    Usage,
    /// Another run is writing this database, or another program has locked it: wait for it.
    Locked,
    /// The database belongs to another account, server or filter: use another path, or the settings
    /// it was created with.
    Mismatch,
    /// The database, or a file next to it, is not from a sync, or a newer release wrote it: see the
    /// hint. The file was not changed.
    Foreign,
    /// The database cannot be created, read or written: see the source.
    Output,
    /// The listing failed: see [`SyncError::api`].
    Api,
}

impl SyncErrorKind {
    /// The kind as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Locked => "locked",
            Self::Mismatch => "mismatch",
            Self::Foreign => "foreign",
            Self::Output => "output",
            Self::Api => "api",
        }
    }
}

impl SyncError {
    pub(super) fn new(kind: SyncErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self {
            inner: Box::new(SyncErrorInner {
                kind,
                message,
                hint: None,
                resumable: false,
                source: None,
            }),
        }
    }

    pub(super) fn listing(error: Error) -> Self {
        Self::new(SyncErrorKind::Api, "the listing failed").with_cause(SyncCause::Api(error))
    }

    pub(super) fn io(what: impl Into<Cow<'static, str>>, error: io::Error) -> Self {
        Self::new(SyncErrorKind::Output, what).with_cause(SyncCause::Io(error))
    }

    pub(super) fn database(what: impl Into<Cow<'static, str>>, error: rusqlite::Error) -> Self {
        Self::new(SyncErrorKind::Output, what).with_cause(SyncCause::Database(error))
    }

    /// The error for a path where no file can be. It takes the message of the export, which also
    /// fits a database, and has a hint of its own.
    pub(super) fn of_path(error: &ExportError) -> Self {
        Self::new(SyncErrorKind::Output, error.to_string())
            .hint_at("give the path of a file in a folder that you can write to")
    }

    fn with_cause(mut self, cause: SyncCause) -> Self {
        self.inner.source = Some(cause);
        self
    }

    pub(super) fn hint_at(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.inner.hint = Some(hint.into());
        self
    }

    pub(super) fn resumable(mut self, resumable: bool) -> Self {
        self.inner.resumable = resumable;
        self
    }

    /// Whether the database is damaged, so that every sync fails until someone repairs it.
    pub(super) fn is_damage(&self) -> bool {
        let Some(SyncCause::Database(error)) = &self.inner.source else { return false };
        is_damage(error)
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> SyncErrorKind {
        self.inner.kind
    }

    /// What to do about the failure, if there is a suggestion.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// Whether the database keeps what was received before the failure, so that the next sync goes
    /// on from there.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.inner.resumable
    }

    /// The error of the listing, if the listing failed.
    #[must_use]
    pub fn api(&self) -> Option<&Error> {
        match &self.inner.source {
            Some(SyncCause::Api(error)) => Some(error),
            _ => None,
        }
    }
}

/// Whether an error of SQLite means that the file is damaged, or that its tables were changed.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    // SQLite cannot prepare a statement if, for example, a table is missing. Each table that is
    // read without a condition has exactly one row.
    let is_changed = matches!(
        error,
        rusqlite::Error::SqlInputError { .. } | rusqlite::Error::QueryReturnedNoRows
    );
    is_changed
        || matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown)
        )
}

impl fmt::Display for SyncErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl StdError for SyncError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.inner.source.as_ref()? {
            SyncCause::Api(error) => Some(error),
            SyncCause::Io(error) => Some(error),
            SyncCause::Database(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_programs_do_not_change() {
        for (kind, word) in [
            (SyncErrorKind::Usage, "usage"),
            (SyncErrorKind::Locked, "locked"),
            (SyncErrorKind::Mismatch, "mismatch"),
            (SyncErrorKind::Foreign, "foreign"),
            (SyncErrorKind::Output, "output"),
            (SyncErrorKind::Api, "api"),
        ] {
            assert_eq!((kind.as_str(), serde_json::json!(kind)), (word, word.into()));
        }
    }
}
