//! `VideoRow`: the values of a video as the table stores them, and how they are merged with what is
//! stored.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rusqlite::types::Value;
use serde_json::value::RawValue;

use crate::api_version::ApiVersion;
use crate::record::{Cell, Column, Constants, Kind, LineWriter, Row, RowReader, Shape};
use crate::video::Video;

/// The columns for values of a video, as quoted JSON names, in the order of the statements.
pub(super) const COLUMN_NAMES: [&str; 5] =
    ["\"video_title\"", "\"status\"", "\"type\"", "\"folder_id\"", "\"created_at\""];

type Columns = [Value; COLUMN_NAMES.len()];

/// The fields without a column: quoted JSON names, with the JSON text of their values. Nothing is
/// copied, because a video may have a million fields.
type Others<'a> = BTreeMap<&'a str, &'a str>;

/// Reads the values of videos as they were received.
#[derive(Debug)]
pub(super) struct ReceivedReader {
    lines: LineWriter,
    reader: RowReader,
    line: Vec<u8>,
}

/// The values of a video as they were received.
#[derive(Debug, Default)]
pub(super) struct ReceivedRow<'a> {
    /// `None` for a column that was not sent.
    columns: [Option<Value>; COLUMN_NAMES.len()],
    others: Others<'a>,
}

/// The values of a video in the table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VideoRow {
    pub(super) columns: Columns,
    /// A JSON object with its names in alphabetical order.
    pub(super) extra: String,
    /// The version of the API that sent the video last.
    pub(super) api: String,
    /// A JSON array with the names of the fields that the other version sent and this one does not.
    pub(super) kept: Option<String>,
}

impl ReceivedReader {
    pub(super) fn new() -> Self {
        let columns = Column::all(None, &Constants::default());
        let lines = LineWriter::new(Shape::Sent, false);
        Self { lines, reader: RowReader::new(columns), line: Vec::new() }
    }

    pub(super) fn read(&mut self, video: &Video) -> io::Result<ReceivedRow<'_>> {
        self.line.clear();
        self.lines.write(&mut self.line, video)?;
        let line = str::from_utf8(&self.line).map_err(io::Error::other)?;
        let row = self.reader.read(line.trim_end_matches('\n'));
        let row = row.map_err(|_| io::Error::other("a video that is not a record"))?;
        Ok(received(row))
    }

    /// How many presigned URLs were left out so far.
    pub(super) fn dropped_urls(&self) -> u64 {
        self.lines.dropped_urls
    }
}

