//! `Progress`: shows on stderr how far an export has come, as `--progress` says.

use std::io::Write as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::bar::Bar;
use super::figures::{Figures, SharedFigures, lock};
use crate::cli::ProgressMode;
use crate::env::{Env, Out};

/// The time between two lines of the log.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// A running display; dropping it ends it.
pub(crate) struct Progress {
    figures: SharedFigures,
    display: Display,
}

enum Display {
    Bar(Bar),
    Log {
        /// Dropping it ends the thread that writes the log.
        _end: mpsc::Sender<()>,
    },
    Json(Out),
    Nothing,
}

impl Progress {
    pub(crate) fn start(mode: ProgressMode, to_stdout: bool, env: &Env) -> Self {
        let figures: SharedFigures = Arc::new(Mutex::new(Figures::new(Instant::now())));
        let display = match mode {
            ProgressMode::Auto => match env.bar {
                // Videos on stdout or the log of requests would overwrite a bar.
                Some(target) if !to_stdout && env.var("RUST_LOG").is_none() => {
                    Display::Bar(Bar::start(target(), Arc::clone(&figures)))
                }
                _ => start_log(&figures, env),
            },
            ProgressMode::Bar => match env.bar {
                Some(target) => Display::Bar(Bar::start(target(), Arc::clone(&figures))),
                None => start_log(&figures, env),
            },
            ProgressMode::Log => start_log(&figures, env),
            ProgressMode::Json => Display::Json(env.stderr.clone()),
            ProgressMode::None => Display::Nothing,
        };
        Self { figures, display }
    }

    /// Changes the figures and shows them.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut Figures)) {
        let figures = {
            let mut figures = lock(&self.figures);
            change(&mut figures);
            figures.clone()
        };
        // The lock is free here, because drawing the bar takes it.
        if let Display::Bar(bar) = &self.display {
            bar.show(&figures);
        }
    }

    /// Videos that earlier runs exported.
    pub(crate) fn resumed(&self) -> u64 {
        lock(&self.figures).before
    }

    /// Writes an event, if a program reads stderr; only then is it built.
    pub(crate) fn event(&mut self, event: impl FnOnce() -> Value) {
        if let Display::Json(stderr) = &mut self.display {
            stderr.say(event());
        }
    }

    /// Whether a program reads stderr.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.display, Display::Json(_))
    }

    /// A function that writes a line to stderr, above the bar if there is one.
    pub(crate) fn above(&self, mut stderr: Out) -> impl FnOnce(&str) + Send + 'static {
        let bar = match &self.display {
            Display::Bar(bar) => Some(bar.handle()),
            _ => None,
        };
        move |line| match bar {
            Some(bar) => bar.suspend(|| stderr.say(line)),
            None => stderr.say(line),
        }
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

/// Starts the log on a thread of its own, because a write to stderr may block.
fn start_log(figures: &SharedFigures, env: &Env) -> Display {
    let (end, ended) = mpsc::channel();
    let (figures, stderr) = (Arc::clone(figures), env.stderr.clone());
    // An export without a log is better than none, so a failure to start the thread is ignored.
    let _ = thread::Builder::new()
        .name("log".into())
        .spawn(move || write_log(&figures, stderr, &ended));
    Display::Log { _end: end }
}

fn write_log(figures: &SharedFigures, mut stderr: Out, ended: &mpsc::Receiver<()>) {
    while ended.recv_timeout(LOG_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let line = lock(figures).line(Instant::now());
        stderr.say(line);
    }
}
