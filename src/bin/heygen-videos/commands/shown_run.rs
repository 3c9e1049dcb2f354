//! `ShownRun`: shows a run of `export` or `sync` on stderr, from its start to its report.

use std::path::Path;

use heygen_videos::export::{StopHandle, SummaryFile};
use serde_json::Value;

use super::summary::write_summary;
use crate::cli::{ProgressMode, RunArgs};
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Progress, warning_json, warning_line};
use crate::signals::Watch;

/// A run that is shown on stderr. The first signal stops it.
pub(super) struct ShownRun {
    pub(super) progress: Progress,
    /// The lines of the run's warnings, which its summary contains too.
    pub(super) warnings: Vec<String>,
    watch: Watch,
}

/// The report of a run that did not fail.
pub(super) struct RunReport {
    pub(super) exit: Exit,
    /// The summary as an event.
    pub(super) json: Value,
    /// What the run did, in one line.
    pub(super) line: String,
    /// What a person must know in addition to that line.
    pub(super) notices: Vec<String>,
}

impl ShownRun {
    /// Starts to show a run. `path` is what it writes to; `None` for stdout.
    pub(super) fn start(
        args: &RunArgs,
        path: Option<&Path>,
        watch: Watch,
        stop: StopHandle,
        env: &Env,
    ) -> Self {
        let progress = Progress::start(progress_mode(args.progress, env), path, env);
        let say = (!progress.is_json()).then(|| progress.above(env.stderr.clone()));
        watch.stop_on_first(
            move || stop.stop(),
            move || {
                if let Some(say) = say {
                    say("stopping; a second signal quits at once");
                }
            },
        );
        Self { progress, warnings: Vec::new(), watch }
    }

    /// How the program should end if it received a signal.
    pub(super) fn signal(&self) -> Option<Exit> {
        self.watch.signal()
    }

    /// Shows the warnings of a failed run, because it has no summary that contains them. Returns
    /// the failure, with the exit code of the signal if one was received and takes precedence.
    pub(super) fn failed(&self, failure: Failure, env: &Env) -> Failure {
        if !self.progress.is_json() {
            let say = self.progress.above(env.stderr.clone());
            self.warnings.iter().for_each(|warning| say(warning));
        }
        failure.also(self.signal())
    }

    /// Writes the report to stderr and to the summary file. Returns how the program ends.
    pub(super) fn report(
        self,
        mut report: RunReport,
        summary_file: Option<&SummaryFile>,
        env: &mut Env,
    ) -> Result<Exit, Failure> {
        let mut progress = self.progress;
        let written = match summary_file {
            Some(file) => write_summary(file, &mut report.json),
            None => Ok(Vec::new()),
        };
        let (is_json, is_quiet) = (progress.is_json(), progress.is_quiet());
        for warning in written.iter().flatten() {
            progress.event(|| warning_json(warning));
        }
        env.stderr.end_log();
        progress.event(|| report.json);
        // Clear the bar before anything else is written.
        drop(progress);
        if !is_json {
            if !is_quiet {
                env.say(report.line);
            }
            env.say_all(report.notices);
            env.say_all(written.iter().flatten().map(warning_line));
        }
        match written {
            Ok(_) => Ok(report.exit),
            Err(error) => Err(Failure::of_export(&error).also([report.exit])),
        }
    }
}

/// How to show progress. `--quiet` does not turn off JSON events, because a program reads them.
fn progress_mode(asked: ProgressMode, env: &Env) -> ProgressMode {
    match asked {
        ProgressMode::Json => ProgressMode::Json,
        _ if env.is_quiet => ProgressMode::None,
        mode => mode,
    }
}
