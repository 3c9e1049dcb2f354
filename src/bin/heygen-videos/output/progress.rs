//! `Progress`: shows how far an export has come, on stderr, in the way that was asked for.

use std::io::Write as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::ProgressMode;
use crate::env::{Env, Out};
use crate::output::bar::Bar;
use crate::output::format::{count, counted, duration};

/// How often a log gets a line.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Waits below this are how a network is.
const WORTH_SAYING: Duration = Duration::from_secs(1);

/// How far an export has come.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) begun: Instant,
    /// Videos that an earlier run had exported.
    pub(crate) before: u64,
    /// Videos so far, those of earlier runs included.
    pub(crate) videos: u64,
    /// How many there will be, where that is known.
    pub(crate) expected: Option<u64>,
    pub(crate) retries: u64,
    /// Whether the next page is late.
    pub(crate) waits: bool,
    /// When the latest page came.
    pub(crate) last_page: Instant,
}

impl Figures {
    pub(crate) fn new(begun: Instant) -> Self {
        Self {
            begun,
            before: 0,
            videos: 0,
            expected: None,
            retries: 0,
            waits: false,
            last_page: begun,
        }
    }

    /// How long no page has come, where that is worth saying.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        let wait = now.saturating_duration_since(self.last_page);
        (self.waits && wait >= WORTH_SAYING).then_some(wait)
    }

    /// Videos a second, of this run.
    pub(crate) fn rate(&self, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(self.begun);
        self.videos.saturating_sub(self.before) as f64 / elapsed.as_secs_f64().max(0.001)
    }

    /// How long it will take yet, where that can be told.
    fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.expected?.checked_sub(self.videos).filter(|left| *left > 0)?;
        Duration::try_from_secs_f64(left as f64 / self.rate(now)).ok()
    }

    /// What there is to say beside the number of videos.
    pub(crate) fn notes(&self, now: Instant) -> String {
        let mut notes = format!("{:.0}/s", self.rate(now));
        let (wait, left) = (self.wait(now), self.left(now));
        // While nothing comes, nobody knows how long it will take.
        if let Some(left) = left.filter(|_| wait.is_none()) {
            notes.push_str(&format!(", {} left", duration(left)));
        }
        if self.retries > 0 {
            notes.push_str(&format!(", {}", counted(self.retries, "retry|retries")));
        }
        if let Some(wait) = wait {
            notes.push_str(&format!(", waiting for {}", duration(wait)));
        }
        notes
    }

    /// The line of a log.
    pub(crate) fn line(&self, now: Instant) -> String {
        let of = self.expected.map_or(String::new(), |total| format!(" of {}", count(total)));
        format!("{}{of} videos, {}", count(self.videos), self.notes(now))
    }
}

/// What a display and the export both hold.
pub(crate) type SharedFigures = Arc<Mutex<Figures>>;

/// A panic elsewhere leaves nothing half-done in it.
pub(crate) fn lock(shared: &SharedFigures) -> MutexGuard<'_, Figures> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_known_and_no_more() {
        let begun = Instant::now();
        let now = begun + Duration::from_secs(10);
        let mut figures = Figures::new(begun);
        assert_eq!(figures.line(now), "0 videos, 0/s");
        figures.videos = 3_000;
        figures.before = 1_000;
        assert_eq!(figures.line(now), "3,000 videos, 200/s");
        figures.expected = Some(50_000);
        figures.retries = 1;
        figures.waits = true;
        figures.last_page = now - Duration::from_secs(3);
        let line = "3,000 of 50,000 videos, 200/s, 1 retry, waiting for 3.0 s";
        assert_eq!(figures.line(now), line);
        figures.waits = false;
        let line = "3,000 of 50,000 videos, 200/s, 3 min 55 s left, 1 retry";
        assert_eq!(figures.line(now), line);
        figures.videos = 60_000;
        figures.waits = false;
        assert_eq!(figures.line(now), "60,000 of 50,000 videos, 5900/s, 1 retry");
    }
}
