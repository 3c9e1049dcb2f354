//! `RecordWriter`: writes videos as RECORD messages that are valid against the schema.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;

use serde_json::Value;

use super::messages::Messages;
use super::schema::{JsonType, StreamField};
use super::selection::StreamSelection;
use crate::record::{Cell, Column, Constants, DamagedLine, LineWriter, Row, RowReader, Shape};
use crate::video::Video;

/// The most fields that are added to the schema. A table of a database has no more columns, and one
/// video can have a million fields.
pub(super) const MAX_ADDED: usize = 1_000;

/// Writes the selected fields of videos. It adds the fields that the schema does not name yet.
pub(super) struct RecordWriter {
    lines: LineWriter,
    reader: RowReader,
    selection: StreamSelection,
    /// The fields of the schema, in the order of the reader's columns.
    fields: Vec<StreamField>,
    /// The names of fields with values that did not fit and were written as null.
    pub(super) not_kept: BTreeSet<String>,
    /// How many more fields may be added to the schema.
    room: usize,
    /// Whether fields were left out because there was no more room.
    pub(super) has_left_out: bool,
    line: Vec<u8>,
}

impl RecordWriter {
    pub(super) fn new(selection: StreamSelection) -> Self {
        let fields = selection.fields();
        Self {
            lines: LineWriter::new(Shape::Schema, false),
            reader: reader_of(&fields),
            selection,
            fields,
            not_kept: BTreeSet::new(),
            room: MAX_ADDED,
            has_left_out: false,
            line: Vec::new(),
        }
    }

    /// The fields that the schema names now.
    pub(super) fn fields(&self) -> &[StreamField] {
        &self.fields
    }

    /// How many presigned URLs were left out so far.
    pub(super) fn dropped_urls(&self) -> u64 {
        self.lines.dropped_urls
    }

    /// Appends a RECORD message for each video, and a SCHEMA message before a record with a field
    /// that the schema does not name yet.
    pub(super) fn write(
        &mut self,
        to: &mut Vec<u8>,
        videos: &[Video],
        messages: &Messages,
        after_record: &str,
    ) -> io::Result<()> {
        let before_record = messages.before_record();
        let mut line = std::mem::take(&mut self.line);
        for video in videos {
            line.clear();
            self.lines.write(&mut line, video)?;
            let text = str::from_utf8(&line).map_err(io::Error::other)?.trim_end();
            let mut row = self.reader.read(text).map_err(damaged)?;
            let mut added = unnamed(row, &self.selection, self.room + 1)?;
            if added.len() > self.room {
                self.has_left_out = true;
                added.truncate(self.room);
            }
            if !added.is_empty() {
                self.room -= added.len();
                self.fields.append(&mut added);
                to.extend_from_slice(messages.schema(&self.fields).as_bytes());
                self.reader = reader_of(&self.fields);
                row = self.reader.read(text).map_err(damaged)?;
            }
            to.extend_from_slice(before_record.as_bytes());
            write_record(to, row, &self.fields, &mut self.not_kept)?;
            to.extend_from_slice(after_record.as_bytes());
        }
        self.line = line;
        Ok(())
    }
}

/// The fields of a record that the schema does not name yet and that are sent; at most `limit`.
fn unnamed(
    row: Row<'_>,
    selection: &StreamSelection,
    limit: usize,
) -> io::Result<Vec<StreamField>> {
    let mut added = Vec::new();
    for (json_name, json) in row.others() {
        if added.len() == limit {
            break;
        }
        // The type of a field is unknown while its values are null.
        let Some(json_type) = JsonType::of_value(json) else { continue };
        let name: String = serde_json::from_str(json_name)?;
        if selection.takes_unnamed(&name) {
            added.push(StreamField::new(&name, json_type));
        }
    }
    Ok(added)
}

