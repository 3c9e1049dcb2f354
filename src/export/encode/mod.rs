//! Turns videos into the bytes of a format; knows no files.

mod compress;
mod csv;
mod format;

use std::io;

use self::csv::CsvRecords;
use crate::record::{COLUMNS, drop_presigned, write_json_line};
use crate::video::Video;

pub(crate) use compress::compress;
pub use format::{Compression, Format};

/// Writes videos in the format that was chosen.
#[derive(Debug, Clone)]
pub(crate) struct Encoder {
    pub(crate) format: Format,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) csv_guard: bool,
    pub(crate) keep_urls: bool,
}

impl Encoder {
    /// Appends what the output begins with: the header line of a CSV.
    pub(crate) fn begin(&self, to: &mut Vec<u8>) -> io::Result<()> {
        match self.format {
            Format::Jsonl => Ok(()),
            Format::Csv => self.csv().header(to),
        }
    }

    /// Appends videos; drops their presigned URLs first, unless those are kept.
    pub(crate) fn write(&self, to: &mut Vec<u8>, videos: &mut [Video]) -> io::Result<()> {
        if !self.keep_urls {
            videos.iter_mut().for_each(drop_presigned);
        }
        match self.format {
            Format::Jsonl => {
                let fields = self.fields.as_deref();
                videos.iter().try_for_each(|video| write_json_line(to, video, fields))
            }
            Format::Csv => self.csv().write(to, videos),
        }
    }

    fn csv(&self) -> CsvRecords<'_> {
        let columns = match &self.fields {
            Some(fields) => fields.iter().map(String::as_str).collect(),
            None => COLUMNS.to_vec(),
        };
        CsvRecords { columns, guard: self.csv_guard }
    }
}
