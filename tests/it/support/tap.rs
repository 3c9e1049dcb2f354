//! Runs taps into a buffer, reads their messages, and acts as the target.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heygen_videos::VideoQuery;
use heygen_videos::export::{ExportError, Summary};
use heygen_videos::tap::{Tap, TapState};
use serde_json::Value;

use super::walk::within;

/// What a tap wrote. Clones share the bytes.
#[derive(Clone, Default)]
pub(crate) struct Pipe {
    inner: Arc<Mutex<PipeInner>>,
}

#[derive(Default)]
struct PipeInner {
    bytes: Vec<u8>,
    /// The lengths at which the pipe was flushed.
    flushed: Vec<usize>,
    /// The reader takes this many bytes and then closes the pipe.
    room: Option<usize>,
}

impl Pipe {
    /// A pipe whose reader closes it after this many bytes.
    pub(crate) fn closed_after(bytes: usize) -> Self {
        let pipe = Self::default();
        pipe.inner.lock().unwrap().room = Some(bytes);
        pipe
    }

    /// The whole messages that the reader got.
    #[track_caller]
    pub(crate) fn messages(&self) -> Messages {
        let inner = self.inner.lock().unwrap();
        let whole = inner.bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        Messages::parse(str::from_utf8(&inner.bytes[..whole]).unwrap())
    }

    /// Whether each STATE message was flushed before anything else was written.
    pub(crate) fn flushes_every_state(&self) -> bool {
        let inner = self.inner.lock().unwrap();
        let mut end = 0;
        inner.bytes.split_inclusive(|byte| *byte == b'\n').all(|line| {
            end += line.len();
            !line.starts_with(br#"{"type":"STATE""#) || inner.flushed.contains(&end)
        })
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.inner.lock().unwrap();
        let taken = inner.room.map_or(bytes.len(), |room| bytes.len().min(room));
        if taken == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        inner.bytes.extend_from_slice(&bytes[..taken]);
        inner.room = inner.room.map(|room| room - taken);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap();
        let length = inner.bytes.len();
        inner.flushed.push(length);
        Ok(())
    }
}

/// Singer messages, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Messages(pub(crate) Vec<Value>);

impl Messages {
    /// Parses messages, one a line, and checks what the specification asks of them.
    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        let messages: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let mut schema = &Value::Null;
        for message in &messages {
            match message["type"].as_str() {
                Some("SCHEMA") => {
                    assert_eq!(message["key_properties"], serde_json::json!(["video_id"]));
                    schema = message;
                }
                Some("RECORD") => {
                    assert_eq!(message["stream"], schema["stream"], "a record before its schema");
                    assert_valid(&message["record"], &schema["schema"]);
                }
                Some("STATE") => assert!(message["value"].is_object(), "{message}"),
                Some("ACTIVATE_VERSION") => assert!(message["version"].is_i64(), "{message}"),
                _ => panic!("{message} is not a message"),
            }
        }
        Self(messages)
    }

    pub(crate) fn of_type(&self, word: &str) -> Vec<&Value> {
        self.0.iter().filter(|message| message["type"] == word).collect()
    }

    pub(crate) fn records(&self) -> Vec<&Value> {
        self.of_type("RECORD").into_iter().map(|message| &message["record"]).collect()
    }

    #[track_caller]
    pub(crate) fn ids(&self) -> Vec<String> {
        let id = |record: &&Value| record["video_id"].as_str().unwrap().to_owned();
        self.records().iter().map(id).collect()
    }

    /// The bookmarks of the stream in each state.
    pub(crate) fn bookmarks(&self) -> Vec<&Value> {
        let states = self.of_type("STATE").into_iter();
        states.map(|state| &state["value"]["bookmarks"]["videos"]).collect()
    }

    /// The last state.
    #[track_caller]
    pub(crate) fn state(&self) -> TapState {
        let states = self.of_type("STATE");
        TapState::from_json(&states.last().expect("a state")["value"].to_string()).unwrap()
    }
}

/// Checks a record against a schema as far as this tap's schemas go.
#[track_caller]
fn assert_valid(record: &Value, schema: &Value) {
    assert!(record["video_id"].is_string(), "{record}");
    for (name, value) in record.as_object().unwrap() {
        let property = &schema["properties"][name];
        let word = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() && property["type"][0] == "integer" => {
                "integer"
            }
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let types = &property["type"];
        let is_allowed = |types: &Vec<Value>| types.iter().any(|allowed| allowed == word);
        let is_valid = types == word || types.as_array().is_some_and(is_allowed);
        assert!(is_valid, "{name} is {value}, but {property}");
        if let (Some("date-time"), Some(time)) = (property["format"].as_str(), value.as_str()) {
            assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        }
    }
}

/// A target: rows by their key, and the state to give to the next run.
#[derive(Debug, Default)]
pub(crate) struct Target {
    pub(crate) rows: BTreeMap<String, Value>,
    pub(crate) state: Option<TapState>,
}

impl Target {
    /// Loads messages as a target does: rows are replaced by their key, and the state counts once
    /// everything before it is loaded.
    #[track_caller]
    pub(crate) fn load(&mut self, messages: &Messages) {
        for message in &messages.0 {
            if let Some(id) = message["record"]["video_id"].as_str() {
                self.rows.insert(id.to_owned(), message["record"].clone());
            }
            if message["type"] == "STATE" {
                let state = message["value"].to_string();
                self.state = Some(TapState::from_json(&state).unwrap());
            }
        }
    }
}

/// A tap that writes a STATE message after every page.
pub(crate) fn tap(query: VideoQuery, pipe: &Pipe) -> Tap {
    Tap::new(query, pipe.clone()).state_every(Duration::from_secs(3600), 1)
}

/// Runs a tap to its end.
pub(crate) async fn run(tap: Tap) -> Result<Summary, ExportError> {
    within(tap.run(|_| {})).await
}

/// Runs a tap of this query that must succeed. Returns its messages.
pub(crate) async fn messages(query: VideoQuery, with: impl FnOnce(Tap) -> Tap) -> Messages {
    let pipe = Pipe::default();
    run(with(tap(query, &pipe))).await.unwrap();
    pipe.messages()
}
