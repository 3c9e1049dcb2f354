//! `export`: the bulk export, from its arguments to its exit code.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use heygen_videos::export::{
    Compression, Event, Existing, Export, ExportError, Format, Outcome, Output, StopHandle, Summary,
};
use heygen_videos::{RetryPolicy, VideoQuery};
use serde_json::Value;

use crate::cli::{CsvGuard, ExportArgs, FormatArg, ProgressMode, Urls};
use crate::connect::Connection;
use crate::env::{Env, Out};
use crate::failure::{Exit, Failure};
use crate::output::escape::EscapingWriter;
use crate::output::progress::Progress;
use crate::output::report;
use crate::output::rerun;
use crate::signals::Watch;

/// Without `--max-wait`.
const MAX_WAIT: Duration = Duration::from_secs(120);

/// Runs the command; `words` are the program's arguments, to say how to go on.
pub(crate) async fn run(
    args: ExportArgs,
    words: &[OsString],
    env: &mut Env,
) -> Result<Exit, Failure> {
    refuse_what_does_not_fit(&args)?;
    let result = try_run(&args, words, env).await;
    if let (Err(failure), Some(path)) = (&result, &args.summary_file) {
        // Why the export failed goes before why this did.
        let _ = write_summary(path, &failure.json());
    }
    result
}

async fn try_run(args: &ExportArgs, words: &[OsString], env: &mut Env) -> Result<Exit, Failure> {
    // How long it goes on trying is for --max-wait to say, not for a number of attempts.
    let retry = RetryPolicy::default().max_attempts(u32::MAX).max_elapsed(MAX_WAIT);
    let connection = Connection::open(&args.account, retry, env).await?;
    let stop = StopHandle::new();
    let export = export(args, connection.query(&args.filters, &args.account), &stop, &env.stdout)?;
    let mut progress = Progress::begin(args.progress, to_stdout(args), env);
    let watch = {
        let say = (!progress.is_json()).then(|| progress.above(env.stderr.clone()));
        let say = move || {
            if let Some(say) = say {
                say("stopping; a second signal quits at once");
            }
        };
        Watch::begin(move || stop.stop(), say)?
    };
    let (expects, mut saved) = (expects(args), false);
    let on_event = |event: &Event| {
        saved |= matches!(event, Event::Checkpoint { .. });
        show(event, &expects, &mut progress);
    };
    let result = export.run(on_event).await;
    let again = (!to_stdout(args)).then(|| rerun::command(words, saved));
    let resumed = progress.resumed();
    let heard = watch.heard();
    let (exit, summary) = ended(result, &connection, heard, resumed, again.as_deref())?;
    let told = report::summary(&summary, resumed, exit, again.as_deref());
    let written = args.summary_file.as_ref().map(|path| write_summary(path, &told));
    let (brief, json) = (args.progress == ProgressMode::None, progress.is_json());
    progress.event(|| told);
    drop(progress);
    if !json {
        env.say_all(report::lines(&summary, resumed, again.as_deref(), brief));
    }
    written.transpose()?;
    Ok(exit)
}

/// Refuses options that contradict each other in a way the parser cannot see.
fn refuse_what_does_not_fit(args: &ExportArgs) -> Result<(), Failure> {
    if to_stdout(args) && (args.resume || args.restart) {
        return Err(Failure::usage("what went to stdout cannot be resumed or restarted")
            .hint("give --output a file, or leave out --resume and --restart"));
    }
    let Some(summary) = &args.summary_file else { return Ok(()) };
    if summary == Path::new("-") {
        return Err(Failure::usage("--summary-file: stdout is for videos only")
            .hint("give a file, or --progress json, which has the summary on stderr"));
    }
    let ours = ["", ".partial", ".checkpoint", ".checkpoint.tmp"].map(|suffix| {
        let mut path = args.output.as_os_str().to_owned();
        path.push(suffix);
        resolved_path(Path::new(&path))
    });
    if !to_stdout(args) && ours.contains(&resolved_path(summary)) {
        return Err(Failure::usage("--summary-file would overwrite the export")
            .hint("give it another name than --output"));
    }
    Ok(())
}

fn to_stdout(args: &ExportArgs) -> bool {
    args.output == Path::new("-")
}

