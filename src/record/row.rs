//! Reads a record's JSON line back into the cells of a table.

use std::borrow::Cow;
use std::ops::Range;

use super::json::{DamagedLine, Member, ObjectMembers, unescape};
use super::schema::{Column, Kind};
use super::time::Time;

/// Finds the columns of a table in each line.
#[derive(Debug)]
pub(crate) struct RowReader {
    columns: Vec<Column>,
    /// The position of each column's value in the line.
    values: Vec<Option<Range<usize>>>,
    /// The positions of all other fields.
    others: Vec<Member>,
    /// For each column, whether any record has had it so far.
    seen: Vec<bool>,
}

/// One record, whose values are still JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    reader: &'a RowReader,
    line: &'a str,
}

/// The value of a column.
#[derive(Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Time(Time),
    /// A JSON number with all its digits.
    Number(&'a str),
    Bool(bool),
    /// A JSON array or object.
    Json(&'a str),
}

impl RowReader {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        let seen = columns.iter().map(|column| column.constant.is_some()).collect();
        Self { values: vec![None; columns.len()], columns, others: Vec::new(), seen }
    }

    /// The names of the columns that no record had, not even as `null`.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let columns = self.columns.iter().zip(&self.seen).filter(|(_, seen)| !**seen);
        columns.map(|(column, _)| column.name.clone()).collect()
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Reads a line. The line must not include its line feed.
    pub(crate) fn read<'a>(&'a mut self, line: &'a str) -> Result<Row<'a>, DamagedLine> {
        self.values.fill(None);
        self.others.clear();
        let mut members = ObjectMembers::of(line);
        // The fields are usually in the order of the columns.
        let mut expected = 0;
        while let Some(member) = members.next()? {
            let name = &line[member.name.clone()];
            let at = match self.columns.get(expected) {
                Some(column) if column.json_name == name => Some(expected),
                _ => self.columns.iter().position(|column| column.json_name == name),
            };
            match at {
                Some(at) => {
                    self.values[at] = Some(member.value);
                    self.seen[at] = true;
                    expected = at + 1;
                }
                None => self.others.push(member),
            }
        }
        Ok(Row { reader: self, line })
    }
}

impl<'a> Row<'a> {
    /// The columns with their values.
    pub(crate) fn cells(self) -> impl Iterator<Item = (&'a Column, Cell<'a>)> {
        self.values().map(|(column, value)| (column, cell(column.kind, value.unwrap_or("null"))))
    }

    /// Appends the columns as a JSON line, with `null` for a column that is missing in the record.
    pub(crate) fn write_json_line(self, to: &mut Vec<u8>) {
        for (at, (column, value)) in self.values().enumerate() {
            to.push(if at == 0 { b'{' } else { b',' });
            to.extend_from_slice(column.json_name.as_bytes());
            to.push(b':');
            to.extend_from_slice(value.unwrap_or("null").as_bytes());
        }
        to.extend_from_slice(b"}\n");
    }

    /// The columns that the record has: their positions, the JSON text of their values, and the
    /// values.
    #[cfg(feature = "tap")]
    pub(crate) fn present(self) -> impl Iterator<Item = (usize, &'a str, Cell<'a>)> {
        self.values().enumerate().filter_map(|(index, (column, value))| {
            value.map(|json| (index, json, cell(column.kind, json)))
        })
    }

    /// All fields without a column, as JSON text: names including their quotes, and values.
    #[cfg(any(feature = "parquet", feature = "sqlite", feature = "tap"))]
    pub(crate) fn others(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let Self { reader, line } = self;
        let text = |range: &Range<usize>| &line[range.clone()];
        reader.others.iter().map(move |member| (text(&member.name), text(&member.value)))
    }

    /// The JSON text of a column's name and value.
    #[cfg(any(feature = "parquet", feature = "sqlite"))]
    pub(crate) fn json(self, column: usize) -> Option<(&'a str, &'a str)> {
        let (column, value) = self.values().nth(column)?;
        Some((&column.json_name, value?))
    }

    /// The columns with the JSON text of their values.
    fn values(self) -> impl Iterator<Item = (&'a Column, Option<&'a str>)> {
        let Self { reader, line } = self;
        reader.columns.iter().zip(&reader.values).map(|(column, value)| {
            let received = || value.clone().map(|range| &line[range]);
            (column, column.constant.as_deref().or_else(received))
        })
    }
}

/// Reads a value as the type of its column. A value of another type is kept unchanged.
fn cell(kind: Kind, json: &str) -> Cell<'_> {
    match json.as_bytes().first() {
        Some(b'"') => {
            let text = unescape(json);
            match (&text, time(kind, &text)) {
                (_, Some(time)) => Cell::Time(time),
                (Cow::Borrowed(text), _) if kind == Kind::Number && is_json_number(text) => {
                    Cell::Number(text)
                }
                _ => Cell::Text(text),
            }
        }
        Some(b'{' | b'[') => Cell::Json(json),
        Some(b't') => Cell::Bool(true),
        Some(b'f') => Cell::Bool(false),
        Some(b'n') | None => Cell::Null,
        Some(_) => time(kind, json).map_or(Cell::Number(json), Cell::Time),
    }
}

fn time(kind: Kind, text: &str) -> Option<Time> {
    if kind == Kind::Time { Time::parse(text) } else { None }
}

fn is_json_number(text: &str) -> bool {
    text.starts_with(|char: char| char == '-' || char.is_ascii_digit())
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
}
