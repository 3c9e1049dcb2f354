//! `ExportError`: why an export failed, and what to do about it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;

use serde::Serialize;

use crate::error::Error;

/// Why an export failed.
///
/// `Display` says what happened, and [`hint`](Self::hint) says what to do. The
/// [`source`](StdError::source) is the underlying error. None of them contains a key, a page token
/// or a video.
#[derive(Debug)]
pub struct ExportError {
    inner: Box<ExportErrorInner>,
}

#[derive(Debug)]
struct ExportErrorInner {
    kind: ExportErrorKind,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    resumable: bool,
    source: Option<ExportCause>,
}

#[derive(Debug)]
enum ExportCause {
    Api(Error),
    Io(io::Error),
}

/// The kinds of failure of an export.
///
/// `Display` and `Serialize` write [`as_str`](Self::as_str), such as `broken_pipe`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportErrorKind {
    /// The settings contradict each other or name an unknown format: correct the call.
    Usage,
    /// The file already exists: replace it with [`force`](super::Export::force), or choose another
    /// path.
    Exists,
    /// There is an unfinished export of the file: resume or restart it.
    Unfinished,
    /// Another run is writing this file: wait for it.
    Locked,
    /// The unfinished export has another query or account, or its videos were altered: restart it, or
    /// use the settings it was started with.
    Mismatch,
    /// An export needs this path for one of its own files, but it is taken by a file that is not
    /// from an export or cannot be resumed: move that file away.
    Foreign,
    /// The listing has fewer videos than [`min_items`](super::Export::min_items) requires: check
    /// the account and the filters. The old file is kept.
    TooFew,
    /// The format cannot hold the videos; a workbook has a limited number of rows, and of characters
    /// in a cell: choose another format. An unfinished export can be resumed in another format.
    DoesNotFit,
    /// The file could not be written, or another file replaced it: see the source.
    Output,
    /// The reader closed the output: nothing needs to be done.
    BrokenPipe,
    /// The listing failed: see [`ExportError::api`].
    Api,
}

impl ExportErrorKind {
    /// The kind as a word for programs; it stays the same in later releases.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Exists => "exists",
            Self::Unfinished => "unfinished",
            Self::Locked => "locked",
            Self::Mismatch => "mismatch",
            Self::Foreign => "foreign",
            Self::TooFew => "too_few",
            Self::DoesNotFit => "does_not_fit",
            Self::Output => "output",
            Self::BrokenPipe => "broken_pipe",
            Self::Api => "api",
        }
    }
}

impl ExportError {
    pub(crate) fn new(kind: ExportErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self {
            inner: Box::new(ExportErrorInner {
                kind,
                message,
                hint: None,
                resumable: false,
                source: None,
            }),
        }
    }

    pub(crate) fn listing(error: Error) -> Self {
        let mut this = Self::new(ExportErrorKind::Api, "the listing failed");
        this.inner.source = Some(ExportCause::Api(error));
        this
    }

    /// A file of the export cannot be read or written.
    pub(crate) fn output(what: impl Into<Cow<'static, str>>, error: io::Error) -> Self {
        let mut this = Self::new(ExportErrorKind::Output, what);
        this.inner.source = Some(ExportCause::Io(error));
        this
    }

    /// The writer of the caller failed.
    pub(crate) fn writer(what: impl Into<Cow<'static, str>>, error: io::Error) -> Self {
        let is_closed = is_closed_by_reader(&error);
        let mut this = Self::output(what, error);
        if is_closed {
            this.inner.kind = ExportErrorKind::BrokenPipe;
        }
        this
    }

    pub(crate) fn hint_at(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.inner.hint = Some(hint.into());
        self
    }

    /// Sets the hint if there is one.
    pub(crate) fn hint_if(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint_at(hint),
            None => self,
        }
    }

    pub(crate) fn resumable(mut self, resumable: bool) -> Self {
        self.inner.resumable = resumable;
        self
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> ExportErrorKind {
        self.inner.kind
    }

    /// What to do about the failure, if there is a suggestion.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// Whether there is a checkpoint that the same export can resume from with
    /// [`Existing::Resume`](super::Existing::Resume).
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.inner.resumable
    }

    /// The error of the listing, if the listing failed.
    #[must_use]
    pub fn api(&self) -> Option<&Error> {
        match &self.inner.source {
            Some(ExportCause::Api(error)) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for ExportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl StdError for ExportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.inner.source.as_ref()? {
            ExportCause::Api(error) => Some(error),
            ExportCause::Io(error) => Some(error),
        }
    }
}

/// Whether a write failed because the reader of a pipe or a socket has gone.
fn is_closed_by_reader(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_programs_do_not_change() {
        for (kind, word) in [
            (ExportErrorKind::Usage, "usage"),
            (ExportErrorKind::Exists, "exists"),
            (ExportErrorKind::Unfinished, "unfinished"),
            (ExportErrorKind::Locked, "locked"),
            (ExportErrorKind::Mismatch, "mismatch"),
            (ExportErrorKind::Foreign, "foreign"),
            (ExportErrorKind::TooFew, "too_few"),
            (ExportErrorKind::DoesNotFit, "does_not_fit"),
            (ExportErrorKind::Output, "output"),
            (ExportErrorKind::BrokenPipe, "broken_pipe"),
            (ExportErrorKind::Api, "api"),
        ] {
            assert_eq!(kind.as_str(), word);
        }
    }
}
