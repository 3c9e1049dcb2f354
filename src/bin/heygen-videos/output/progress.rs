//! `Progress`: shows how far an export has come, on stderr, in the way that was asked for.

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

/// How often a log gets a line.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// A running display; dropping it ends it.
pub(crate) struct Progress {
    figures: SharedFigures,
    display: Display,
}

enum Display {
    Bar(Bar),
    /// Whose drop ends the thread that writes it.
    Log {
        _end: mpsc::Sender<()>,
    },
    Json(Out),
    Nothing,
}

impl Progress {
    /// Begins to show; a bar not of itself where it may meet data on stdout.
    pub(crate) fn begin(mode: ProgressMode, to_stdout: bool, env: &Env) -> Self {
        let figures: SharedFigures = Arc::new(Mutex::new(Figures::new(Instant::now())));
        // Data or a log of requests on the same terminal would overwrite it.
        let clear = !to_stdout && env.var("RUST_LOG").is_none();
        let bar = env.bar.filter(|_| mode == ProgressMode::Bar || clear);
        let display = match (mode, bar) {
            (ProgressMode::Auto | ProgressMode::Bar, Some(target)) => {
                Display::Bar(Bar::begin(target(), Arc::clone(&figures)))
            }
            (ProgressMode::Auto | ProgressMode::Bar | ProgressMode::Log, _) => {
                let (end, ended) = mpsc::channel();
                let (figures, stderr) = (Arc::clone(&figures), env.stderr.clone());
                // A thread of its own, as it may have to wait for whoever reads stderr. Where there is
                // none to be had, there is no log.
                let log = thread::Builder::new().name("log".into());
                let _ = log.spawn(move || write_log(&figures, stderr, &ended));
                Display::Log { _end: end }
            }
            (ProgressMode::Json, _) => Display::Json(env.stderr.clone()),
            (ProgressMode::None, _) => Display::Nothing,
        };
        Self { figures, display }
    }

    /// Notes how far it is.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut Figures)) {
        let figures = {
            let mut figures = lock(&self.figures);
            change(&mut figures);
            figures.clone()
        };
        // Unlocked, as drawing the bar locks it.
        if let Display::Bar(bar) = &mut self.display {
            bar.show(&figures);
        }
    }

    /// Videos that an earlier run had exported.
    pub(crate) fn resumed(&self) -> u64 {
        lock(&self.figures).before
    }

    /// An event as programs get it, which is made only for them.
    pub(crate) fn event(&mut self, event: impl FnOnce() -> Value) {
        if let Display::Json(stderr) = &mut self.display {
            stderr.say(event());
        }
    }

    /// Whether a program reads stderr.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.display, Display::Json(_))
    }

    /// A writer of lines to the person, above a bar if there is one.
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

fn write_log(figures: &SharedFigures, mut stderr: Out, ended: &mpsc::Receiver<()>) {
    while ended.recv_timeout(LOG_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let line = lock(figures).line(Instant::now());
        stderr.say(line);
    }
}
