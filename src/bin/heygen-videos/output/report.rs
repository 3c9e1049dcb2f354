//! Events, summaries and failures, as lines for people and as JSON for programs.

use heygen_videos::export::{Event, ExportErrorKind, Outcome, Summary};
use heygen_videos::{ErrorKind, Stats};
use indicatif::{DecimalBytes, HumanCount};
use serde_json::{Value, json};

use super::escape::escaped;
use super::format::{counted, duration};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};

pub(crate) fn event_json(event: &Event) -> Value {
    let word = event.as_str();
    match event {
        Event::Started { resumed, .. } => json!({ "event": word, "resumed": resumed }),
        Event::Page { videos, total, stats, .. } => {
            with_stats(json!({ "event": word, "videos": videos, "total": total }), stats)
        }
        Event::Waiting { stats, .. } => with_stats(json!({ "event": word }), stats),
        Event::Checkpoint { videos, bytes, .. } => {
            json!({ "event": word, "videos": videos, "bytes": bytes })
        }
        _ => json!({ "event": word }),
    }
}

fn with_stats(mut event: Value, stats: &Stats) -> Value {
    event["pages"] = stats.pages.into();
    event["requests"] = stats.requests.into();
    event["retries"] = stats.retries.into();
    event["bytes_received"] = stats.bytes.into();
    event
}

/// The summary as JSON; `rerun` is the command that goes on with a stopped export.
pub(crate) fn summary_json(
    summary: &Summary,
    resumed: u64,
    exit: Exit,
    rerun: Option<&str>,
) -> Value {
    let mut value = json!(summary);
    value["event"] = "summary".into();
    value["resumed"] = resumed.into();
    value["exit"] = exit.code().into();
    if summary.outcome == Outcome::Stopped {
        value["resume"] = rerun.into();
    }
    value
}

/// What the export did, in one line.
pub(crate) fn summary_line(summary: &Summary, resumed: u64) -> String {
    let path = match &summary.path {
        Some(path) => escaped(&path.to_string_lossy()),
        None => "stdout".to_owned(),
    };
    let before = match resumed {
        0 => String::new(),
        resumed => format!(", {} of them from before", HumanCount(resumed)),
    };
    format!(
        "{path}: {}{before}, in {} ({}, {}, {}, {} received)",
        counted(summary.videos, "video", "videos"),
        duration(summary.elapsed),
        counted(summary.pages, "page", "pages"),
        counted(summary.requests, "request", "requests"),
        counted(summary.retries, "retry", "retries"),
        DecimalBytes(summary.bytes_received),
    )
}

/// What a person has to know about the summary: a warning, and how to go on with a stopped export.
pub(crate) fn summary_notices(summary: &Summary, rerun: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    for warning in &summary.warnings {
        // It may contain a path, and a path any character.
        lines.push(format!("warning: {}", escaped(&warning.to_string())));
    }
    if summary.outcome != Outcome::Stopped {
        return lines;
    }
    let videos = counted(summary.videos, "video", "videos");
    match rerun {
        // The command has a line of its own, to be copied.
        Some(rerun) => {
            lines.push(format!("stopped: {videos} saved; go on with:"));
            lines.push(format!("  {rerun}"));
        }
        None => lines.push(format!("stopped: {videos} written, the output is incomplete")),
    }
    lines
}

pub(crate) fn failure_json(failure: &Failure) -> Value {
    json!({
        "event": "error",
        "kind": failure_word(failure.kind),
        "message": failure.message,
        "hint": failure.hint,
        "resumable": failure.resumable,
        "resume": failure.rerun,
        "exit": failure.exit.code(),
    })
}

pub(crate) fn failure_lines(failure: &Failure) -> String {
    // Message and hint may contain a path, and a path any character.
    let message: Vec<_> = failure.message.lines().map(escaped).collect();
    let mut lines = format!("error: {}", message.join("\n"));
    if let Some(hint) = &failure.hint {
        lines.push_str(&format!("\n  hint: {}", escaped(hint)));
    }
    if let Some(rerun) = &failure.rerun {
        lines.push_str(&format!("\nwhat was saved is kept; go on with:\n  {rerun}"));
    }
    lines
}

// The words below are part of the JSON that programs read: they stay the same in every release.

fn failure_word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Listing(kind) => listing_word(kind),
        FailureKind::Export(kind) => export_word(kind),
        FailureKind::Program(word) => word,
    }
}

fn listing_word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest => "invalid_request",
        ErrorKind::Cursor => "cursor",
        ErrorKind::Unauthorized => "unauthorized",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Server => "server",
        ErrorKind::Api => "api",
        ErrorKind::Network => "network",
        ErrorKind::Proxy => "proxy",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Tls => "tls",
        ErrorKind::Redirect => "redirect",
        ErrorKind::Decode => "decode",
        ErrorKind::TooLarge => "too_large",
        ErrorKind::Pagination => "pagination",
        _ => "other",
    }
}

fn export_word(kind: ExportErrorKind) -> &'static str {
    match kind {
        ExportErrorKind::Usage => "usage",
        ExportErrorKind::Exists => "exists",
        ExportErrorKind::Unfinished => "unfinished",
        ExportErrorKind::Locked => "locked",
        ExportErrorKind::Mismatch => "mismatch",
        ExportErrorKind::Output => "output",
        ExportErrorKind::BrokenPipe => "broken_pipe",
        ExportErrorKind::Api => "api",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of a variant in `snake_case`.
    fn snake_case(variant: impl std::fmt::Debug) -> String {
        let mut word = String::new();
        for letter in format!("{variant:?}").chars().take_while(|c| c.is_alphanumeric()) {
            if letter.is_uppercase() && !word.is_empty() {
                word.push('_');
            }
            word.extend(letter.to_lowercase());
        }
        word
    }

    #[test]
    fn every_kind_of_a_failed_listing_has_its_word() {
        for (kind, word) in [
            (ErrorKind::InvalidRequest, "invalid_request"),
            (ErrorKind::Cursor, "cursor"),
            (ErrorKind::Unauthorized, "unauthorized"),
            (ErrorKind::RateLimited, "rate_limited"),
            (ErrorKind::Server, "server"),
            (ErrorKind::Api, "api"),
            (ErrorKind::Network, "network"),
            (ErrorKind::Proxy, "proxy"),
            (ErrorKind::Timeout, "timeout"),
            (ErrorKind::Tls, "tls"),
            (ErrorKind::Redirect, "redirect"),
            (ErrorKind::Decode, "decode"),
            (ErrorKind::TooLarge, "too_large"),
            (ErrorKind::Pagination, "pagination"),
        ] {
            assert_eq!(failure_word(FailureKind::Listing(kind)), word);
            assert_eq!(snake_case(kind), word);
        }
    }

    #[test]
    fn every_kind_of_a_failed_export_has_its_word() {
        for (kind, word) in [
            (ExportErrorKind::Usage, "usage"),
            (ExportErrorKind::Exists, "exists"),
            (ExportErrorKind::Unfinished, "unfinished"),
            (ExportErrorKind::Locked, "locked"),
            (ExportErrorKind::Mismatch, "mismatch"),
            (ExportErrorKind::Output, "output"),
            (ExportErrorKind::BrokenPipe, "broken_pipe"),
            (ExportErrorKind::Api, "api"),
        ] {
            assert_eq!(failure_word(FailureKind::Export(kind)), word);
            assert_eq!(snake_case(kind), word);
        }
    }
}
