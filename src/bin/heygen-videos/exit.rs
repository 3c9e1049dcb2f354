//! The exit codes: their meanings, the code of each failure, and the order of precedence.

use std::io;
use std::process::ExitCode;

use heygen_videos::export::{ExportError, ExportErrorKind, Outcome};
use heygen_videos::sync::{SyncError, SyncErrorKind};
use heygen_videos::{Error, ErrorKind};

/// The part of `--help` that explains the exit codes, in the order of [`Exit::first`].
pub(crate) const EXIT_CODES: &str = "\
Exit codes (if several apply, the first of 141, 130/143, 5, 6, 7, 3, 4, 1, 2, 0 counts):
  0    complete, or as many videos as --max-items or --limit allows
  1    the API or the network failed, and nothing was saved; or there are fewer videos than
       --min-items, and nothing was kept; or the program could not start
  2    wrong usage: nothing was started
  3    no API key was found, or the API refused it
  4    timed out, and nothing was saved
  5    incomplete: what was saved is kept, and --resume goes on, whatever the error was; a sync goes
       on with the same command
  6    the output cannot be written
  7    refused because of existing files: PATH exists, another run is writing it, a file is in the
       way, or the unfinished export or the database belongs to another job
  130  stopped by SIGINT (Ctrl-C); 143 by SIGTERM
  141  the reader of stdout closed it";

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
    Refused,
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
            Self::Refused => 7,
            Self::Interrupted => 130,
            Self::StdoutClosed => 141,
            Self::Terminated => 143,
        }
    }

    /// The code with the highest precedence; [`Complete`](Self::Complete) if there is none.
    pub(crate) fn first(exits: impl IntoIterator<Item = Self>) -> Self {
        exits.into_iter().min_by_key(|exit| exit.rank()).unwrap_or(Self::Complete)
    }

    /// The position in the order of precedence. The lowest one is used.
    fn rank(self) -> u8 {
        match self {
            Self::StdoutClosed => 0,
            Self::Interrupted => 1,
            Self::Terminated => 2,
            Self::Incomplete => 3,
            Self::Output => 4,
            Self::Refused => 5,
            Self::Key => 6,
            Self::Timeout => 7,
            Self::Api => 8,
            Self::Usage => 9,
            Self::Complete => 10,
        }
    }

    /// The exit code of a command whose listing failed.
    pub(crate) fn of_listing(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidRequest => Self::Usage,
            ErrorKind::Unauthorized => Self::Key,
            ErrorKind::Timeout => Self::Timeout,
            _ => Self::Api,
        }
    }

    /// The exit code of a failed export.
    pub(crate) fn of_export(error: &ExportError) -> Self {
        match error.kind() {
            ExportErrorKind::Usage => Self::Usage,
            ExportErrorKind::Exists
            | ExportErrorKind::Unfinished
            | ExportErrorKind::Locked
            | ExportErrorKind::Mismatch
            | ExportErrorKind::Foreign => Self::Refused,
            ExportErrorKind::BrokenPipe => Self::StdoutClosed,
            _ if error.is_resumable() => Self::Incomplete,
            ExportErrorKind::Output | ExportErrorKind::DoesNotFit => Self::Output,
            _ => error.api().map_or(Self::Api, Self::of_listing),
        }
    }

    /// The exit code of a failed sync.
    pub(crate) fn of_sync(error: &SyncError) -> Self {
        match error.kind() {
            SyncErrorKind::Usage => Self::Usage,
            SyncErrorKind::Locked | SyncErrorKind::Mismatch | SyncErrorKind::Foreign => {
                Self::Refused
            }
            _ if error.is_resumable() => Self::Incomplete,
            SyncErrorKind::Output => Self::Output,
            _ => error.api().map_or(Self::Api, Self::of_listing),
        }
    }

    /// The exit code of a run that did not fail.
    pub(crate) fn of_run(outcome: Outcome, signal: Option<Self>) -> Self {
        match outcome {
            Outcome::Complete => Self::Complete,
            // Only a signal stops a run.
            _ => signal.unwrap_or(Self::Interrupted),
        }
    }

    /// The exit code of a command that could not write to stdout.
    pub(crate) fn of_stdout(error: &io::Error) -> Self {
        if is_closed_by_reader(error) { Self::StdoutClosed } else { Self::Output }
    }
}

/// Whether a write failed because the reader of a pipe or a socket has gone.
pub(crate) fn is_closed_by_reader(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Exit; 11] = [
        Exit::Complete,
        Exit::Api,
        Exit::Usage,
        Exit::Key,
        Exit::Timeout,
        Exit::Incomplete,
        Exit::Output,
        Exit::Refused,
        Exit::Interrupted,
        Exit::Terminated,
        Exit::StdoutClosed,
    ];

    #[test]
    fn the_help_lists_the_codes_in_the_order_of_precedence() {
        let (_, list) = EXIT_CODES.split_once("the first of ").unwrap();
        let (list, _) = list.split_once(" counts):").unwrap();
        let in_help: Vec<u8> = list.split([',', '/']).map(|c| c.trim().parse().unwrap()).collect();
        let mut exits = ALL.to_vec();
        let mut in_order = Vec::new();
        while !exits.is_empty() {
            let first = Exit::first(exits.iter().copied());
            exits.retain(|exit| *exit != first);
            in_order.push(first.code());
        }
        assert_eq!(in_help, in_order);
    }

    #[test]
    fn the_first_of_several_counts_in_any_order() {
        assert_eq!(Exit::first([Exit::Complete, Exit::Output]), Exit::Output);
        assert_eq!(Exit::first([Exit::Output, Exit::Interrupted]), Exit::Interrupted);
        assert_eq!(Exit::first([Exit::Terminated, Exit::StdoutClosed]), Exit::StdoutClosed);
        assert_eq!(Exit::first([]), Exit::Complete);
    }

    #[test]
    fn a_closed_stdout_is_not_an_output_error() {
        let code = |kind: io::ErrorKind| Exit::of_stdout(&kind.into()).code();
        assert_eq!(code(io::ErrorKind::BrokenPipe), 141);
        assert_eq!(code(io::ErrorKind::ConnectionReset), 141);
        assert_eq!(code(io::ErrorKind::StorageFull), 6);
    }
}
