//! `Exit`, the codes the program ends with, and `Failure`, why it did not end with 0.

use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;

use heygen_videos::{Error, ErrorKind};
use serde_json::json;

use crate::output::escape::escaped;

/// The part of `--help` that says what the codes mean.
pub(crate) const EXIT_CODES: &str = "\
Exit codes (where several fit, the first of: 141, 130/143, 6, 3, 5, 4, 1):
  0    complete, also where --max-items or --limit cut it
  1    the API or the network failed
  2    wrong usage: nothing was begun
  3    no key was found, or it was refused
  4    timed out
  5    incomplete, and --resume goes on: retries used up, or the server asks for a longer wait
       than --max-wait
  6    the output cannot be written
  130  stopped by SIGINT (Ctrl-C); 143 by SIGTERM
  141  whoever read stdout went away";

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Complete,
    Api,
    Usage,
    Key,
    Timeout,
    Incomplete,
    Output,
    Interrupted,
    Terminated,
    StdoutClosed,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Api => 1,
            Self::Usage => 2,
            Self::Key => 3,
            Self::Timeout => 4,
            Self::Incomplete => 5,
            Self::Output => 6,
            Self::Interrupted => 130,
            Self::StdoutClosed => 141,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command failed, in words for a person and for a program.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// A `snake_case` word, the same in every release.
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Whether the same command with `--resume` goes on where this one stopped.
    pub(crate) resumable: bool,
    /// That command.
    pub(crate) again: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &str, message: impl Into<String>) -> Self {
        let (kind, message) = (kind.to_owned(), message.into());
        Self { exit, kind, message, hint: None, resumable: false, again: None }
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
        let exit = match error.kind() {
            io::ErrorKind::BrokenPipe => Exit::StdoutClosed,
            _ => Exit::Output,
        };
        Self::new(exit, "output", format!("cannot write to stdout: {error}"))
    }

    /// The lines a person reads.
    pub(crate) fn lines(&self) -> String {
        // It may have a path in it, which can be named anything.
        let message: Vec<_> = self.message.lines().map(escaped).collect();
        let mut lines = format!("error: {}", message.join("\n"));
        if let Some(hint) = &self.hint {
            lines.push_str(&format!("\n  hint: {hint}"));
        }
        // On a line of its own, to be copied.
        if let Some(again) = &self.again {
            lines.push_str(&format!("\nnothing that was saved is lost; go on with:\n  {again}"));
        }
        lines
    }

    /// The line a program reads.
    pub(crate) fn json(&self) -> serde_json::Value {
        json!({
            "event": "error",
            "kind": self.kind,
            "message": self.message,
            "hint": self.hint,
            "resumable": self.resumable,
            "resume": self.again,
            "exit": self.exit.code(),
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::of_listing(&error)
    }
}

impl Failure {
    /// What a failed listing comes to.
    pub(crate) fn of_listing(error: &Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::InvalidRequest => Exit::Usage,
            ErrorKind::Unauthorized => Exit::Key,
            ErrorKind::Timeout => Exit::Timeout,
            _ => Exit::Api,
        };
        let failure = Self::new(exit, &word(&error.kind()), with_sources(error));
        match hint(error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// What a person can do about it, where that is not in the message already.
fn hint(error: &Error) -> Option<String> {
    Some(match error.kind() {
        ErrorKind::Unauthorized => "check the key, and that its account may use the API".into(),
        ErrorKind::RateLimited => match error.retry_after() {
            Some(wait) => format!(
                "the server asks to be left alone for {} s: come back then, or give a longer \
                 --max-wait",
                wait.as_secs_f64().ceil()
            ),
            None => "come back later, give a longer --max-wait, or pace the requests with \
                     --requests-per-second"
                .into(),
        },
        ErrorKind::Api if matches!(error.status(), Some(404 | 410)) => {
            "try --api v3, and check --base-url and HEYGEN_API_BASE".into()
        }
        ErrorKind::Network | ErrorKind::Tls | ErrorKind::Redirect | ErrorKind::Decode => {
            "check the connection, --base-url and HEYGEN_API_BASE".into()
        }
        ErrorKind::Server | ErrorKind::Timeout => "try again later".into(),
        ErrorKind::TooLarge => "give a smaller --page-size".into(),
        _ => return None,
    })
}

/// An enum's variant as a `snake_case` word.
pub(crate) fn word(variant: &impl std::fmt::Debug) -> String {
    let mut word = String::new();
    for letter in format!("{variant:?}").chars().take_while(|letter| letter.is_alphanumeric()) {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

/// The whole chain in a line.
pub(crate) fn with_sources(error: &(dyn StdError + 'static)) -> String {
    let (mut text, mut below) = (error.to_string(), error.source());
    while let Some(error) = below {
        text.push_str(": ");
        text.push_str(&error.to_string());
        below = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_becomes_one_word() {
        assert_eq!(word(&ErrorKind::RateLimited), "rate_limited");
        assert_eq!(word(&ErrorKind::Api), "api");
        assert_eq!(word(&Some(3)), "some");
    }

    #[test]
    fn a_broken_pipe_is_no_output_error() {
        let exit = |kind: io::ErrorKind| Failure::stdout(&kind.into()).exit.code();
        assert_eq!(exit(io::ErrorKind::BrokenPipe), 141);
        assert_eq!(exit(io::ErrorKind::StorageFull), 6);
    }
}
