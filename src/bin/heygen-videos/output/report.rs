//! Events, summaries and failures, as lines for people and as JSON for programs.

use std::path::Path;

use heygen_videos::Stats;
use heygen_videos::export::{Event, Outcome, Summary, Warning};
use indicatif::{DecimalBytes, HumanCount};
use serde_json::{Value, json};

use super::escape::escaped;
use super::format::{cost, counted, duration, now};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::notices::Notice;

/// An event with its time and the path of its run; `None` for stdout.
pub(crate) fn stamped(mut event: Value, path: Option<&Path>) -> Value {
    event["time"] = format!("{:.3}", now()).into();
    event["path"] = path.map(Path::to_string_lossy).into();
    event
}

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
        Event::Encoding { videos, of, .. } => {
            json!({ "event": word, "videos": videos, "of": of })
        }
        Event::Warning { warning, .. } => warning_json(warning),
        _ => json!({ "event": word }),
    }
}

pub(crate) fn warning_json(warning: &Warning) -> Value {
    json!({ "event": "warning", "kind": warning.as_str(), "message": warning.to_string() })
}

pub(crate) fn notice_json(notice: &Notice) -> Value {
    match notice {
        Notice::Retry { reason, wait } => {
            json!({ "event": "retry", "reason": reason, "wait_seconds": wait.as_secs_f64() })
        }
        Notice::Warning(message) => {
            json!({ "event": "warning", "kind": "log", "message": message })
        }
    }
}

/// A notice in one line.
pub(crate) fn notice_line(notice: &Notice) -> String {
    match notice {
        Notice::Retry { reason, wait } => {
            format!("{}, retrying in {}", escaped(reason), duration(*wait))
        }
        Notice::Warning(message) => format!("warning: {}", escaped(message)),
    }
}

pub(super) fn with_stats(mut event: Value, stats: &Stats) -> Value {
    event["pages"] = stats.pages.into();
    event["requests"] = stats.requests.into();
    event["retries"] = stats.retries.into();
    event["bytes_received"] = stats.bytes.into();
    event
}

/// What the report of a run of `export` or `sync` contains in addition to its summary.
pub(crate) struct RunEnd<'a> {
    pub(crate) exit: Exit,
    pub(crate) key_source: &'a str,
    /// The command that continues a stopped run, if it can be continued.
    pub(crate) rerun: Option<&'a str>,
    /// Whether that command must be given the key again.
    pub(crate) needs_key: bool,
}

impl RunEnd<'_> {
    /// Turns the summary of the run into an event.
    pub(super) fn event(&self, mut summary: Value, outcome: Outcome, path: Option<&Path>) -> Value {
        summary["event"] = "summary".into();
        summary["exit"] = self.exit.code().into();
        summary["key_source"] = self.key_source.into();
        if outcome == Outcome::Stopped {
            summary["resume"] = self.rerun.into();
        }
        stamped(summary, path)
    }
}

/// The summary as an event. `resumed` is how many videos earlier runs exported.
pub(crate) fn summary_json(summary: &Summary, resumed: u64, end: &RunEnd<'_>) -> Value {
    let mut value = json!(summary);
    if was_complete(summary) {
        // A zero would look as if the account had no videos.
        value["videos"] = Value::Null;
    }
    value["resumed"] = resumed.into();
    end.event(value, summary.outcome, summary.path.as_deref())
}

/// Whether a complete file was found. Its videos are not counted.
fn was_complete(summary: &Summary) -> bool {
    summary.warnings.iter().any(|warning| matches!(warning, Warning::AlreadyComplete { .. }))
}

/// Describes in one line what the export did. `resumed` is how many videos earlier runs exported.
pub(crate) fn summary_line(summary: &Summary, resumed: u64, end: &RunEnd<'_>) -> String {
    let path = match &summary.path {
        Some(path) => escaped(&path.to_string_lossy()),
        None => "stdout".to_owned(),
    };
    let before = match resumed {
        0 => String::new(),
        resumed => format!(", {} of them from before", HumanCount(resumed)),
    };
    let left_out = match summary.not_selected {
        0 => String::new(),
        videos => format!(", {} of another status left out", HumanCount(videos)),
    };
    let videos = match was_complete(summary) {
        true => "already complete".to_owned(),
        false => counted(summary.videos, "video", "videos"),
    };
    format!(
        "{path}: {videos}{before}{left_out}, in {} ({}, {} received; key from {})",
        duration(summary.elapsed),
        cost(summary.pages, summary.requests, summary.retries),
        DecimalBytes(summary.bytes_received),
        escaped(end.key_source),
    )
}

