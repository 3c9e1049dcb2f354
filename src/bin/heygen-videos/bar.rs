//! `Bar`: the progress of an export on a terminal.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::progress::{Shared, Standing, lock};
use crate::text::{counted, duration};

const WITH_TOTAL: &str = "{bar:24} {human_pos}/{human_len} videos  {rate}  {eta} left{notes}";
const WITHOUT_TOTAL: &str = "{spinner} {human_pos} videos  {rate}  {elapsed}{notes}";

/// How often it is drawn anew though nothing happened, so that a wait is seen to pass.
const TICK: Duration = Duration::from_millis(200);

pub(crate) struct Bar {
    bar: ProgressBar,
    standing: Shared,
    shown: bool,
}

impl Bar {
    pub(crate) fn begin(target: ProgressDrawTarget, standing: Shared) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style(WITHOUT_TOTAL, &standing));
        bar.enable_steady_tick(TICK);
        Self { bar, standing, shown: false }
    }

    pub(crate) fn show(&mut self, standing: &Standing) {
        if let Some(total) = standing.expected {
            if self.bar.length().is_none() {
                self.bar.set_style(style(WITH_TOTAL, &self.standing));
            }
            self.bar.set_length(total.max(standing.videos));
        }
        if !self.shown {
            // The videos of earlier runs are no part of this run's rate.
            self.bar.set_position(standing.before);
            self.bar.reset_eta();
            self.shown = true;
        }
        self.bar.set_position(standing.videos);
    }

    /// For another thread, to write to the terminal with the bar out of the way.
    pub(crate) fn handle(&self) -> ProgressBar {
        self.bar.clone()
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str, standing: &Shared) -> ProgressStyle {
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    let style = style.with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
        let _ = write!(to, "{:.0}/s", state.per_sec());
    });
    let standing = Shared::clone(standing);
    style.with_key("notes", move |_: &ProgressState, to: &mut dyn Write| {
        let standing = lock(&standing);
        if standing.retries > 0 {
            let _ = write!(to, "  {}", counted(standing.retries, "retry|retries"));
        }
        if let Some(wait) = standing.wait(Instant::now()) {
            let _ = write!(to, "  waiting for {}", duration(wait));
        }
    })
}
