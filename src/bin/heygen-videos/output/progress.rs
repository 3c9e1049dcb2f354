//! `Progress`: shows the progress of an export on stderr, in the style that `--progress` selects.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::bar::Bar;
use super::escape::escaped;
use super::figures::{Figures, Retry, SharedFigures, lock};
use super::notice_log::{NoticeLog, timed};
use super::report::{notice_json, notice_line, stamped};
use crate::cli::ProgressMode;
use crate::env::{Env, Out};
use crate::notices::{Listening, Notice};

/// The time between two lines of the log.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// A running progress display. It ends when this is dropped.
pub(crate) struct Progress {
    figures: SharedFigures,
    display: Display,
    /// The path of the export; `None` for stdout.
    path: Option<PathBuf>,
    _listening: Listening,
}

enum Display {
    Bar(Bar),
    Log {
        /// Ends the thread that writes the log when it is dropped.
        _end: mpsc::Sender<()>,
    },
    Json(Out),
    Nothing,
}

impl Progress {
    /// Starts to show the progress of an export to this path; `None` for stdout.
    pub(crate) fn start(mode: ProgressMode, path: Option<&Path>, env: &Env) -> Self {
        let figures: SharedFigures = Arc::new(Mutex::new(Figures::new(Instant::now())));
        let bar = |width| Display::Bar(Bar::start(env.stderr.clone(), width, Arc::clone(&figures)));
        let display = match (mode, env.bar) {
            // If videos go to stdout or requests are logged, their lines would overwrite a bar.
            (ProgressMode::Auto, Some(width)) if path.is_some() && !env.is_logging => bar(width),
            (ProgressMode::Bar, Some(width)) => bar(width),
            (ProgressMode::Auto | ProgressMode::Bar | ProgressMode::Log, _) => {
                start_log(&figures, env)
            }
            (ProgressMode::Json, _) => Display::Json(env.stderr.clone()),
            (ProgressMode::None, _) => Display::Nothing,
        };
        let path = path.map(Path::to_owned);
        let _listening = listen(&display, &figures, path.clone(), env);
        Self { figures, display, path, _listening }
    }

    /// Changes the figures and shows the new values.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut Figures)) {
        let figures = {
            let mut figures = lock(&self.figures);
            change(&mut figures);
            figures.clone()
        };
        // The lock was released above, because drawing the bar takes it.
        if let Display::Bar(bar) = &self.display {
            bar.show(&figures);
        }
    }

    /// Videos that earlier runs exported.
    pub(crate) fn resumed(&self) -> u64 {
        lock(&self.figures).before
    }

    /// Videos that have been saved.
    pub(crate) fn saved(&self) -> u64 {
        lock(&self.figures).saved
    }

    /// Writes an event if a program reads stderr. Otherwise the event is not even built.
    pub(crate) fn event(&mut self, event: impl FnOnce() -> Value) {
        if let Display::Json(stderr) = &mut self.display {
            stderr.say(stamped(event(), self.path.as_deref()));
        }
    }

    /// Whether a program reads stderr.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.display, Display::Json(_))
    }

    /// Whether only warnings and errors are shown.
    pub(crate) fn is_quiet(&self) -> bool {
        matches!(self.display, Display::Nothing)
    }

    /// A function that writes a line to stderr, above the bar if there is one.
    pub(crate) fn above(&self, stderr: Out) -> impl Fn(&str) + Send + Sync + 'static {
        say_above(&self.display, stderr)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        match &mut self.display {
            Display::Bar(bar) => bar.end(),
            Display::Json(stderr) => drop(stderr.flush()),
            Display::Log { .. } | Display::Nothing => {}
        }
    }
}

/// Shows the library's warnings until the returned value is dropped.
fn listen(
    display: &Display,
    figures: &SharedFigures,
    path: Option<PathBuf>,
    env: &Env,
) -> Listening {
    let (figures, stderr) = (Arc::clone(figures), env.stderr.clone());
    // These lines are already in the log of requests.
    let is_logging = env.is_logging;
    match display {
        Display::Bar(_) => {
            let say = say_above(display, stderr);
            env.notices.listen(move |notice| match &notice {
                Notice::Retry { .. } => note_retry(&figures, &notice),
                Notice::Warning(_) => say(&notice_line(&notice)),
            })
        }
        Display::Log { .. } => {
            let log = NoticeLog::new(stderr);
            env.notices.listen(move |notice| {
                note_retry(&figures, &notice);
                if !is_logging {
                    log.write(&notice);
                }
            })
        }
        Display::Json(_) => env.notices.listen(move |notice| {
            stderr.clone().say(stamped(notice_json(&notice), path.as_deref()));
        }),
        Display::Nothing => {
            let log = NoticeLog::quiet(stderr);
            env.notices.listen(move |notice| {
                if !is_logging {
                    log.write(&notice);
                }
            })
        }
    }
}

fn note_retry(figures: &SharedFigures, notice: &Notice) {
    let Notice::Retry { reason, wait } = notice else { return };
    let now = Instant::now();
    let due = now.checked_add(*wait).unwrap_or(now);
    lock(figures).retry = Some(Retry { reason: escaped(reason), due });
}

fn say_above(display: &Display, stderr: Out) -> impl Fn(&str) + Send + Sync + 'static {
    let bar = match display {
        Display::Bar(bar) => Some(bar.handle()),
        _ => None,
    };
    move |line| match &bar {
        Some(bar) => bar.suspend(|| stderr.clone().say(line)),
        None => stderr.clone().say(line),
    }
}

/// Starts the log on a separate thread, because a write to stderr may block.
fn start_log(figures: &SharedFigures, env: &Env) -> Display {
    let (end, ended) = mpsc::channel();
    let (figures, stderr) = (Arc::clone(figures), env.stderr.clone());
    // Ignore a failure to start the thread: the export matters more than its log.
    let _ = thread::Builder::new()
        .name("log".into())
        .spawn(move || write_log(&figures, stderr, &ended));
    Display::Log { _end: end }
}

fn write_log(figures: &SharedFigures, mut stderr: Out, ended: &mpsc::Receiver<()>) {
    while ended.recv_timeout(LOG_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let line = lock(figures).line(Instant::now());
        stderr.say(timed(line));
    }
}