/// Describes in one line what the tap did.
pub(crate) fn tap_summary_line(summary: &Summary, key_source: &str) -> String {
    let mut line = format!(
        "{} sent in {} ({}; key from {})",
        counted(summary.videos, "video", "videos"),
        duration(summary.elapsed),
        cost(summary.pages, summary.requests, summary.retries),
        escaped(key_source),
    );
    if summary.outcome != Outcome::Complete {
        line.push_str("; stopped: give the last STATE with --state to go on");
    }
    line
}

/// A warning in one line.
pub(crate) fn warning_line(warning: &Warning) -> String {
    // The message may contain a path, and a path may contain any character.
    format!("warning: {}", escaped(&warning.to_string()))
}

/// What the summary line does not say: warnings, and how to resume a stopped export.
pub(crate) fn summary_notices(summary: &Summary, end: &RunEnd<'_>) -> Vec<String> {
    // A notice was shown when it was received.
    let warnings = summary.warnings.iter().filter(|it| !matches!(it, Warning::Notice { .. }));
    let mut lines: Vec<_> = warnings.map(warning_line).collect();
    if summary.outcome == Outcome::Stopped {
        let videos = counted(summary.videos, "video", "videos");
        match end.rerun {
            Some(rerun) => {
                lines.extend(go_on_lines(
                    &format!("stopped: {videos} saved"),
                    rerun,
                    end.needs_key,
                ));
            }
            None if summary.path.is_some() => {
                lines.push("stopped: nothing new is saved; what was saved before is kept".into());
            }
            None => lines.push(format!("stopped: {videos} written, the output is incomplete")),
        }
    }
    lines
}

pub(crate) fn failure_json(failure: &Failure) -> Value {
    let run = failure.run.as_ref();
    let message = match failure.details.as_str() {
        "" => failure.message.clone(),
        details => format!("{}\n{details}", failure.message),
    };
    let event = json!({
        "event": "error",
        "kind": failure_word(failure.kind),
        "message": message,
        "hint": failure.hint,
        "videos": run.map(|run| run.saved),
        "resumable": failure.resumable,
        "resume": run.and_then(|run| run.rerun.as_deref()),
        "exit": failure.exit.code(),
    });
    stamped(event, run.and_then(|run| run.path.as_deref()))
}

pub(crate) fn failure_lines(failure: &Failure) -> String {
    // Messages and hints may contain a path, and a path may contain any character.
    let mut lines = format!("error: {}", escaped(&failure.message));
    for line in failure.details.lines() {
        lines.push_str(&format!("\n{}", escaped(line)));
    }
    if let Some(hint) = &failure.hint {
        lines.push_str(&format!("\n  hint: {}", escaped(hint)));
    }
    let Some(run) = failure.run.as_ref().filter(|_| failure.resumable) else { return lines };
    let saved = match run.saved {
        0 => "what was saved is kept".to_owned(),
        saved => format!("{} saved", counted(saved, "video is", "videos are")),
    };
    match &run.rerun {
        Some(rerun) => {
            for line in go_on_lines(&saved, rerun, run.needs_key) {
                lines.push_str(&format!("\n{line}"));
            }
        }
        None => lines.push_str(&format!("\n{saved}, and this run has not changed that")),
    }
    lines
}

/// Says what was saved and how to continue. The command gets its own line, so it can be copied.
pub(super) fn go_on_lines(saved: &str, rerun: &str, needs_key: bool) -> [String; 2] {
    let give = if needs_key { "give the key again and " } else { "" };
    [format!("{saved}; {give}go on with:"), format!("  {rerun}")]
}

/// The kind as a word for programs. The library's words stay the same in later releases.
fn failure_word(kind: FailureKind) -> Value {
    match kind {
        FailureKind::Listing(kind) => json!(kind),
        FailureKind::Export(kind) => json!(kind),
        FailureKind::Sync(kind) => json!(kind),
        FailureKind::Program(word) => json!(word),
    }
}

#[cfg(test)]
mod tests {
    use heygen_videos::ErrorKind;
    use heygen_videos::export::ExportErrorKind;

    use super::*;

    #[test]
    fn the_kind_of_a_failure_is_one_word() {
        let listing = FailureKind::Listing(ErrorKind::RateLimited);
        assert_eq!(failure_word(listing), "rate_limited");
        let export = FailureKind::Export(ExportErrorKind::BrokenPipe);
        assert_eq!(failure_word(export), "broken_pipe");
        assert_eq!(failure_word(FailureKind::Program("usage")), "usage");
    }
}
