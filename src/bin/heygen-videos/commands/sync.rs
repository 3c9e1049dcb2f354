//! `sync`: runs a sync from its options to the exit code.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use heygen_videos::export::{StopHandle, SummaryFile};
use heygen_videos::sync::{Sync, SyncEvent, SyncMode, SyncWarning};

use super::shown_run::{RunReport, ShownRun};
use super::summary::{begin_summary, note_failure};
use crate::cli::SyncArgs;
use crate::connect::Connection;
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::{FailedRun, Failure};
use crate::output::{
    Progress, RunEnd, same_command, sync_event_json, sync_notices, sync_summary_json,
    sync_summary_line, sync_warning_line,
};
use crate::runtime::block_on_watched;
use crate::signals::Watch;

/// The sync refuses a longer chain of links.
const MAX_LINKS: usize = 40;

/// Runs the command. `words` are the program's arguments, which are shown as the command to repeat.
pub(crate) fn run(args: SyncArgs, words: &[OsString], env: &mut Env) -> Result<Exit, Failure> {
    let summary_file = begin(&args, env).map_err(|failure| at_path(failure, &args))?;
    let result = refuse_stdout(&args).and_then(|()| {
        block_on_watched(|watch| run_sync(&args, words, summary_file.as_ref(), watch, env))
    });
    note_failure(result.map_err(|failure| at_path(failure, &args)), summary_file.as_ref())
}

fn refuse_stdout(args: &SyncArgs) -> Result<(), Failure> {
    if args.path != Path::new("-") {
        return Ok(());
    }
    Err(Failure::usage("a database cannot be written to stdout")
        .hint("give the path of a file, such as videos.db"))
}

/// Starts the summary file, if there is one.
fn begin(args: &SyncArgs, env: &Env) -> Result<Option<SummaryFile>, Failure> {
    let database = followed(&args.path);
    let others = ["", "-wal", "-shm", "-journal", "-lock", "-new"].map(|suffix| {
        let mut name = database.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    });
    let summary_file = args.run.summary_file.as_deref();
    begin_summary(summary_file, None, &others, &args.account, env)
}

/// The file that a path leads to, which need not exist. SQLite keeps its files next to it.
fn followed(path: &Path) -> PathBuf {
    let mut found = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&found) else { break };
        found = found.parent().unwrap_or(Path::new("")).join(target);
    }
    found
}

/// Adds the path of the database to a failure that happened before the sync ran.
fn at_path(mut failure: Failure, args: &SyncArgs) -> Failure {
    failure.run.get_or_insert_with(|| {
        let (path, needs_key) = (Some(args.path.clone()), args.account.reads_key_from_stream());
        Box::new(FailedRun { path, saved: 0, rerun: None, needs_key })
    });
    failure
}

async fn run_sync(
    args: &SyncArgs,
    words: &[OsString],
    summary_file: Option<&SummaryFile>,
    // Before the sync runs, a signal ends the program at once, even while it reads the key.
    watch: Watch,
    env: &mut Env,
) -> Result<Exit, Failure> {
    let connection = Connection::open(&args.account, &args.filters, env).await?;
    let stop = StopHandle::new();
    let sync = build(args, &connection, &stop);
    let mut shown = ShownRun::start(&args.run, Some(&args.path), watch, stop, env);
    let mut mode = SyncMode::Full;
    let result = sync
        .run(|event| {
            match event {
                SyncEvent::Started { mode: started, .. } => mode = *started,
                // `Progress` showed it when it was received.
                SyncEvent::Warning { warning: SyncWarning::Notice { .. }, .. } => return,
                SyncEvent::Warning { warning, .. } => {
                    shown.warnings.push(sync_warning_line(warning));
                }
                _ => {}
            }
            show(event, mode, args, &mut shown.progress);
        })
        .await;
    // A dry run saves nothing that another one could continue from.
    let rerun = (!args.dry_run).then(|| same_command(words));
    let needs_key = args.account.reads_key_from_stream();
    let summary = result.map_err(|error| {
        let mut failure = shown.failed(connection.failed_sync(&error), env);
        let rerun = rerun.clone().filter(|_| failure.resumable);
        let saved = if args.dry_run { 0 } else { shown.progress.saved() };
        let path = Some(args.path.clone());
        failure.run = Some(Box::new(FailedRun { path, saved, rerun, needs_key }));
        failure
    })?;
    let exit = Exit::of_run(summary.outcome, shown.signal());
    let end =
        RunEnd { exit, key_source: connection.key_source(), rerun: rerun.as_deref(), needs_key };
    let report = RunReport {
        exit,
        json: sync_summary_json(&summary, &end),
        line: sync_summary_line(&summary, &end),
        notices: sync_notices(&summary, &end),
    };
    shown.report(report, summary_file, env)
}

/// Builds the library's sync from the options.
fn build(args: &SyncArgs, connection: &Connection, stop: &StopHandle) -> Sync {
    let query = connection.query(&args.filters, &args.account).read_ahead(args.run.read_ahead);
    let sync = Sync::new(query, &args.path)
        .full(args.full)
        .full_every(args.full_every)
        .look_back(args.look_back)
        .unsettled_for(args.unsettled_for)
        .allow_empty(args.allow_empty)
        .dry_run(args.dry_run)
        .key_rotated(args.run.key_rotated)
        .stop(stop.clone());
    match args.account.demo_name() {
        Some(name) => sync.server_name(name),
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
