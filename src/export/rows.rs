//! Videos into bytes: what all formats share.

use std::io;

use super::csv::Records;
use super::format::Format;
use crate::record::{COLUMNS, drop_presigned, write_json_line};
use crate::video::Video;

/// How videos become bytes.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) format: Format,
    pub(super) fields: Option<Vec<String>>,
    pub(super) csv_guard: bool,
    pub(super) keep_urls: bool,
}

impl Rows {
    /// What a file begins with.
    pub(super) fn begin(&self, to: &mut Vec<u8>) -> io::Result<()> {
        match self.format {
            Format::Jsonl => Ok(()),
            Format::Csv => self.with_records(|records| records.header(to)),
        }
    }

    pub(super) fn write(&self, to: &mut Vec<u8>, videos: &mut [Video]) -> io::Result<()> {
        if !self.keep_urls {
            videos.iter_mut().for_each(drop_presigned);
        }
        match self.format {
            Format::Jsonl => {
                let fields = self.fields.as_deref();
                videos.iter().try_for_each(|video| write_json_line(to, video, fields))
            }
            Format::Csv => self.with_records(|records| records.write(to, videos)),
        }
    }

    fn with_records<T>(&self, write: impl FnOnce(Records<'_>) -> T) -> T {
        let guard = self.csv_guard;
        match &self.fields {
            Some(columns) => write(Records { columns, guard }),
            None => write(Records { columns: &COLUMNS.map(str::to_owned), guard }),
        }
    }
}
