//! `MessageWriter`: writes Singer messages, one a line.

use std::io::{self, Write};

use serde_json::Value;

use super::schema::{KEY, REPLICATION_KEY, StreamField, schema_of};
use super::selection::Method;
use super::state::TapState;

/// Writes Singer messages to a writer.
pub(super) struct MessageWriter {
    out: Box<dyn Write + Send>,
    pub(super) messages: Messages,
    /// How many bytes were written.
    pub(super) bytes: u64,
}

/// The parts of messages that are the same in a whole run.
#[derive(Debug, Clone)]
pub(super) struct Messages {
    /// The name of the stream as a JSON string.
    stream: String,
    method: Method,
}

impl Messages {
    pub(super) fn new(stream: &str, method: Method) -> Self {
        Self { stream: Value::from(stream).to_string(), method }
    }

    /// The SCHEMA message for records with these fields.
    pub(super) fn schema(&self, fields: &[StreamField]) -> String {
        let (stream, schema) = (&self.stream, schema_of(fields));
        let bookmark = match self.method {
            Method::Incremental => format!(r#","bookmark_properties":["{REPLICATION_KEY}"]"#),
            Method::FullTable => String::new(),
        };
        format!(
            "{{\"type\":\"SCHEMA\",\"stream\":{stream},\"schema\":{schema},\
             \"key_properties\":[\"{KEY}\"]{bookmark}}}\n"
        )
    }

    /// What precedes a record in its message.
    pub(super) fn before_record(&self) -> String {
        format!("{{\"type\":\"RECORD\",\"stream\":{},\"record\":", self.stream)
    }

    /// What follows a record in its message.
    pub(super) fn after_record(received_at: &str, version: Option<i64>) -> String {
        let version = version.map(|version| format!(",\"version\":{version}"));
        let version = version.unwrap_or_default();
        format!(",\"time_extracted\":\"{received_at}\"{version}}}\n")
    }

    fn activate_version(&self, version: i64) -> String {
        let stream = &self.stream;
        format!("{{\"type\":\"ACTIVATE_VERSION\",\"stream\":{stream},\"version\":{version}}}\n")
    }
}

impl MessageWriter {
    pub(super) fn new(out: Box<dyn Write + Send>, messages: Messages) -> Self {
        Self { out, messages, bytes: 0 }
    }

    /// Writes whole messages.
    pub(super) fn write(&mut self, messages: &[u8]) -> io::Result<()> {
        self.out.write_all(messages)?;
        self.bytes += messages.len() as u64;
        Ok(())
    }

    pub(super) fn schema(&mut self, fields: &[StreamField]) -> io::Result<()> {
        let message = self.messages.schema(fields);
        self.write(message.as_bytes())
    }

    /// Writes a STATE message and flushes it with everything before it.
    pub(super) fn state(&mut self, state: &TapState) -> io::Result<()> {
        self.write(format!("{{\"type\":\"STATE\",\"value\":{state}}}\n").as_bytes())?;
        self.out.flush()
    }

    /// Writes the message that makes a target drop the records of other versions.
    pub(super) fn activate_version(&mut self, version: i64) -> io::Result<()> {
        let message = self.messages.activate_version(version);
        self.write(message.as_bytes())
    }
}