fn received(row: Row<'_>) -> ReceivedRow<'_> {
    let mut this = ReceivedRow::default();
    for (at, (column, cell)) in row.cells().enumerate() {
        let Some((name, json)) = row.json(at) else { continue };
        let Some(at) = COLUMN_NAMES.iter().position(|column| *column == name) else { continue };
        let value = column_value(column.kind, cell);
        if value.is_none() {
            // The column cannot hold this value.
            this.others.insert(name, json);
        }
        this.columns[at] = Some(value.unwrap_or(Value::Null));
    }
    this.others.extend(row.others());
    this
}

/// The value of a column; `None` if the column cannot hold it.
fn column_value(kind: Kind, cell: Cell<'_>) -> Option<Value> {
    match (kind, cell) {
        (_, Cell::Null) => Some(Value::Null),
        (Kind::Time, Cell::Time(time)) => Some(Value::Integer(time.seconds())),
        (Kind::Time, Cell::Number(number)) => number.parse().ok().map(Value::Integer),
        (Kind::Time, _) => None,
        (_, Cell::Text(text)) => Some(Value::Text(text.into_owned())),
        (_, Cell::Number(text) | Cell::Json(text)) => Some(Value::Text(text.to_owned())),
        (_, Cell::Bool(value)) => Some(Value::Text(value.to_string())),
        (_, Cell::Time(_)) => None,
    }
}

impl ReceivedRow<'_> {
    /// The values that the table gets: those that were received, and those of the other version of
    /// the API for fields that this version does not send.
    pub(super) fn merged(self, api: ApiVersion, stored: Option<&VideoRow>) -> VideoRow {
        let Self { columns, others } = self;
        let mut others: Others<'_> = others;
        let old_kept = stored.and_then(|stored| stored.kept.as_deref()).map(names);
        let old_kept = old_kept.unwrap_or_default();
        let is_same_version = stored.is_some_and(|stored| stored.api == api.as_str());
        // One version sent the stored row, and `kept` names its fields that came from the other
        // version. So if the same version sends the video again, the fields to keep are those in
        // `kept`; if the other one sends it, those that are not in `kept`. A field that this
        // version sent before and does not send now is dropped.
        let is_of_other_version = |name: &str| old_kept.contains(name) == is_same_version;
        let mut kept = Vec::new();
        let may_keep = !is_same_version || !old_kept.is_empty();
        let mut reader = RowReader::new(Vec::new());
        let stored_others = stored.filter(|_| may_keep);
        // If another program damaged the object, it has no members.
        let stored_others = stored_others.and_then(|stored| reader.read(&stored.extra).ok());
        for (name, value) in stored_others.iter().flat_map(|row| row.others()) {
            let was_sent = others.contains_key(name) || is_sent_column(&columns, name);
            if !was_sent && is_of_other_version(name) {
                kept.push(name.to_owned());
                others.insert(name, value);
            }
        }
        let mut at = 0;
        let columns = columns.map(|received| {
            let name = COLUMN_NAMES[at];
            at += 1;
            if let Some(value) = received {
                return value;
            }
            let old = stored.map_or(&Value::Null, |stored| &stored.columns[at - 1]);
            if *old == Value::Null || !is_of_other_version(name) {
                return Value::Null;
            }
            kept.push(name.to_owned());
            old.clone()
        });
        kept.sort_unstable();
        VideoRow {
            columns,
            extra: object(&others),
            api: api.as_str().to_owned(),
            kept: (!kept.is_empty()).then(|| format!("[{}]", kept.join(","))),
        }
    }
}

impl VideoRow {
    /// Whether a person or a program that reads the table sees the same values.
    pub(super) fn has_values_of(&self, other: &Self) -> bool {
        self.columns == other.columns && self.extra == other.extra
    }
}

fn is_sent_column(columns: &[Option<Value>], name: &str) -> bool {
    let at = COLUMN_NAMES.iter().position(|column| *column == name);
    at.is_some_and(|at| columns[at].is_some())
}

fn object(members: &Others<'_>) -> String {
    let mut text = String::from("{");
    for (name, value) in members {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(name);
        text.push(':');
        text.push_str(value);
    }
    text.push('}');
    text
}

