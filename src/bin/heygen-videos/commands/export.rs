//! `export`: runs an export from its options to the exit code.

use std::ffi::OsString;
use std::path::{Path, is_separator};
use std::time::Instant;

use heygen_videos::VideoQuery;
use heygen_videos::export::{
    Compression, Event, Existing, Export, ExportErrorKind, Format, Output, StopHandle, SummaryFile,
    Warning, unfinished_videos,
};

use super::shown_run::{RunReport, ShownRun};
use super::summary::{begin_summary, note_failure};
use crate::advice;
use crate::cli::ExportArgs;
use crate::connect::Connection;
use crate::env::{Env, Out};
use crate::exit::Exit;
use crate::failure::{FailedRun, Failure};
use crate::key;
use crate::output::{
    EscapingWriter, Progress, RunEnd, event_json, rerun_command, rerun_in, summary_json,
    summary_line, summary_notices, warning_line,
};
use crate::runtime::block_on_watched;
use crate::signals::Watch;

/// Runs the command. `words` are the program's arguments, from which the resume command is made.
pub(crate) fn run(args: ExportArgs, words: &[OsString], env: &mut Env) -> Result<Exit, Failure> {
    let summary_file = args.run.summary_file.as_deref();
    let begun = begin_summary(summary_file, args.path(), &[], &args.account, env);
    let summary_file = begun.map_err(|failure| at_path(failure, &args, words))?;
    // Wrong usage, too, is written to the summary file.
    let checked = refuse_conflicts(&args).and_then(|()| refuse_key_file(&args, env));
    let result = checked.and_then(|()| {
        block_on_watched(|watch| run_export(&args, words, summary_file.as_ref(), watch, env))
    });
    let result = result.map_err(|failure| at_path(failure, &args, words));
    note_failure(result, summary_file.as_ref())
}

/// Adds the path of the export to a failure, and how many videos the export has saved.
fn at_path(mut failure: Failure, args: &ExportArgs, words: &[OsString]) -> Failure {
    if failure.run.is_some() {
        return failure;
    }
    let path = args.path().map(Path::to_owned);
    // With wrong usage, a resume would fail in the same way. A refusal is caused by existing files,
    // and its message says what to do about them.
    let may_resume = !matches!(failure.exit, Exit::Usage | Exit::Refused);
    let saved = path.as_ref().filter(|_| may_resume).and_then(unfinished_videos);
    if saved.is_some() {
        failure.resumable = true;
        failure = failure.also([Exit::Incomplete]);
    }
    let rerun = saved.and_then(|_| rerun_command(words, false));
    let (saved, needs_key) = (saved.unwrap_or(0), args.account.reads_key_from_stream());
    failure.run = Some(Box::new(FailedRun { path, saved, rerun, needs_key }));
    failure
}

async fn run_export(
    args: &ExportArgs,
    words: &[OsString],
    summary_file: Option<&SummaryFile>,
    // Before the export runs, a signal ends the program at once, even while it reads the key.
    watch: Watch,
    env: &mut Env,
) -> Result<Exit, Failure> {
    if is_to_stdout(args) {
        env.stdout.check().map_err(|error| Failure::stdout(&error))?;
    }
    let connection = Connection::open(&args.account, &args.filters, env).await?;
    let stop = StopHandle::new();
    let query = connection.query(&args.filters, &args.account);
    let export = build(args, query, &stop, &env.stdout)?;
    let path = args.path();
    let mut shown = ShownRun::start(&args.run, path, watch, stop, env);
    let mut has_saved = false;
    let result = export
        .run(|event| {
            has_saved |= matches!(event, Event::Checkpoint { .. });
            if let Event::Warning { warning, .. } = event {
                // `Progress` showed it when it was received.
                if matches!(warning, Warning::Notice { .. }) {
                    return;
                }
                shown.warnings.push(warning_line(warning));
            }
            show(event, args, &mut shown.progress);
        })
        .await;
    let rerun = path.and_then(|_| rerun_command(words, has_saved));
    let needs_key = args.account.reads_key_from_stream();
    let summary = result.map_err(|error| {
        let mut failure = shown.failed(connection.failed_export(&error), env);
        let rerun = match error.kind() {
            // The same format would fail again.
            ExportErrorKind::DoesNotFit => rerun_in(Format::Csv, words, has_saved),
            _ => rerun.clone(),
        };
        let rerun = rerun.filter(|_| failure.resumable);
        let saved = match path {
            // Nothing of the export is kept.
            Some(_) if !failure.resumable => 0,
            path => path.and_then(unfinished_videos).unwrap_or(shown.progress.saved()),
        };
        let path = path.map(Path::to_owned);
        failure.run = Some(Box::new(FailedRun { path, saved, rerun, needs_key }));
        failure
    })?;
    let exit = Exit::of_run(summary.outcome, shown.signal());
    let end =
        RunEnd { exit, key_source: connection.key_source(), rerun: rerun.as_deref(), needs_key };
    let resumed = shown.progress.resumed();
    let report = RunReport {
        exit,
        json: summary_json(&summary, resumed, &end),
        line: summary_line(&summary, resumed, &end),
        notices: summary_notices(&summary, &end),
    };
    shown.report(report, summary_file, env)
}

