//! `export`: from the options to the exit code.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use heygen_videos::VideoQuery;
use heygen_videos::export::{
    Compression, Event, Existing, Export, Format, Outcome, Output, StopHandle, Summary,
};
use serde_json::Value;

use crate::cli::{ExportArgs, ProgressMode};
use crate::connect::Connection;
use crate::env::{Env, Out};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{
    EscapingWriter, Progress, event_json, failure_json, rerun_command, summary_json, summary_line,
    summary_notices,
};
use crate::signals::Watch;

/// Runs the command; `words` are the program's arguments, for the command that goes on.
pub(crate) async fn run(
    args: ExportArgs,
    words: &[OsString],
    env: &mut Env,
) -> Result<Exit, Failure> {
    refuse_conflicts(&args)?;
    let result = try_run(&args, words, env).await;
    if let (Err(failure), Some(path)) = (&result, &args.summary_file) {
        // Only the failure of the export is reported, even if the summary cannot be written either.
        let _ = write_summary(path, &failure_json(failure));
    }
    result
}

async fn try_run(args: &ExportArgs, words: &[OsString], env: &mut Env) -> Result<Exit, Failure> {
    let connection = Connection::open(&args.account, env).await?;
    let stop = StopHandle::new();
    let query = connection.query(&args.filters, &args.account);
    let export = build(args, query, &stop, &env.stdout)?;
    let mut progress = Progress::start(args.progress, to_stdout(args), env);
    let watch = watch_signals(stop, &progress, env)?;
    let mut saved = false;
    let result = export
        .run(|event| {
            saved |= matches!(event, Event::Checkpoint { .. });
            show(event, args, &mut progress);
        })
        .await;
    let signal = watch.signal();
    let resumed = progress.resumed();
    let rerun = (!to_stdout(args)).then(|| rerun_command(words, saved));
    let summary = result.map_err(|error| {
        let failure = connection.explain(Failure::of_export(&error));
        with_rerun(failure, resumed, signal, rerun.clone())
    })?;
    let exit = match summary.outcome {
        Outcome::Complete => Exit::Complete,
        // Only a signal stops an export.
        _ => signal.unwrap_or(Exit::Interrupted),
    };
    report(args, &summary, exit, rerun.as_deref(), progress, env)
}

/// Writes the summary to stderr and to the summary file.
fn report(
    args: &ExportArgs,
    summary: &Summary,
    exit: Exit,
    rerun: Option<&str>,
    mut progress: Progress,
    env: &mut Env,
) -> Result<Exit, Failure> {
    let resumed = progress.resumed();
    let json = summary_json(summary, resumed, exit, rerun);
    let written = args.summary_file.as_deref().map_or(Ok(()), |path| write_summary(path, &json));
    let for_people = !progress.is_json();
    progress.event(|| json);
    // The bar is cleared before anything else is written.
    drop(progress);
    if for_people {
        if args.progress != ProgressMode::None {
            env.say(summary_line(summary, resumed));
        }
        env.say_all(summary_notices(summary, rerun));
    }
    written
        .map(|()| exit)
        .map_err(|failure| Failure { exit: Exit::first([exit, failure.exit]), ..failure })
}

/// Refuses options that contradict each other in a way that clap cannot check.
fn refuse_conflicts(args: &ExportArgs) -> Result<(), Failure> {
    if to_stdout(args) && (args.resume || args.restart) {
        return Err(Failure::usage("an export to stdout cannot be resumed or restarted")
            .hint("give --output a file, or leave out --resume and --restart"));
    }
    let Some(summary) = &args.summary_file else { return Ok(()) };
    if summary == Path::new("-") {
        return Err(Failure::usage("--summary-file cannot be stdout, which is for videos only")
            .hint("give a file, or use --progress json, which writes the summary to stderr"));
    }
    if !to_stdout(args) && overwrites_the_export(summary, &args.output) {
        return Err(Failure::usage("--summary-file would overwrite a file of the export")
            .hint("choose another path for it"));
    }
    Ok(())
}

fn to_stdout(args: &ExportArgs) -> bool {
    args.output == Path::new("-")
}

