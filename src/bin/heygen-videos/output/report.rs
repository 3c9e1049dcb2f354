//! What an export says of itself: its events and summary, for programs and for people.

use heygen_videos::Stats;
use heygen_videos::export::{Event, ExportError, ExportErrorKind, Outcome, Summary};
use serde_json::{Value, json};

use super::escape::escaped;
use super::format::{bytes, count, counted, duration};
use crate::failure::{Exit, Failure, with_sources, word};

/// An event as a JSON line.
pub(crate) fn event(event: &Event) -> Value {
    match event {
        Event::Started { resumed } => json!({ "event": "started", "resumed": resumed }),
        Event::Page { videos, total, stats } => {
            with_stats(json!({ "event": "page", "videos": videos, "total": total }), stats)
        }
        Event::Waiting { stats } => with_stats(json!({ "event": "waiting" }), stats),
        Event::Checkpoint { videos, bytes } => {
            json!({ "event": "checkpoint", "videos": videos, "bytes": bytes })
        }
        other => json!({ "event": word(other) }),
    }
}

fn with_stats(mut event: Value, stats: &Stats) -> Value {
    for (name, number) in [
        ("pages", stats.pages),
        ("requests", stats.requests),
        ("retries", stats.retries),
        ("bytes_received", stats.bytes),
    ] {
        event[name] = number.into();
    }
    event
}

/// The summary as JSON; `again` is the command that goes on, where there is one.
pub(crate) fn summary(summary: &Summary, resumed: u64, exit: Exit, again: Option<&str>) -> Value {
    let mut value = json!(summary);
    value["event"] = "summary".into();
    value["resumed"] = resumed.into();
    value["exit"] = exit.code().into();
    if summary.outcome == Outcome::Stopped {
        value["resume"] = again.into();
    }
    value
}

/// The summary for people, of which `brief` leaves what they need not know.
pub(crate) fn lines(
    summary: &Summary,
    resumed: u64,
    again: Option<&str>,
    brief: bool,
) -> Vec<String> {
    let path = match &summary.path {
        Some(path) => escaped(&path.to_string_lossy()),
        None => "stdout".to_owned(),
    };
    let before = match resumed {
        0 => String::new(),
        resumed => format!(", {} of them from before", count(resumed)),
    };
    let all = format!(
        "{path}: {}{before}, in {} ({}, {}, {}, {} received)",
        counted(summary.videos, "video"),
        duration(summary.elapsed),
        counted(summary.pages, "page"),
        counted(summary.requests, "request"),
        counted(summary.retries, "retry|retries"),
        bytes(summary.bytes_received),
    );
    let mut lines = if brief { vec![] } else { vec![all] };
    if let Some(warning) = &summary.warning {
        lines.push(format!("warning: {warning}"));
    }
    if summary.outcome == Outcome::Stopped {
        let so_far = counted(summary.videos, "video");
        match again {
            Some(again) => {
                lines.push(format!("stopped: {so_far} saved; go on with:"));
                lines.push(format!("  {again}"));
            }
            None => lines.push(format!("stopped: {so_far} written, which is not all")),
        }
    }
    lines
}

/// Why an export failed.
pub(crate) fn failure(error: &ExportError) -> Failure {
    let resumable = error.is_resumable();
    let mut failure = match (error.kind(), error.api()) {
        (_, Some(api)) => {
            let mut failure = Failure::of_listing(api);
            if resumable && api.is_retryable() {
                failure.exit = Exit::Incomplete;
            }
            failure
        }
        (kind, None) => {
            let exit = match kind {
                ExportErrorKind::BrokenPipe => Exit::StdoutClosed,
                ExportErrorKind::Output => Exit::Output,
                _ => Exit::Usage,
            };
            Failure::new(exit, &word(&kind), with_sources(error))
        }
    };
    if let Some(hint) = hint(error) {
        failure.hint = Some(hint);
    }
    failure.resumable = resumable;
    failure
}

/// The library's hint, with the options that follow it here.
fn hint(error: &ExportError) -> Option<String> {
    let hint = error.hint()?;
    let options = match error.kind() {
        ExportErrorKind::Unfinished => " (--resume, --restart)",
        ExportErrorKind::Exists => " (--force)",
        ExportErrorKind::Mismatch => " (--restart)",
        ExportErrorKind::Usage if hint.contains("format") => " (--format)",
        ExportErrorKind::Usage if hint.contains("URLs kept") => " (--urls keep)",
        _ => "",
    };
    Some(format!("{hint}{options}"))
}
