//! `Failure`: why a command failed, and what to do about it.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use heygen_videos::export::{ExportError, ExportErrorKind};
use heygen_videos::sync::{SyncError, SyncErrorKind};
use heygen_videos::{Error, ErrorKind};

use crate::exit::Exit;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) kind: FailureKind,
    /// What happened, in one line.
    pub(crate) message: String,
    /// Further lines, such as the usage.
    pub(crate) details: String,
    pub(crate) hint: Option<String>,
    /// Whether another run can continue from what was saved.
    pub(crate) resumable: bool,
    /// The run that failed.
    pub(crate) run: Option<Box<FailedRun>>,
}

/// A run of `export` or `sync` that failed.
#[derive(Debug)]
pub(crate) struct FailedRun {
    /// The path that it writes to; `None` for stdout.
    pub(crate) path: Option<PathBuf>,
    /// How many videos have been saved.
    pub(crate) saved: u64,
    /// The command that continues the run, if it can be continued.
    pub(crate) rerun: Option<String>,
    /// Whether that command must be given the key again.
    pub(crate) needs_key: bool,
}

/// What failed. `output::report` maps each kind to a word.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FailureKind {
    Listing(ErrorKind),
    Export(ExportErrorKind),
    Sync(SyncErrorKind),
    /// The program itself failed; holds the word for it.
    Program(&'static str),
}

impl Failure {
    pub(crate) fn new(exit: Exit, word: &'static str, message: impl Into<String>) -> Self {
        Self::of_kind(exit, FailureKind::Program(word), message.into())
    }

    fn of_kind(exit: Exit, kind: FailureKind, message: String) -> Self {
        let details = String::new();
        Self { exit, kind, message, details, hint: None, resumable: false, run: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    pub(crate) fn details(mut self, details: impl Into<String>) -> Self {
        self.details = details.into();
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure with this advice, if there is any, instead of its hint.
    pub(crate) fn advised(self, advice: Option<String>) -> Self {
        Self { hint: advice.or(self.hint), ..self }
    }

    /// The same failure. Its exit code becomes one of these if that takes precedence.
    pub(crate) fn also(self, exits: impl IntoIterator<Item = Exit>) -> Self {
        let exit = Exit::first(exits.into_iter().chain([self.exit]));
        Self { exit, ..self }
    }

    /// A failed write to stdout.
    pub(crate) fn stdout(error: &io::Error) -> Self {
        let message = format!("cannot write to stdout: {error}");
        Self::new(Exit::of_stdout(error), "output", message)
            .hint("redirect stdout to a file or a pipe")
    }

    pub(crate) fn of_listing(error: &Error) -> Self {
        let kind = FailureKind::Listing(error.kind());
        Self::of_kind(Exit::of_listing(error), kind, with_sources(error))
    }

    /// The failure of an export, with the library's hint.
    pub(crate) fn of_export(error: &ExportError) -> Self {
        let exit = Exit::of_export(error);
        let failure = match error.api() {
            Some(listing) => Self { exit, ..Self::of_listing(listing) },
            None => {
                let kind = FailureKind::Export(error.kind());
                Self::of_kind(exit, kind, with_sources(error))
            }
        };
        let resumable = exit == Exit::Incomplete || error.kind() == ExportErrorKind::Unfinished;
        Self { resumable, hint: error.hint().map(str::to_owned), ..failure }
    }

    /// The failure of a sync, with the library's hint.
    pub(crate) fn of_sync(error: &SyncError) -> Self {
        let exit = Exit::of_sync(error);
        let failure = match error.api() {
            Some(listing) => Self { exit, ..Self::of_listing(listing) },
            None => Self::of_kind(exit, FailureKind::Sync(error.kind()), with_sources(error)),
        };
        let hint = error.hint().map(str::to_owned);
        Self { resumable: exit == Exit::Incomplete, hint, ..failure }
    }
}

/// The error and its sources in one line.
fn with_sources(error: &(dyn StdError + 'static)) -> String {
    // The alternate form does not mention calls of the library.
    let mut text = format!("{error:#}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