fn export(
    args: &ExportArgs,
    query: VideoQuery,
    stop: &StopHandle,
    stdout: &Out,
) -> Result<Export, Failure> {
    let mut query = query.read_ahead(args.read_ahead);
    if let Some(cap) = args.max_items {
        query = query.max_items(cap);
    }
    let given = args.format.map(|format| match format {
        FormatArg::Jsonl => Format::Jsonl,
        FormatArg::Csv => Format::Csv,
    });
    let to_stdout = to_stdout(args);
    let format = match given {
        Some(format) => format,
        None if to_stdout => Format::Jsonl,
        None => Format::of_path(&args.output).map_err(|error| report::failure(&error))?,
    };
    let output = match to_stdout {
        true if stdout.is_terminal => Output::writer(EscapingWriter::new(stdout.clone(), format)),
        true => Output::writer(stdout.clone()),
        false => Output::file(&args.output),
    };
    let mut export = Export::new(query, output)
        .format(format)
        .csv_guard(matches!(args.csv_guard, CsvGuard::On))
        .keep_urls(matches!(args.urls, Urls::Keep))
        .existing(match (args.resume, args.restart) {
            (true, _) => Existing::Resume,
            (_, true) => Existing::Restart,
            _ => Existing::Refuse,
        })
        .force(args.force)
        .stop(stop.clone());
    if let Some(videos) = args.account.demo {
        // Its port is another one every time.
        export = export.server_name(format!("demo of {videos} videos"));
    }
    if !to_stdout {
        export = export.compression(Compression::of_path(&args.output));
    }
    if let Some(fields) = &args.fields {
        export = export.fields(fields.clone());
    }
    Ok(export)
}

fn expects(args: &ExportArgs) -> Expects {
    let filtered = args.filters.folder_id.is_some() || args.filters.title.is_some();
    Expects { filtered, cap: args.max_items }
}

/// What it came to, as an exit code and what to say.
fn ended(
    result: Result<Summary, ExportError>,
    connection: &Connection,
    heard: Option<Exit>,
    resumed: u64,
    again: Option<&str>,
) -> Result<(Exit, Summary), Failure> {
    match result {
        Ok(summary) if summary.outcome == Outcome::Complete => Ok((Exit::Complete, summary)),
        // Only a signal stops it.
        Ok(summary) => Ok((heard.unwrap_or(Exit::Interrupted), summary)),
        Err(error) => {
            let mut failure = connection.explain(report::failure(&error));
            if resumed > 0 && failure.hint.is_none() {
                let hint = "if the API no longer knows the place, begin anew: --restart";
                failure.hint = Some(hint.into());
            }
            failure.again = again.filter(|_| failure.resumable).map(str::to_owned);
            // A signal came first, so it is the reason that counts.
            if let Some(exit) = heard {
                failure.exit = exit;
            }
            Err(failure)
        }
    }
}

/// What is known beforehand of how many videos there will be.
struct Expects {
    /// The server's total counts the whole account.
    filtered: bool,
    cap: Option<u64>,
}

impl Expects {
    fn videos(&self, total: Option<u64>) -> Option<u64> {
        let total = total.filter(|_| !self.filtered)?;
        Some(self.cap.map_or(total, |cap| cap.min(total)))
    }
}

fn show(event: &Event, expects: &Expects, progress: &mut Progress) {
    match event {
        Event::Started { resumed } => progress.update(|figures| {
            figures.before = *resumed;
            figures.videos = *resumed;
        }),
        Event::Page { videos, total, stats } => progress.update(|figures| {
            figures.videos = *videos;
            figures.expected = expects.videos(*total);
            figures.retries = stats.retries;
            figures.last_page = Instant::now();
            figures.waits = false;
        }),
        Event::Waiting { stats } => progress.update(|figures| {
            figures.retries = stats.retries;
            figures.waits = true;
        }),
        _ => {}
    }
    progress.event(|| report::event(event));
}

/// Leaves the summary for other programs.
fn write_summary(path: &Path, summary: &Value) -> Result<(), Failure> {
    fs::write(path, format!("{summary}\n")).map_err(|error| {
        let path = path.display();
        Failure::new(Exit::Output, "output", format!("cannot write {path}: {error}"))
    })
}

/// A path by which two ways to write it are known as one.
fn resolved_path(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