/// Rejects contradictory options that clap cannot detect.
fn refuse_conflicts(args: &ExportArgs) -> Result<(), Failure> {
    if is_to_stdout(args) && (args.resume || args.restart) {
        return Err(Failure::usage("an export to stdout cannot be resumed or restarted")
            .hint("give --output a file, or leave out --resume and --restart"));
    }
    let names_account = args.fields.iter().flatten().any(|field| field == "account");
    if names_account && args.account_name.is_none() {
        return Err(Failure::usage("--fields names 'account', but the account has no name")
            .hint("add --account NAME"));
    }
    Ok(())
}

/// Rejects an output that would replace the API key.
fn refuse_key_file(args: &ExportArgs, env: &Env) -> Result<(), Failure> {
    let Some(Ok(output)) = args.path().map(Path::canonicalize) else { return Ok(()) };
    let mut files = key::files(args.account.api_key_file.as_deref(), env);
    match files.find(|file| file.canonicalize().is_ok_and(|file| file == output)) {
        Some(file) => Err(Failure::usage(format!("{} holds the API key", file.display()))
            .hint("give --output another path")),
        None => Ok(()),
    }
}

fn is_to_stdout(args: &ExportArgs) -> bool {
    args.path().is_none()
}

/// Builds the library's export from the options.
fn build(
    args: &ExportArgs,
    query: VideoQuery,
    stop: &StopHandle,
    stdout: &Out,
) -> Result<Export, Failure> {
    let mut query = query.read_ahead(args.run.read_ahead);
    if let Some(cap) = args.max_items {
        query = query.max_items(cap);
    }
    if let Some(since) = &args.since {
        query = query.created_since(since.time);
    }
    let format = format(args)?;
    let mut export = Export::new(query, output(args, format, stdout))
        .format(format)
        .csv_guard(args.csv_guard)
        .bom(args.bom)
        .raw(args.raw)
        .min_items(args.min_items)
        .max_resume_age(args.max_resume_age)
        .key_rotated(args.run.key_rotated)
        .keep_urls(args.urls.are_kept())
        .existing(existing(args))
        .force(args.force)
        .stop(stop.clone());
    if let Some(name) = args.account.demo_name() {
        export = export.server_name(name);
    }
    if !is_to_stdout(args) {
        export = export.compression(Compression::of_path(&args.output));
    }
    if let Some(ago) = args.since.as_ref().and_then(|since| since.ago.as_ref()) {
        export = export.since_name(ago);
    }
    if let Some(statuses) = &args.statuses {
        export = export.statuses(statuses.iter().map(String::as_str));
    }
    if let Some(name) = &args.account_name {
        export = export.account(name);
    }
    if let Some(fields) = &args.fields {
        export = export.fields(fields.clone());
    }
    Ok(export)
}

fn format(args: &ExportArgs) -> Result<Format, Failure> {
    match args.format {
        Some(format) => Ok(format),
        None if is_to_stdout(args) => Ok(Format::Jsonl),
        None => Format::of_path(&args.output).map_err(|error| match folder_failure(&args.output) {
            Some(failure) => failure,
            None => Failure::of_export(&error).hint(advice::FOR_A_FORMAT),
        }),
    }
}

/// The failure for an output that is a folder instead of a file in it.
fn folder_failure(path: &Path) -> Option<Failure> {
    let what = match path.is_dir() {
        true => "is a folder",
        false if path.to_string_lossy().ends_with(is_separator) => {
            "ends in a slash, like the name of a folder, and there is no such folder"
        }
        false => return None,
    };
    let example = path.join("videos.jsonl");
    let failure = Failure::usage(format!("{} {what}", path.display()));
    Some(failure.hint(format!("add the name of a file: {}", example.display())))
}

fn output(args: &ExportArgs, format: Format, stdout: &Out) -> Output {
    if !is_to_stdout(args) {
        return Output::file(&args.output);
    }
    if stdout.is_terminal {
        return Output::writer(EscapingWriter::new(stdout.clone(), format));
    }
    Output::writer(stdout.clone())
}

fn existing(args: &ExportArgs) -> Existing {
    if args.resume {
        return Existing::Resume;
    }
    if args.restart {
        return Existing::Restart;
    }
    Existing::Refuse
}

fn show(event: &Event, args: &ExportArgs, progress: &mut Progress) {
    match event {
        Event::Started { resumed, .. } => progress.update(|figures| {
            figures.before = *resumed;
            figures.videos = *resumed;
            figures.saved = *resumed;
        }),
        Event::Page { videos, total, stats, .. } => progress.update(|figures| {
            figures.videos = *videos;
            figures.expected = expected_videos(args, *total);
            figures.retries = stats.retries;
            figures.last_page = Instant::now();
            figures.is_waiting = false;
            figures.retry = None;
        }),
        Event::Waiting { stats, .. } => progress.update(|figures| {
            figures.retries = stats.retries;
            figures.is_waiting = true;
        }),
        Event::Checkpoint { videos, .. } => progress.update(|figures| figures.saved = *videos),
        Event::Encoding { videos, of, .. } => progress.update(|figures| {
            figures.encoded = Some(*videos);
            figures.expected = Some(*of);
        }),
        _ => {}
    }
    progress.event(|| event_json(event));
}

/// How many videos the export will have, if that is known.
fn expected_videos(args: &ExportArgs, total: Option<u64>) -> Option<u64> {
    // The server's total counts the whole account, regardless of what selects videos.
    let filters = &args.filters;
    let has_filter = filters.folder_id.is_some() || filters.title.is_some();
    if has_filter || args.since.is_some() || args.statuses.is_some() {
        return None;
    }
    let total = total?;
    Some(args.max_items.map_or(total, |cap| cap.min(total)))
}
