//! `TapState`: the state of a tap, which a later run begins with.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::json::{count, object, text};
use super::schema::{REPLICATION_KEY, STREAM};
use crate::cursor::Cursor;
use crate::export::{ExportError, ExportErrorKind};
use crate::plan::{SyncMode, UnfinishedRun};

const WHAT: &str = "state";

/// The state that an earlier run of the tap wrote.
///
/// `Display` and [`from_json`](Self::from_json) use the value of a STATE message.
///
/// ```
/// use heygen_videos::tap::TapState;
///
/// let state = r#"{"bookmarks": {"videos": {"replication_key": "created_at",
///     "replication_key_value": "2026-11-24T08:00:00Z"}}}"#;
/// assert!(TapState::from_json(state)?.to_string().contains("2026-11-24T08:00:00Z"));
/// assert!(TapState::from_json(r#"{"bookmarks": {"users": {}}}"#).is_err());
/// # Ok::<(), heygen_videos::export::ExportError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TapState {
    /// The newest `created_at` that a complete run has seen, in Unix seconds.
    pub(super) bookmark: Option<i64>,
    /// The `created_at` of the oldest video that may still change by itself.
    pub(super) oldest_unsettled: Option<i64>,
    /// What the state belongs to: a hash of the server, the key and the filters. States of other
    /// taps have none.
    pub(super) scope: Option<String>,
    /// The walk that was cut short.
    pub(super) unfinished: Option<UnfinishedWalk>,
}

/// How far a walk has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnfinishedWalk {
    pub(super) run: UnfinishedRun,
    /// The position after the last video that was sent; `None` if none was sent, or if the text of
    /// the position could not be read.
    pub(super) cursor: Option<Cursor>,
    /// The newest creation time among the videos so far.
    pub(super) newest: Option<i64>,
    pub(super) oldest_unsettled: Option<i64>,
    pub(super) videos: u64,
    /// Entries that are not videos and were left out.
    pub(super) skipped: u64,
    /// The version of the records, if a `FULL_TABLE` run replaces older ones.
    pub(super) version: Option<i64>,
}

impl UnfinishedWalk {
    /// A walk that is to begin.
    pub(super) fn new(run: UnfinishedRun) -> Self {
        Self {
            run,
            cursor: None,
            newest: None,
            oldest_unsettled: None,
            videos: 0,
            skipped: 0,
            version: None,
        }
    }
}

