//! `Bar`: the progress of an export as a bar on a terminal.

use std::fmt::Write;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::bar_terminal::BarTerminal;
use super::figures::{Figures, SharedFigures, lock};
use super::format::cut;
use crate::env::Out;

/// How often the bar is redrawn between two events, so that a waiting time keeps counting.
const TICK: Duration = Duration::from_millis(200);

/// On narrower terminals, the bar is shorter.
const NARROW: u16 = 60;

pub(super) struct Bar {
    bar: ProgressBar,
    figures: SharedFigures,
    width: fn() -> u16,
    ticker: Option<Ticker>,
}

/// The thread that redraws the bar.
struct Ticker {
    end: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Bar {
    pub(super) fn start(stderr: Out, width: fn() -> u16, figures: SharedFigures) -> Self {
        let terminal = Box::new(BarTerminal::new(stderr, width));
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like(terminal));
        bar.set_style(style("{spinner} {text}", 2, width, &figures));
        // The bar's own ticker panics if its thread cannot be started.
        let ticker = Ticker::start(bar.clone());
        Self { bar, figures, width, ticker }
    }

    pub(super) fn show(&self, figures: &Figures) {
        // Set the position first, because the calls below may draw it.
        self.bar.set_position(figures.encoded.unwrap_or(figures.videos));
        let Some(expected) = figures.expected else { return };
        if self.bar.length().is_none() {
            let (template, used) = match (self.width)() {
                ..NARROW => ("[{bar:8}] {text}", 11),
                _ => ("[{bar:20}] {text}", 23),
            };
            self.bar.set_style(style(template, used, self.width, &self.figures));
        }
        self.bar.set_length(expected.max(figures.videos));
    }

    /// A handle for another thread, which hides the bar while that thread writes to the terminal.
    pub(super) fn handle(&self) -> ProgressBar {
        self.bar.clone()
    }

    pub(super) fn end(&mut self) {
        if let Some(Ticker { end, thread }) = self.ticker.take() {
            drop(end);
            // A tick that comes later would draw the bar again.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

impl Ticker {
    /// `None` if the system refuses the thread: the export matters more than its bar.
    fn start(bar: ProgressBar) -> Option<Self> {
        let (end, ended) = mpsc::channel();
        let tick = move || {
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.tick();
            }
        };
        let thread = thread::Builder::new().name("bar".into()).spawn(tick).ok()?;
        Some(Self { end, thread })
    }
}

/// A style with our own text, cut to the width that the template leaves. The bar's own rate is not
/// used, because it would include the videos of earlier runs.
fn style(template: &str, used: u16, width: fn() -> u16, figures: &SharedFigures) -> ProgressStyle {
    let figures = SharedFigures::clone(figures);
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("text", move |_: &ProgressState, to: &mut dyn Write| {
            let text = lock(&figures).line(Instant::now());
            let columns = width().saturating_sub(used + 1);
            // Writing to a string in memory cannot fail.
            let _ = to.write_str(&cut(&text, columns.into()));
        })
}
