//! `sync`: runs a sync from its options to the exit code.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use heygen_videos::export::{Outcome, StopHandle, SummaryFile};
use heygen_videos::sync::{Sync, SyncEvent, SyncMode, SyncSummary};

use super::shared::{
    begin_summary, failed_summary, progress_mode, refuse_summary_on_stdout, write_summary,
};
use crate::cli::SyncArgs;
use crate::connect::Connection;
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::{FailedExport, Failure};
use crate::output::{
    Progress, failure_json, same_command, sync_event_json, sync_notices, sync_summary_json,
    sync_summary_line, sync_warning_line, warning_json, warning_line,
};
use crate::signals::Watch;

/// Runs the command. `words` are the program's arguments, which are shown as the command to repeat.
pub(crate) async fn run(
    args: SyncArgs,
    words: &[OsString],
    env: &mut Env,
) -> Result<Exit, Failure> {
    let result = run_with_summary(&args, words, env).await;
    result.map_err(|mut failure| {
        let path = Some(args.path);
        let needs_key = args.account.reads_key_from_stream();
        let export = FailedExport { path, saved: 0, rerun: None, needs_key };
        failure.export.get_or_insert(Box::new(export));
        failure
    })
}

async fn run_with_summary(
    args: &SyncArgs,
    words: &[OsString],
    env: &mut Env,
) -> Result<Exit, Failure> {
    if args.path == Path::new("-") {
        return Err(Failure::usage("a database cannot be written to stdout")
            .hint("give the path of a file, such as videos.db"));
    }
    let summary_path = args.summary_file.as_deref();
    refuse_summary_on_stdout(summary_path)?;
    let others = ["-wal", "-shm", "-journal", "-lock", "-new"].map(|suffix| {
        let mut name = args.path.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    });
    let summary_file = begin_summary(summary_path, Some(&args.path), &others, &args.account, env)?;
    let result = run_sync(args, words, summary_file.as_ref(), env).await;
    if let (Err(failure), Some(file)) = (&result, &summary_file) {
        // If the summary cannot be written either, still report only the failure of the sync.
        let _ = file.write(failure_json(failure));
    }
    result
}

async fn run_sync(
    args: &SyncArgs,
    words: &[OsString],
    summary_file: Option<&SummaryFile>,
    env: &mut Env,
) -> Result<Exit, Failure> {
    // Before the sync runs, a signal ends the program at once, even while it reads the key.
    let watch = Watch::start()?;
    let connection = Connection::open(&args.account, &args.filters, env).await?;
    let stop = StopHandle::new();
    let sync = build(args, &connection, &stop);
    let mut progress = Progress::start(progress_mode(args.progress, env), Some(&args.path), env);
    let say = (!progress.is_json()).then(|| progress.above(env.stderr.clone()));
    watch.stop_on_first(
        move || stop.stop(),
        move || {
            if let Some(say) = say {
                say("stopping; a second signal quits at once");
            }
        },
    );
    let (mut warnings, mut mode) = (Vec::new(), SyncMode::Full);
    let result = sync
        .run(|event| {
            match event {
                SyncEvent::Started { mode: started, .. } => mode = *started,
                SyncEvent::Warning { warning, .. } => warnings.push(sync_warning_line(warning)),
                _ => {}
            }
            show(event, mode, args, &mut progress);
        })
        .await;
    let again = same_command(words);
    let signal = watch.signal();
    if result.is_err() && !progress.is_json() {
        // In all other cases, the summary contains the warnings.
        warnings.iter().for_each(|warning| progress.above(env.stderr.clone())(warning));
    }
    let summary = result.map_err(|error| {
        let mut failure = connection.failed_sync(&error);
        failure.exit = Exit::first(signal.into_iter().chain([failure.exit]));
        let rerun = Some(again.clone()).filter(|_| failure.resumable);
        let (path, saved) = (Some(args.path.clone()), progress.saved());
        let needs_key = args.account.reads_key_from_stream();
        failure.export = Some(Box::new(FailedExport { path, saved, rerun, needs_key }));
        failure
    })?;
    let exit = match summary.outcome {
        Outcome::Complete => Exit::Complete,
        // A sync is only stopped by a signal.
        _ => signal.unwrap_or(Exit::Interrupted),
    };
    let report = Report { exit, key_source: connection.key_source(), again: &again };
    report.write(&summary, summary_file, progress, env)
}

/// The parts of a sync's report that its summary does not contain.
struct Report<'a> {
    exit: Exit,
    key_source: &'a str,
    /// The command that goes on after a stop.
    again: &'a str,
}

impl Report<'_> {
    /// Writes the summary to stderr and to the summary file.
    fn write(
        &self,
        summary: &SyncSummary,
        summary_file: Option<&SummaryFile>,
        mut progress: Progress,
        env: &mut Env,
    ) -> Result<Exit, Failure> {
        let mut json = sync_summary_json(summary, self.exit, self.key_source, self.again);
        let written = summary_file.map_or(Ok(Vec::new()), |file| write_summary(file, &mut json));
        let (is_json, is_quiet) = (progress.is_json(), progress.is_quiet());
        for warning in written.iter().flatten() {
            progress.event(|| warning_json(warning));
        }
        progress.event(|| json);
        // Clear the bar before anything else is written.
        drop(progress);
        if !is_json {
            if !is_quiet {
                env.say(sync_summary_line(summary, self.key_source));
            }
            env.say_all(sync_notices(summary, self.again));
        }
        match written {
            Ok(warnings) => {
                if !is_json {
                    env.say_all(warnings.iter().map(warning_line));
                }
                Ok(self.exit)
            }
            Err(error) => {
                let failure = failed_summary(&error);
                Err(Failure { exit: Exit::first([self.exit, failure.exit]), ..failure })
            }
        }
    }
}

/// Builds the library's sync from the options.
fn build(args: &SyncArgs, connection: &Connection, stop: &StopHandle) -> Sync {
    let query = connection.query(&args.filters, &args.account).read_ahead(args.read_ahead);
    let sync = Sync::new(query, &args.path)
        .full(args.full)
        .full_every(args.full_every)
        .look_back(args.look_back)
        .unsettled_for(args.unsettled_for)
        .allow_empty(args.allow_empty)
        .dry_run(args.dry_run)
        .key_rotated(args.key_rotated)
        .stop(stop.clone());
    match args.account.demo {
        // The port of a demo differs in each run, so it cannot identify the server.
        Some(videos) => sync.server_name(format!("demo of {videos} videos")),
        None => sync,
    }
}

fn show(event: &SyncEvent, mode: SyncMode, args: &SyncArgs, progress: &mut Progress) {
    match event {
        SyncEvent::Page { videos, total, stats, .. } => progress.update(|figures| {
            figures.videos = *videos;
            // The server's total counts the whole account, regardless of the filter.
            let is_whole = args.filters.folder_id.is_none() && args.filters.title.is_none();
            figures.expected = total.filter(|_| is_whole && mode == SyncMode::Full);
            figures.retries = stats.retries;
            figures.last_page = Instant::now();
            figures.is_waiting = false;
            figures.retry = None;
        }),
        SyncEvent::Waiting { stats, .. } => progress.update(|figures| {
            figures.retries = stats.retries;
            figures.is_waiting = true;
        }),
        SyncEvent::Checkpoint { changes, .. } => progress.update(|figures| {
            figures.saved = changes.inserted + changes.updated + changes.unchanged;
        }),
        _ => {}
    }
    progress.event(|| sync_event_json(event));
}
