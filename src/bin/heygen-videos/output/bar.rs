//! `Bar`: the progress of an export on a terminal.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::figures::{Figures, SharedFigures, lock};

const WITH_TOTAL: &str = "[{bar:20}] {human_pos} of {human_len} videos, {notes}";
const WITHOUT_TOTAL: &str = "{spinner} {human_pos} videos, {notes}";

/// How often it is drawn anew though nothing happened, so that a wait is seen to pass.
const TICK: Duration = Duration::from_millis(200);

pub(crate) struct Bar {
    bar: ProgressBar,
    figures: SharedFigures,
}

impl Bar {
    pub(crate) fn begin(target: ProgressDrawTarget, figures: SharedFigures) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style(WITHOUT_TOTAL, &figures));
        bar.enable_steady_tick(TICK);
        Self { bar, figures }
    }

    pub(crate) fn show(&self, figures: &Figures) {
        // First, as the others draw what is known by then.
        self.bar.set_position(figures.videos);
        if let Some(total) = figures.expected {
            if self.bar.length().is_none() {
                self.bar.set_style(style(WITH_TOTAL, &self.figures));
            }
            self.bar.set_length(total.max(figures.videos));
        }
    }

    /// For another thread, to write to the terminal with the bar out of the way.
    pub(crate) fn handle(&self) -> ProgressBar {
        self.bar.clone()
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The bar's own rate would count the videos of earlier runs, so it takes ours.
fn style(template: &str, figures: &SharedFigures) -> ProgressStyle {
    let figures = SharedFigures::clone(figures);
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("notes", move |_: &ProgressState, to: &mut dyn Write| {
            let notes = lock(&figures).notes(Instant::now());
            // A text in memory takes all that is written to it.
            let _ = to.write_str(&notes);
        })
}
