//! `NoticeLog`: writes the library's warnings as lines of the log.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::format::now;
use super::report::notice_line;
use crate::env::{Env, Out};
use crate::notices::{Listening, Notice};

/// The shortest time between two lines about retries.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Writes notices to stderr, each with its time.
pub(crate) struct NoticeLog {
    stderr: Out,
    /// Whether only warnings are written: no retries, and no time at the start of a line.
    is_quiet: bool,
    latest_retry: Mutex<Option<Instant>>,
}

impl NoticeLog {
    pub(super) fn new(stderr: Out) -> Self {
        Self { stderr, is_quiet: false, latest_retry: Mutex::new(None) }
    }

    /// Writes the library's notices to stderr until the returned value is dropped. With `--quiet`,
    /// writes only warnings. Writes nothing if the log of `-v` or `RUST_LOG` contains them anyway.
    pub(crate) fn listen(env: &Env) -> Option<Listening> {
        let log = Self { is_quiet: env.is_quiet, ..Self::new(env.stderr.clone()) };
        (!env.is_logging).then(|| env.notices.listen(move |notice| log.write(&notice)))
    }

    /// Writes notices like [`listen`](Self::listen) with `--quiet`.
    pub(super) fn quiet(stderr: Out) -> Self {
        Self { is_quiet: true, ..Self::new(stderr) }
    }

    pub(super) fn write(&self, notice: &Notice) {
        if self.is_quiet {
            if matches!(notice, Notice::Warning(_)) {
                self.stderr.clone().say(notice_line(notice));
            }
            return;
        }
        if matches!(notice, Notice::Retry { .. }) && self.is_too_soon() {
            return;
        }
        self.stderr.clone().say(timed(notice_line(notice)));
    }

    /// Whether a line about a retry was written very recently.
    fn is_too_soon(&self) -> bool {
        let mut latest = self.latest_retry.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if latest.is_some_and(|latest| now.duration_since(latest) < RETRY_INTERVAL) {
            return true;
        }
        *latest = Some(now);
        false
    }
}

/// Formats a line of the log.
pub(super) fn timed(line: impl Display) -> String {
    format!("{:.0} {line}", now())
}