fn write_record(
    to: &mut Vec<u8>,
    row: Row<'_>,
    fields: &[StreamField],
    not_kept: &mut BTreeSet<String>,
) -> io::Result<()> {
    to.push(b'{');
    for (number, (index, json, cell)) in row.present().enumerate() {
        let field = &fields[index];
        if number > 0 {
            to.push(b',');
        }
        to.extend_from_slice(field.json_name.as_bytes());
        to.push(b':');
        match fitting(field.json_type, json, &cell)? {
            Some(value) => to.extend_from_slice(value.as_bytes()),
            None => {
                if !not_kept.contains(&field.name) {
                    not_kept.insert(field.name.clone());
                }
                to.extend_from_slice(b"null");
            }
        }
    }
    to.push(b'}');
    Ok(())
}

fn reader_of(fields: &[StreamField]) -> RowReader {
    let names: Vec<_> = fields.iter().map(|field| field.name.clone()).collect();
    RowReader::new(Column::all(Some(&names), &Constants::default()))
}

/// The value as JSON text of this type; `None` if it does not fit.
fn fitting<'a>(
    json_type: JsonType,
    json: &'a str,
    cell: &Cell<'_>,
) -> io::Result<Option<Cow<'a, str>>> {
    let value = match (json_type, cell) {
        (_, Cell::Null) => json.into(),
        (JsonType::Text, Cell::Text(_)) => json.into(),
        (JsonType::Text, Cell::Time(_)) if json.starts_with('"') => json.into(),
        (JsonType::Text, _) => Value::from(json).to_string().into(),
        (JsonType::Time, Cell::Time(time)) => {
            let mut text = vec![b'"'];
            time.write_rfc3339(&mut text)?;
            text.push(b'"');
            String::from_utf8(text).map_err(io::Error::other)?.into()
        }
        (JsonType::Integer, _) if json.parse::<i64>().is_ok() => json.into(),
        (JsonType::Integer, Cell::Time(time)) => time.seconds().to_string().into(),
        (JsonType::Number, Cell::Number(number)) => (*number).to_owned().into(),
        (JsonType::Boolean, Cell::Bool(_)) => json.into(),
        (JsonType::Object, Cell::Json(_)) if json.starts_with('{') => json.into(),
        (JsonType::Array, Cell::Json(_)) if json.starts_with('[') => json.into(),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn damaged(_: DamagedLine) -> io::Error {
    io::Error::other("a video that is not a JSON object")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tap::selection::Method;

    /// The messages for these videos without what is the same in each, and the fields that were not
    /// kept.
    #[track_caller]
    fn written(selection: StreamSelection, videos: &[&str]) -> (Vec<String>, Vec<String>) {
        let videos: Vec<Video> =
            videos.iter().map(|video| serde_json::from_str(video).unwrap()).collect();
        let mut writer = RecordWriter::new(selection);
        let (mut to, messages) = (Vec::new(), Messages::new("videos", Method::FullTable));
        writer.write(&mut to, &videos, &messages, "}\n").unwrap();
        let text = String::from_utf8(to).unwrap();
        let before = messages.before_record();
        let records = text.lines().map(|line| {
            let record = line.strip_prefix(&before).map(|rest| &rest[..rest.len() - 1]);
            record.unwrap_or(line).to_owned()
        });
        (records.collect(), writer.not_kept.into_iter().collect())
    }

    #[track_caller]
    fn record(video: &str) -> Value {
        let (records, not_kept) = written(StreamSelection::default(), &[video]);
        assert_eq!(not_kept, [""; 0]);
        serde_json::from_str(&records[records.len() - 1]).unwrap()
    }

    #[test]
    fn created_at_is_a_time_and_numbers_keep_their_digits() {
        let video = r#"{"video_id":"a","created_at":1759560467,"duration":12.340000000000000001,
            "completed_at":1759560470,"folder_id":"null"}"#;
        let (records, _) = written(StreamSelection::default(), &[video]);
        let wanted = r#"{"video_id":"a","video_title":null,"status":null,"type":null,"folder_id":null,"created_at":"2025-10-04T06:47:47Z","completed_at":1759560470,"duration":12.340000000000000001}"#;
        assert_eq!(records, [wanted]);
    }

    #[test]
    fn a_value_of_another_type_is_converted_or_written_as_null() {
        let video = record(
            r#"{"video_id":"a","video_title":5,"status":{"a":1},"duration":"1.50",
                "completed_at":"2025-10-04T06:47:47Z","created_at":"2025-10-04T06:47:47+00:00"}"#,
        );
        assert_eq!(video["video_title"], "5");
        assert_eq!(video["status"], r#"{"a":1}"#);
        assert_eq!(video["duration"].to_string(), "1.5");
        assert_eq!(video["completed_at"], 1_759_560_467);
        assert_eq!(video["created_at"], "2025-10-04T06:47:47Z");
        let odd = r#"{"video_id":"a","created_at":"soon","duration":[1],"completed_at":true}"#;
        let (records, not_kept) = written(StreamSelection::default(), &[odd]);
        let video: Value = serde_json::from_str(&records[0]).unwrap();
        for name in ["created_at", "duration", "completed_at"] {
            assert_eq!(video[name], Value::Null);
        }
        assert_eq!(not_kept, ["completed_at", "created_at", "duration"]);
    }

    #[test]
    fn a_new_field_is_added_to_the_schema_before_its_first_record() {
        let (messages, _) = written(
            StreamSelection::default(),
            &[
                r#"{"video_id":"a","avatar":null}"#,
                r#"{"video_id":"b","avatar":{"x":1},"n":1.0}"#,
                r#"{"video_id":"c","avatar":7,"n":2}"#,
            ],
        );
        assert_eq!(messages.len(), 4);
        assert!(!messages[0].contains("avatar"));
        let schema: Value = serde_json::from_str(&messages[1]).unwrap();
        let properties = &schema["schema"]["properties"];
        assert_eq!(properties["avatar"], json!({ "type": ["object", "null"] }));
        assert_eq!(properties["n"], json!({ "type": ["number", "null"] }));
        assert!(messages[2].ends_with(r#""avatar":{"x":1},"n":1.0}"#), "{}", messages[2]);
        assert!(messages[3].ends_with(r#""avatar":null,"n":2}"#), "{}", messages[3]);
    }

    #[test]
    fn only_so_many_fields_are_added_to_the_schema() {
        let fields = |numbers: std::ops::Range<usize>| -> String {
            numbers.map(|number| format!(",\"f{number}\":1")).collect()
        };
        let video = |fields: String| -> Video {
            serde_json::from_str(&format!(r#"{{"video_id":"a"{fields}}}"#)).unwrap()
        };
        let mut writer = RecordWriter::new(StreamSelection::default());
        let known = writer.fields().len();
        let messages = Messages::new("videos", Method::FullTable);
        let mut write = |video: Video| {
            let mut to = Vec::new();
            writer.write(&mut to, &[video], &messages, "}\n").unwrap();
            (String::from_utf8(to).unwrap(), writer.fields().len() - known, writer.has_left_out)
        };
        let (_, added, has_left_out) = write(video(fields(0..MAX_ADDED - 1)));
        assert_eq!((added, has_left_out), (MAX_ADDED - 1, false));
        let (text, added, has_left_out) = write(video(fields(MAX_ADDED - 1..MAX_ADDED + 1)));
        assert_eq!((added, has_left_out), (MAX_ADDED, true));
        let record = text.lines().last().unwrap();
        assert!(record.contains(",\"f999\":1") && !record.contains("f1000"), "{record}");
        // Those that were added are still sent, and no schema follows.
        let (text, added, _) = write(video(fields(0..MAX_ADDED * 2)));
        assert_eq!((text.lines().count(), added), (1, MAX_ADDED));
        assert_eq!(text.matches(":1").count(), MAX_ADDED);
    }

    #[test]
    fn deselected_fields_are_left_out() {
        let mut selection = StreamSelection::default();
        selection.choices.extend([("status".to_owned(), false), ("title".to_owned(), false)]);
        let video = r#"{"video_id":"a","status":"failed","avatar":1,"created_at":0}"#;
        let (records, _) = written(selection, &[video]);
        let wanted = r#"{"video_id":"a","video_title":null,"type":null,"folder_id":null,"created_at":"1970-01-01T00:00:00Z"}"#;
        assert_eq!(records, [wanted]);
    }
}
