//! `Bar`: the progress of an export as a bar on a terminal.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::figures::{Figures, SharedFigures, lock};

const WITH_TOTAL: &str = "[{bar:20}] {human_pos} of {human_len} videos, {notes}";
const WITHOUT_TOTAL: &str = "{spinner} {human_pos} videos, {notes}";

/// How often the bar is redrawn between two events, so that the time of a wait goes on.
const TICK: Duration = Duration::from_millis(200);

pub(super) struct Bar {
    bar: ProgressBar,
    figures: SharedFigures,
}

impl Bar {
    pub(super) fn start(target: ProgressDrawTarget, figures: SharedFigures) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style(WITHOUT_TOTAL, &figures));
        bar.enable_steady_tick(TICK);
        Self { bar, figures }
    }

    pub(super) fn show(&self, figures: &Figures) {
        // The position comes first, because the calls below may draw it.
        self.bar.set_position(figures.videos);
        let Some(expected) = figures.expected else { return };
        if self.bar.length().is_none() {
            self.bar.set_style(style(WITH_TOTAL, &self.figures));
        }
        self.bar.set_length(expected.max(figures.videos));
    }

    /// A handle for another thread, which hides the bar while it writes to the terminal.
    pub(super) fn handle(&self) -> ProgressBar {
        self.bar.clone()
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A style with our own notes: the bar's rate would count the videos of earlier runs.
fn style(template: &str, figures: &SharedFigures) -> ProgressStyle {
    let figures = SharedFigures::clone(figures);
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("notes", move |_: &ProgressState, to: &mut dyn Write| {
            let notes = lock(&figures).notes(Instant::now());
            // A write to text in memory cannot fail.
            let _ = to.write_str(&notes);
        })
}