/// The quoted names of a JSON array of strings.
fn names(array: &str) -> BTreeSet<String> {
    let names = serde_json::from_str::<Vec<&RawValue>>(array).unwrap_or_default();
    names.into_iter().map(|name| name.get().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use ApiVersion::{V1, V3};

    /// What the table has after these videos were received in this order.
    #[track_caller]
    fn after(received: &[(ApiVersion, &str)]) -> VideoRow {
        let mut stored = None;
        for (api, json) in received {
            let video: Video = serde_json::from_str(json).unwrap();
            let mut reader = ReceivedReader::new();
            stored = Some(reader.read(&video).unwrap().merged(*api, stored.as_ref()));
        }
        stored.unwrap()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn every_known_field_has_its_column_and_the_rest_is_in_extra() {
        let row = after(&[(
            V1,
            r#"{"video_id":"a","video_title":"t","status":"completed","type":"GENERATED",
                "folder_id":"null","created_at":5,"z":1.50,"big":123456789012345678901234567890}"#,
        )]);
        let wanted =
            [text("t"), text("completed"), text("GENERATED"), Value::Null, Value::Integer(5)];
        assert_eq!(row.columns, wanted);
        assert_eq!(row.extra, r#"{"big":123456789012345678901234567890,"z":1.50}"#);
        assert_eq!(row.kept, None);
    }

    #[test]
    fn a_value_that_its_column_cannot_hold_is_in_extra_until_it_fits() {
        let odd = (V1, r#"{"video_id":"a","created_at":"soon","status":7}"#);
        let row = after(&[odd]);
        assert_eq!((&row.columns[4], &row.columns[1]), (&Value::Null, &text("7")));
        assert_eq!(row.extra, r#"{"created_at":"soon"}"#);
        for api in [V1, V3] {
            let row = after(&[odd, (api, r#"{"video_id":"a","created_at":5}"#)]);
            assert_eq!((&row.columns[4], &*row.extra), (&Value::Integer(5), "{}"), "{api}");
        }
        let far = after(&[(V1, r#"{"video_id":"a","created_at":9000000000000000000}"#)]);
        assert_eq!(far.columns[4], Value::Integer(9_000_000_000_000_000_000));
    }

    #[test]
    fn a_field_that_a_version_does_not_send_keeps_its_value() {
        let v1 = (V1, r#"{"video_id":"a","type":"GENERATED","status":"x"}"#);
        let v3 = (V3, r#"{"video_id":"a","status":"y","duration":1.0}"#);
        for rounds in 1..4 {
            let mut received = [v3, v1].repeat(rounds);
            let row = after(&received);
            assert_eq!((&row.columns[1], &row.columns[2]), (&text("x"), &text("GENERATED")));
            assert_eq!(
                (&*row.extra, row.kept.as_deref()),
                (r#"{"duration":1.0}"#, Some(r#"["duration"]"#))
            );
            received.push(v1);
            assert_eq!(after(&received), row, "the same version again");
            received.push(v3);
            let row = after(&received);
            assert_eq!((&row.columns[1], &row.columns[2]), (&text("y"), &text("GENERATED")));
            assert_eq!(row.kept.as_deref(), Some(r#"["type"]"#));
        }
    }

    #[test]
    fn a_field_that_the_same_version_no_longer_sends_is_gone() {
        let full = (V3, r#"{"video_id":"a","type":"x","failure_code":"f"}"#);
        let less = (V3, r#"{"video_id":"a"}"#);
        let row = after(&[full, less]);
        assert_eq!((&row.columns[2], &*row.extra), (&Value::Null, "{}"));
        // v1 in between does not make a field of v3 survive v3 itself.
        let row = after(&[full, (V1, r#"{"video_id":"a"}"#), less]);
        assert_eq!((&row.columns[2], &*row.extra), (&Value::Null, "{}"));
    }

    #[test]
    fn null_replaces_a_value() {
        let full = (V1, r#"{"video_id":"a","type":"x","n":1}"#);
        let row = after(&[full, (V3, r#"{"video_id":"a","type":null,"n":null}"#)]);
        assert_eq!((&row.columns[2], &*row.extra), (&Value::Null, r#"{"n":null}"#));
        assert_eq!(row.kept, None);
    }

    #[test]
    fn the_order_of_fields_and_new_signatures_are_not_changes() {
        let first = after(&[(
            V3,
            r#"{"video_id":"a","b":1,"a":2,"video_url":"https://x.example/?Signature=1"}"#,
        )]);
        let second = after(&[(
            V3,
            r#"{"video_id":"a","a":2,"video_url":"https://x.example/?Signature=2","b":1}"#,
        )]);
        assert!(first.has_values_of(&second));
        assert_eq!(first.extra, r#"{"a":2,"b":1}"#);
    }

    #[test]
    fn names_with_quotes_survive() {
        let odd = r#"{"video_id":"a","a\"]\u00e9":1}"#;
        let row = after(&[(V3, odd), (V1, r#"{"video_id":"a"}"#), (V1, r#"{"video_id":"a"}"#)]);
        assert_eq!(row.extra, "{\"a\\\"]é\":1}");
    }
}
