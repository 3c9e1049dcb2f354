//! Events and summaries of a sync, as lines for people and as JSON for programs.

use heygen_videos::export::Outcome;
use heygen_videos::sync::{Changes, SyncEvent, SyncSummary, SyncWarning};
use indicatif::{DecimalBytes, HumanCount};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::escape::escaped;
use super::format::{cost, counted, duration};
use super::report::{RunEnd, go_on_lines, with_stats};

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

/// The summary as an event.
pub(crate) fn sync_summary_json(summary: &SyncSummary, end: &RunEnd<'_>) -> Value {
    end.event(json!(summary), summary.outcome, Some(&summary.path))
}

/// Describes in one line what the sync did.
pub(crate) fn sync_summary_line(summary: &SyncSummary, end: &RunEnd<'_>) -> String {
    let Changes { inserted, updated, unchanged, deleted, .. } = summary.changes;
    let would = if summary.dry_run { "would be " } else { "" };
    format!(
        "{}: {} ({would}{} inserted, {} updated, {} unchanged, {} deleted), in {} ({}, {}, {} \
         received; key from {})",
        escaped(&summary.path.to_string_lossy()),
        counted(summary.videos, "video", "videos"),
        HumanCount(inserted),
        HumanCount(updated),
        HumanCount(unchanged),
        HumanCount(deleted),
        duration(summary.elapsed),
        summary.mode,
        cost(summary.pages, summary.requests, summary.retries),
        DecimalBytes(summary.bytes_received),
        escaped(end.key_source),
    )
}

/// A warning in one line.
pub(crate) fn sync_warning_line(warning: &SyncWarning) -> String {
    // The message may contain a path, and a path may contain any character.
    format!("warning: {}", escaped(&message(warning)))
}

/// What the summary line does not say: warnings, and how to continue after a stop.
pub(crate) fn sync_notices(summary: &SyncSummary, end: &RunEnd<'_>) -> Vec<String> {
    // A notice was shown when it was received.
    let warnings = summary.warnings.iter().filter(|it| !matches!(it, SyncWarning::Notice { .. }));
    let mut lines: Vec<_> = warnings.map(sync_warning_line).collect();
    match end.rerun {
        _ if summary.outcome != Outcome::Stopped => {}
        Some(rerun) => {
            lines.extend(go_on_lines("stopped: what was received is saved", rerun, end.needs_key));
        }
        None => lines.push("stopped: a dry run saves nothing".to_owned()),
    }
    lines
}

/// The message of a warning, in terms of the program's options.
fn message(warning: &SyncWarning) -> String {
    match warning {
        SyncWarning::EmptyListing { .. } => format!("{warning}: add --allow-empty"),
        _ => warning.to_string(),
    }
}
