//! `Failure`: why a command failed, and what to do about it.

use std::error::Error as StdError;
use std::io;

use heygen_videos::export::{ExportError, ExportErrorKind};
use heygen_videos::{Error, ErrorKind};

use crate::exit::Exit;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Whether the same command with `--resume` can go on from what was saved.
    pub(crate) resumable: bool,
    /// The command that goes on.
    pub(crate) rerun: Option<String>,
}

/// What failed; `output::report` has the word for each kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FailureKind {
    Listing(ErrorKind),
    Export(ExportErrorKind),
    /// The program itself, with the word for it.
    Program(&'static str),
}

impl Failure {
    pub(crate) fn new(exit: Exit, word: &'static str, message: impl Into<String>) -> Self {
        Self::of_kind(exit, FailureKind::Program(word), message.into(), None)
    }

    fn of_kind(exit: Exit, kind: FailureKind, message: String, hint: Option<String>) -> Self {
        Self { exit, kind, message, hint, resumable: false, rerun: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failed write to stdout.
    pub(crate) fn stdout(error: &io::Error) -> Self {
        let message = format!("cannot write to stdout: {error}");
        Self::new(Exit::of_stdout(error), "output", message)
    }

    pub(crate) fn of_listing(error: &Error) -> Self {
        let kind = FailureKind::Listing(error.kind());
        Self::of_kind(Exit::of_listing(error), kind, with_sources(error), listing_hint(error))
    }

    pub(crate) fn of_export(error: &ExportError) -> Self {
        let exit = Exit::of_export(error);
        let failure = match error.api() {
            Some(listing) => Self { exit, ..Self::of_listing(listing) },
            None => {
                let kind = FailureKind::Export(error.kind());
                Self::of_kind(exit, kind, with_sources(error), export_hint(error))
            }
        };
        Self { resumable: error.is_resumable(), ..failure }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::of_listing(&error)
    }
}

/// What to do about a failed listing, if its message does not say so already.
fn listing_hint(error: &Error) -> Option<String> {
    let hint = match error.kind() {
        ErrorKind::Unauthorized => "check the key, and that its account may use the API",
        ErrorKind::RateLimited => match error.retry_after() {
            Some(wait) => {
                let seconds = wait.as_secs_f64().ceil();
                return Some(format!(
                    "the server asks to wait for {seconds} s: try again then, or give a longer \
                     --max-wait"
                ));
            }
            None => {
                "try again later, give a longer --max-wait, or send fewer requests with \
                 --requests-per-second"
            }
        },
        ErrorKind::Api if matches!(error.status(), Some(404 | 410)) => {
            "check --folder-id, --base-url and HEYGEN_API_BASE"
        }
        ErrorKind::Proxy => "check the proxy and the variable that names it",
        // The message names the library's setting.
        ErrorKind::Decode if error.to_string().contains("Malformed::Skip") => {
            "add --malformed skip to leave such entries out"
        }
        ErrorKind::Network | ErrorKind::Tls | ErrorKind::Redirect | ErrorKind::Decode => {
            "check the connection, --base-url and HEYGEN_API_BASE"
        }
        ErrorKind::Server | ErrorKind::Timeout => "try again later",
        ErrorKind::TooLarge => "give a smaller --page-size",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What to do about a failed export, in terms of the program's options.
fn export_hint(error: &ExportError) -> Option<String> {
    let hint = match error.kind() {
        // The format is checked before, so only the fields are left to be wrong.
        ExportErrorKind::Usage => {
            return error.hint().map(|hint| format!("{hint} (see --fields and --urls)"));
        }
        ExportErrorKind::Exists => "add --force to replace it, or choose another path",
        ExportErrorKind::Unfinished => "add --resume to go on, or --restart to begin again",
        ExportErrorKind::Locked => "wait until the other run has ended, or choose another path",
        ExportErrorKind::Mismatch => {
            "use --restart instead of --resume to begin again; to go on, --resume needs the options \
             and the key that the export was begun with"
        }
        // The hint depends on the file, which only the library knows.
        _ => return error.hint().map(str::to_owned),
    };
    Some(hint.to_owned())
}

/// The error and its sources in one line.
fn with_sources(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