/// Whether the summary would be written to the output or to a file that an export keeps beside it.
fn overwrites_the_export(summary: &Path, output: &Path) -> bool {
    ["", ".partial", ".checkpoint", ".checkpoint.tmp"].into_iter().any(|suffix| {
        let mut path = output.as_os_str().to_owned();
        path.push(suffix);
        resolved_path(Path::new(&path)) == resolved_path(summary)
    })
}

/// The path with its folder resolved, so that two spellings of one path are equal.
fn resolved_path(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Turns the options into the library's export.
fn build(
    args: &ExportArgs,
    query: VideoQuery,
    stop: &StopHandle,
    stdout: &Out,
) -> Result<Export, Failure> {
    let mut query = query.read_ahead(args.read_ahead);
    if let Some(cap) = args.max_items {
        query = query.max_items(cap);
    }
    let format = format(args)?;
    let mut export = Export::new(query, output(args, format, stdout))
        .format(format)
        .csv_guard(args.csv_guard)
        .keep_urls(args.urls.are_kept())
        .existing(existing(args))
        .force(args.force)
        .stop(stop.clone());
    if let Some(videos) = args.account.demo {
        // The port of a demo changes with each run, so it cannot identify the server.
        export = export.server_name(format!("demo of {videos} videos"));
    }
    if !to_stdout(args) {
        export = export.compression(Compression::of_path(&args.output));
    }
    if let Some(fields) = &args.fields {
        export = export.fields(fields.clone());
    }
    Ok(export)
}

fn format(args: &ExportArgs) -> Result<Format, Failure> {
    match args.format {
        Some(format) => Ok(format),
        None if to_stdout(args) => Ok(Format::Jsonl),
        None => Format::of_path(&args.output).map_err(|error| {
            Failure::of_export(&error).hint(
                "end the name in .jsonl, .ndjson or .csv, optionally followed by .gz or .zst, or \
                 add --format",
            )
        }),
    }
}

fn output(args: &ExportArgs, format: Format, stdout: &Out) -> Output {
    if !to_stdout(args) {
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

/// Stops the export on the first signal and says so.
fn watch_signals(stop: StopHandle, progress: &Progress, env: &Env) -> Result<Watch, Failure> {
    let say = (!progress.is_json()).then(|| progress.above(env.stderr.clone()));
    Watch::start(
        move || stop.stop(),
        move || {
            if let Some(say) = say {
                say("stopping; a second signal quits at once");
            }
        },
    )
}

/// Adds to the failure of an export how to go on, and the exit code of a signal.
fn with_rerun(
    mut failure: Failure,
    resumed: u64,
    signal: Option<Exit>,
    rerun: Option<String>,
) -> Failure {
    if resumed > 0 && failure.hint.is_none() {
        let hint = "if the API refuses the saved position, use --restart instead of --resume";
        failure.hint = Some(hint.into());
    }
    failure.rerun = rerun.filter(|_| failure.resumable);
    failure.exit = Exit::first(signal.into_iter().chain([failure.exit]));
    failure
}

fn show(event: &Event, args: &ExportArgs, progress: &mut Progress) {
    match event {
        Event::Started { resumed, .. } => progress.update(|figures| {
            figures.before = *resumed;
            figures.videos = *resumed;
        }),
        Event::Page { videos, total, stats } => progress.update(|figures| {
            figures.videos = *videos;
            figures.expected = expected_videos(args, *total);
            figures.retries = stats.retries;
            figures.last_page = Instant::now();
            figures.is_waiting = false;
        }),
        Event::Waiting { stats } => progress.update(|figures| {
            figures.retries = stats.retries;
            figures.is_waiting = true;
        }),
        _ => {}
    }
    progress.event(|| event_json(event));
}

/// How many videos the export will have, if that is known.
fn expected_videos(args: &ExportArgs, total: Option<u64>) -> Option<u64> {
    // The server counts the whole account, whatever the filter.
    if args.filters.folder_id.is_some() || args.filters.title.is_some() {
        return None;
    }
    let total = total?;
    Some(args.max_items.map_or(total, |cap| cap.min(total)))
}

fn write_summary(path: &Path, summary: &Value) -> Result<(), Failure> {
    fs::write(path, format!("{summary}\n")).map_err(|error| {
        let path = path.display();
        Failure::new(Exit::Output, "output", format!("cannot write {path}: {error}"))
    })
}