impl TapState {
    /// Reads a state: the value of a STATE message of this tap, or of another tap's stream `videos`
    /// with a bookmark for `created_at`. An empty object is the state of a first run.
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`] if the text is empty or not a JSON object, and
    /// [`ExportErrorKind::Mismatch`] if it is the state of something else.
    pub fn from_json(json: &str) -> Result<Self, ExportError> {
        if json.trim().is_empty() {
            // A file is also empty if a target wrote no state into it.
            let message = "the state is empty, and was perhaps overwritten";
            return Err(ExportError::new(ExportErrorKind::Usage, message)
                .hint_at("give the last state that was written, or no state to send everything"));
        }
        let mut state = &object(WHAT, json).map_err(|error| {
            let lines = json.lines().filter(|line| !line.trim().is_empty()).count();
            if lines < 2 { error } else { error.hint_at("keep only the last line of the file") }
        })?;
        // A whole STATE message, and what 'meltano state get' writes.
        for wrapper in ["value", "singer_state"] {
            if let (Some(Value::Object(inner)), None) = (state.get(wrapper), state.get("bookmarks"))
            {
                state = inner;
            }
        }
        let bookmarks = match state.get("bookmarks") {
            Some(Value::Object(bookmarks)) => bookmarks,
            None if state.is_empty() => return Ok(Self::default()),
            _ => return Err(of_something_else("it has no object 'bookmarks'")),
        };
        match bookmarks.get(STREAM) {
            Some(Value::Object(bookmark)) => read(bookmark),
            None | Some(Value::Null) if bookmarks.is_empty() => Ok(Self::default()),
            _ => Err(of_something_else("it has no bookmark of the stream 'videos'")),
        }
    }

    /// If the bookmark is later than `now`, moves it back to `now` and returns the old one.
    pub(super) fn limit_bookmark(&mut self, now: i64) -> Option<i64> {
        let later = self.bookmark.filter(|bookmark| *bookmark > now)?;
        self.bookmark = Some(now);
        Some(later)
    }
}

fn read(bookmark: &Map<String, Value>) -> Result<TapState, ExportError> {
    let key = text(WHAT, bookmark, "replication_key")?;
    if key.is_some_and(|key| key != REPLICATION_KEY) {
        return Err(of_something_else("its replication key is not created_at"));
    }
    let is_known = |name: &str| bookmark.contains_key(name);
    let has_value = is_known("replication_key_value") || is_known(REPLICATION_KEY);
    if key.is_none() && !has_value && !bookmark.is_empty() {
        return Err(of_something_else("its bookmark has no created_at"));
    }
    // The older form, in which the member is named after the replication key.
    let value = match time(bookmark, "replication_key_value")? {
        Some(value) => Some(value),
        None => time(bookmark, REPLICATION_KEY)?,
    };
    Ok(TapState {
        bookmark: value,
        oldest_unsettled: time(bookmark, "oldest_unsettled")?,
        scope: text(WHAT, bookmark, "scope")?.map(str::to_owned),
        unfinished: read_unfinished(bookmark)?,
    })
}

fn read_unfinished(bookmark: &Map<String, Value>) -> Result<Option<UnfinishedWalk>, ExportError> {
    let Some(cursor) = text(WHAT, bookmark, "unfinished_cursor")? else { return Ok(None) };
    let mode = match text(WHAT, bookmark, "unfinished_mode")? {
        Some(mode) if mode == SyncMode::Incremental.as_str() => SyncMode::Incremental,
        _ => SyncMode::Full,
    };
    let Some(begun_at) = time(bookmark, "unfinished_begun_at")? else { return Ok(None) };
    let floor = time(bookmark, "unfinished_floor")?;
    let version = count(WHAT, bookmark, "unfinished_version")?;
    Ok(Some(UnfinishedWalk {
        run: UnfinishedRun { mode, begun_at, floor },
        cursor: cursor.parse().ok(),
        newest: time(bookmark, "unfinished_newest")?,
        oldest_unsettled: time(bookmark, "unfinished_oldest_unsettled")?,
        videos: count(WHAT, bookmark, "unfinished_videos")?.unwrap_or(0),
        skipped: count(WHAT, bookmark, "unfinished_skipped")?.unwrap_or(0),
        version: version.and_then(|version| i64::try_from(version).ok()),
    }))
}

/// A time: Unix seconds, or text as taps write it, in UTC if it has no offset.
fn time(bookmark: &Map<String, Value>, name: &str) -> Result<Option<i64>, ExportError> {
    let wrong = || {
        ExportError::new(
            ExportErrorKind::Usage,
            format!("'{name}' in the state is not a time such as 2026-11-24T00:00:00Z"),
        )
    };
    match bookmark.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(seconds)) => match (seconds.as_i64(), seconds.as_f64()) {
            (Some(seconds), _) => Ok(Some(in_range(seconds))),
            (None, Some(seconds)) if seconds.is_finite() => {
                Ok(Some(in_range(seconds.floor() as i64)))
            }
            _ => Err(wrong()),
        },
        Some(Value::String(text)) => {
            let in_utc = || {
                let time = text.parse::<DateTime>().ok()?;
                TimeZone::UTC.to_timestamp(time).ok()
            };
            let time = text.parse::<Timestamp>().ok().or_else(in_utc);
            time.map(|time| Some(time.as_second())).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

fn of_something_else(why: &str) -> ExportError {
    ExportError::new(ExportErrorKind::Mismatch, format!("the state is not one of this tap: {why}"))
        .hint_at("give the last state that this tap wrote, or no state to send everything")
}

impl Serialize for TapState {
    /// Writes every member each time, and none of them is an object: Meltano merges the states of
    /// runs member by member.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let walk = self.unfinished.as_ref();
        let cursor = walk.and_then(|walk| walk.cursor.as_ref());
        let walk = walk.filter(|_| cursor.is_some());
        let begun = walk.map(|walk| walk.run);
        let members = BookmarkMembers {
            replication_key: REPLICATION_KEY,
            replication_key_value: self.bookmark.map(rfc3339),
            oldest_unsettled: self.oldest_unsettled.map(rfc3339),
            scope: self.scope.as_deref(),
            unfinished_cursor: cursor.map(Cursor::to_string),
            unfinished_mode: begun.map(|run| run.mode.as_str()),
            unfinished_begun_at: begun.map(|run| rfc3339(run.begun_at)),
            unfinished_floor: begun.and_then(|run| run.floor).map(rfc3339),
            unfinished_newest: walk.and_then(|walk| walk.newest).map(rfc3339),
            unfinished_oldest_unsettled: walk.and_then(|walk| walk.oldest_unsettled).map(rfc3339),
            unfinished_videos: walk.map(|walk| walk.videos),
            unfinished_skipped: walk.map(|walk| walk.skipped),
            unfinished_version: walk.and_then(|walk| walk.version),
        };
        StateValue { bookmarks: StateStreams { videos: members } }.serialize(serializer)
    }
}

#[derive(Serialize)]
struct StateValue<'a> {
    bookmarks: StateStreams<'a>,
}

#[derive(Serialize)]
struct StateStreams<'a> {
    videos: BookmarkMembers<'a>,
}

#[derive(Serialize)]
struct BookmarkMembers<'a> {
    replication_key: &'static str,
    replication_key_value: Option<String>,
    oldest_unsettled: Option<String>,
    scope: Option<&'a str>,
    unfinished_cursor: Option<String>,
    unfinished_mode: Option<&'static str>,
    unfinished_begun_at: Option<String>,
    unfinished_floor: Option<String>,
    unfinished_newest: Option<String>,
    unfinished_oldest_unsettled: Option<String>,
    unfinished_videos: Option<u64>,
    unfinished_skipped: Option<u64>,
    unfinished_version: Option<i64>,
}

/// The nearest time that can be written as text, and read again.
fn in_range(seconds: i64) -> i64 {
    seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second())
}

fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(in_range(seconds)).unwrap_or_default().to_string()
}

impl fmt::Display for TapState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for TapState {
    /// Leaves out the token in the cursor.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapState")
            .field("bookmark", &self.bookmark)
            .field("oldest_unsettled", &self.oldest_unsettled)
            .field("unfinished", &self.unfinished)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
