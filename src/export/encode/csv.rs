//! CSV as in RFC 4180: a header line, CRLF, quotes where needed, times as in RFC 3339.

use std::borrow::Cow;
use std::io;
use std::iter;

use csv::{Terminator, WriterBuilder};
use jiff::Timestamp;

use crate::record::{Cell, cell};
use crate::video::Video;

/// Appends records; `guard` stops spreadsheets from running text as a formula.
pub(super) struct CsvRecords<'a> {
    pub(super) columns: Vec<&'a str>,
    pub(super) guard: bool,
}

impl CsvRecords<'_> {
    pub(super) fn header(&self, to: &mut Vec<u8>) -> io::Result<()> {
        let header = self.columns.iter().map(|name| self.guarded(name));
        write_records(to, iter::once(header))
    }

    pub(super) fn write(&self, to: &mut Vec<u8>, videos: &[Video]) -> io::Result<()> {
        let record = |video| self.columns.iter().map(move |name| self.field(video, name));
        write_records(to, videos.iter().map(record))
    }

    fn field<'v>(&self, video: &'v Video, name: &str) -> Cow<'v, str> {
        match cell(video, name) {
            Cell::Text(text) => self.guarded(text),
            Cell::Seconds(seconds) => match Timestamp::from_second(seconds) {
                Ok(instant) => instant.to_string().into(),
                // The time is out of range: the number says more than an empty field.
                Err(_) => seconds.to_string().into(),
            },
            Cell::Other(json) => match json.text() {
                Some(text) => self.guarded(&text).into_owned().into(),
                None if json.is_null() => "".into(),
                None => json.0.into(),
            },
            Cell::None => "".into(),
        }
    }

    /// Puts an apostrophe before text that a spreadsheet would run as a formula (OWASP, 'CSV
    /// Injection').
    fn guarded<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.guard && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            format!("'{text}").into()
        } else {
            text.into()
        }
    }
}

fn write_records<'v, R: Iterator<Item = Cow<'v, str>>>(
    to: &mut Vec<u8>,
    records: impl Iterator<Item = R>,
) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to);
    for record in records {
        for field in record {
            writer.write_field(field.as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
