//! CSV as in RFC 4180: a header line, CRLF, quotes where needed, times as in RFC 3339.

use std::io;

use super::guard::guarded;
use crate::record::{Cell, Column, Row};

/// Appends the header and records to a buffer.
#[derive(Debug)]
pub(super) struct CsvRows {
    /// Whether text that looks like a formula gets an apostrophe.
    guard: bool,
    /// How many cells got an apostrophe.
    pub(super) guarded: u64,
}

impl CsvRows {
    pub(super) fn new(guard: bool) -> Self {
        Self { guard, guarded: 0 }
    }

    /// Appends the byte order mark, if one is wanted, and the column names.
    pub(super) fn header(&mut self, to: &mut Vec<u8>, columns: &[Column], bom: bool) {
        if bom {
            to.extend_from_slice("\u{feff}".as_bytes());
        }
        let begin = to.len();
        for (at, column) in columns.iter().enumerate() {
            separate(to, at);
            self.text(to, &column.name);
        }
        end(to, begin);
    }

    pub(super) fn row(&mut self, to: &mut Vec<u8>, row: Row<'_>) -> io::Result<()> {
        let begin = to.len();
        for (at, (_, cell)) in row.cells().enumerate() {
            separate(to, at);
            match cell {
                Cell::Null => {}
                Cell::Text(text) => self.text(to, &text),
                Cell::Json(text) => self.text(to, text),
                Cell::Number(number) => to.extend_from_slice(number.as_bytes()),
                Cell::Bool(value) => to.extend_from_slice(if value { b"true" } else { b"false" }),
                Cell::Time(time) => time.write_rfc3339(to)?,
            }
        }
        end(to, begin);
        Ok(())
    }

    fn text(&mut self, to: &mut Vec<u8>, text: &str) {
        if !self.guard {
            return field(to, text);
        }
        let guarded = guarded(text);
        self.guarded += u64::from(guarded.len() != text.len());
        field(to, &guarded);
    }
}

fn separate(to: &mut Vec<u8>, at: usize) {
    if at > 0 {
        to.push(b',');
    }
}

/// Ends a record. A record of one empty field is quoted, because readers skip empty lines.
fn end(to: &mut Vec<u8>, begin: usize) {
    if to.len() == begin {
        to.extend_from_slice(b"\"\"");
    }
    to.extend_from_slice(b"\r\n");
}

fn field(to: &mut Vec<u8>, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b'"' | b',' | b'\r' | b'\n')) {
        return to.extend_from_slice(text.as_bytes());
    }
    to.push(b'"');
    for (at, part) in text.split('"').enumerate() {
        if at > 0 {
            to.extend_from_slice(b"\"\"");
        }
        to.extend_from_slice(part.as_bytes());
    }
    to.push(b'"');
}
