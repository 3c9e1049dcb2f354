//! `Bar`: the progress of an export as a bar on a terminal.

use std::fmt::Write;
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
}

impl Bar {
    pub(super) fn start(stderr: Out, width: fn() -> u16, figures: SharedFigures) -> Self {
        let terminal = Box::new(BarTerminal::new(stderr, width));
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like(terminal));
        bar.set_style(style("{spinner} {text}", 2, width, &figures));
        bar.enable_steady_tick(TICK);
        Self { bar, figures, width }
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

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
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
