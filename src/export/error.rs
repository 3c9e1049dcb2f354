//! `ExportError`: why an export stopped before its end, and what to do about it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::error::Error;

/// Why an export stopped before its end.
///
/// `Display` says what happened, [`hint`](Self::hint) what to do; the error below is in
/// [`source`](StdError::source). None of them shows a key, a token or a video.
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

/// What sort of thing stopped an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportErrorKind {
    /// The settings do not fit together, or name a format that does not exist: correct the call.
    Usage,
    /// The file is there already: force its replacement, or give another path.
    Exists,
    /// An unfinished export of the file is there: resume or restart it.
    Unfinished,
    /// Another run is writing this file: wait for it.
    Locked,
    /// The unfinished export is of another query, account or format, or cannot be read: start it
    /// over, or give the settings it was made with.
    Mismatch,
    /// The file could not be written, as the source says, or something else took its place.
    Output,
    /// Whoever read the output has closed it.
    BrokenPipe,
    /// The listing failed: see [`ExportError::api`].
    Api,
}

impl ExportErrorKind {
    /// The kind as a word for programs, the same in every release.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Exists => "exists",
            Self::Unfinished => "unfinished",
            Self::Locked => "locked",
            Self::Mismatch => "mismatch",
            Self::Output => "output",
            Self::BrokenPipe => "broken_pipe",
            Self::Api => "api",
        }
    }
}

impl ExportError {
    pub(super) fn new(kind: ExportErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
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

    pub(super) fn listing(error: Error) -> Self {
        let mut this = Self::new(ExportErrorKind::Api, "the listing failed");
        this.inner.source = Some(ExportCause::Api(error));
        this
    }

    pub(super) fn output(what: impl Into<Cow<'static, str>>, error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => ExportErrorKind::BrokenPipe,
            _ => ExportErrorKind::Output,
        };
        let mut this = Self::new(kind, what);
        this.inner.source = Some(ExportCause::Io(error));
        this
    }

    pub(super) fn hint_at(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.inner.hint = Some(hint.into());
        self
    }

    pub(super) fn resumable(mut self, resumable: bool) -> Self {
        self.inner.resumable = resumable;
        self
    }

    /// What sort of thing stopped the export.
    #[must_use]
    pub fn kind(&self) -> ExportErrorKind {
        self.inner.kind
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// Whether the same export with [`Existing::Resume`](super::Existing::Resume) may well get
    /// further: what it had written is kept, and the cause may pass.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.inner.resumable
    }

    /// The error of the listing, where it was that.
    #[must_use]
    pub fn api(&self) -> Option<&Error> {
        match &self.inner.source {
            Some(ExportCause::Api(error)) => Some(error),
            _ => None,
        }
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
            (ExportErrorKind::Output, "output"),
            (ExportErrorKind::BrokenPipe, "broken_pipe"),
            (ExportErrorKind::Api, "api"),
        ] {
            assert_eq!(kind.as_str(), word);
        }
    }
}
