//! Events and summaries of a sync, as lines for people and as JSON for programs.

use heygen_videos::export::Outcome;
use heygen_videos::sync::{Changes, SyncEvent, SyncSummary, SyncWarning};
use indicatif::{DecimalBytes, HumanCount};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::escape::escaped;
use super::format::{counted, duration};
use super::report::{stamped, with_stats};
use crate::exit::Exit;

pub(crate) fn sync_event_json(event: &SyncEvent) -> Value {
    let word = event.as_str();
    match event {
        SyncEvent::Started { mode, resumed, begun_at, floor, .. } => {
            let time = |time| Timestamp::try_from(time).ok().map(|time| time.to_string());
            json!({
                "event": word,
                "mode": mode,
                "resumed": resumed,
                "begun_at": time(*begun_at),
                "floor": floor.and_then(time),
            })
        }
        SyncEvent::Page { videos, total, stats, .. } => {
            with_stats(json!({ "event": word, "videos": videos, "total": total }), stats)
        }
        SyncEvent::Waiting { stats, .. } => with_stats(json!({ "event": word }), stats),
        SyncEvent::Checkpoint { changes, .. } => {
            let mut value = json!(changes);
            value["event"] = word.into();
            value
        }
        SyncEvent::Warning { warning, .. } => json!({
            "event": word, "kind": warning.as_str(), "message": message(warning),
        }),
        _ => json!({ "event": word }),
    }
}

/// The summary as JSON.
pub(crate) fn sync_summary_json(
    summary: &SyncSummary,
    exit: Exit,
    key_source: &str,
    again: &str,
) -> Value {
    let mut value = json!(summary);
    value["event"] = "summary".into();
    value["exit"] = exit.code().into();
    value["key_source"] = key_source.into();
    if summary.outcome == Outcome::Stopped {
        value["resume"] = again.into();
    }
    stamped(value, Some(&summary.path))
}

/// Describes in one line what the sync did.
pub(crate) fn sync_summary_line(summary: &SyncSummary, key_source: &str) -> String {
    let Changes { inserted, updated, unchanged, deleted, .. } = summary.changes;
    let would = if summary.dry_run { "would be " } else { "" };
    format!(
        "{}: {} ({would}{} inserted, {} updated, {} unchanged, {} deleted), in {} ({}, {}, {}, {}, \
         {} received; key from {})",
        escaped(&summary.path.to_string_lossy()),
        counted(summary.videos, "video", "videos"),
        HumanCount(inserted),
        HumanCount(updated),
        HumanCount(unchanged),
        HumanCount(deleted),
        duration(summary.elapsed),
        summary.mode,
        counted(summary.pages, "page", "pages"),
        counted(summary.requests, "request", "requests"),
        counted(summary.retries, "retry", "retries"),
        DecimalBytes(summary.bytes_received),
        escaped(key_source),
    )
}

/// A warning in one line.
pub(crate) fn sync_warning_line(warning: &SyncWarning) -> String {
    // The message may contain a path, and a path may contain any character.
    format!("warning: {}", escaped(&message(warning)))
}

/// What a person must know besides the summary line: warnings, and how to go on after a stop.
pub(crate) fn sync_notices(summary: &SyncSummary, again: &str) -> Vec<String> {
    let mut lines: Vec<_> = summary.warnings.iter().map(sync_warning_line).collect();
    if summary.outcome == Outcome::Stopped {
        lines.push("stopped: what was received is saved; go on with:".to_owned());
        // The command gets its own line, so that it can be copied.
        lines.push(format!("  {again}"));
    }
    lines
}

/// The message of a warning, in terms of the program's options.
fn message(warning: &SyncWarning) -> String {
    warning.to_string().replace("allow that", "add --allow-empty")
}
