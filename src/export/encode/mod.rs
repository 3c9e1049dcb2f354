//! Turns videos into the bytes of a format; knows no files.

mod compress;
mod csv;
mod format;

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Write};

use self::csv::CsvRecords;
use super::error::{ExportError, ExportErrorKind};
use crate::record::{COLUMNS, drop_presigned, write_json_line};
use crate::video::Video;

pub(crate) use compress::Compressor;
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
            videos.iter_mut().for_each(|video| {
                drop_presigned(video);
            });
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

/// What the finished file is to be.
#[derive(Debug, Clone)]
pub(crate) struct Encoding {
    pub(crate) format: Format,
    pub(crate) compression: Compression,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) csv_guard: bool,
    pub(crate) bom: bool,
    pub(crate) begun_at: i64,
}

/// What was encoded.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) records: u64,
    /// Cells that got an apostrophe.
    pub(crate) guarded: u64,
}

/// Encodes the lines of a spool; `on_record` gets the number of records so far.
pub(crate) fn encode_spool(
    spool: &mut dyn BufRead,
    encoding: &Encoding,
    out: File,
    on_record: &mut dyn FnMut(u64),
) -> Result<(File, Encoded), ExportError> {
    let failed = |error| ExportError::output("cannot encode the videos", error);
    let encoder = Encoder {
        format: encoding.format,
        fields: encoding.fields.clone(),
        csv_guard: encoding.csv_guard,
        keep_urls: true,
    };
    let out = BufWriter::with_capacity(128 << 10, out);
    let mut to = Compressor::new(encoding.compression, out).map_err(failed)?;
    let (mut bytes, mut line, mut records) = (Vec::new(), Vec::new(), 0);
    if encoding.bom && encoding.format == Format::Csv {
        bytes.extend_from_slice("\u{feff}".as_bytes());
    }
    encoder.begin(&mut bytes).map_err(failed)?;
    while spool.read_until(b'\n', &mut line).map_err(failed)? > 0 {
        let video: Video = serde_json::from_slice(&line).map_err(|_| {
            let message = format!("line {} of the saved videos is no video", records + 1);
            ExportError::new(ExportErrorKind::Output, message)
        })?;
        encoder.write(&mut bytes, &mut [video]).map_err(failed)?;
        records += 1;
        on_record(records);
        if bytes.len() > 64 << 10 {
            to.write_all(&bytes).map_err(failed)?;
            bytes.clear();
        }
        line.clear();
    }
    to.write_all(&bytes).map_err(failed)?;
    let out = to.into_inner();
    let out = out.and_then(|out| out.into_inner().map_err(io::IntoInnerError::into_error));
    Ok((out.map_err(failed)?, Encoded { records, guarded: 0 }))
}
