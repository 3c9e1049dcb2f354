//! `Encoder`: encodes videos as they arrive, for a pipe or for the spool of a file.

use std::io;

use super::csv::CsvRows;
use super::encoding::Encoding;
use super::format::Format;
use crate::api_version::ApiVersion;
use crate::record::{LineWriter, RowReader, Shape};
use crate::video::Video;

/// Writes videos as JSON lines, which is also the form of a spool, or as CSV.
#[derive(Debug)]
pub(crate) struct Encoder {
    lines: LineWriter,
    table: Option<StreamTable>,
}

/// The columns of a CSV stream. Rows are made from the JSON lines of the videos, so that a pipe and
/// a file get the same bytes.
#[derive(Debug)]
struct StreamTable {
    reader: RowReader,
    /// `None` for JSON lines.
    csv: Option<CsvRows>,
    bom: bool,
    line: Vec<u8>,
}

impl Encoder {
    /// An encoder for the lines of a spool, with all fields.
    pub(crate) fn spool(shape: Shape, keep_urls: bool) -> Self {
        Self { lines: LineWriter::new(shape, keep_urls), table: None }
    }

    /// An encoder for a pipe.
    pub(crate) fn stream(encoding: &Encoding, shape: Shape, keep_urls: bool) -> Self {
        let csv = (encoding.format == Format::Csv).then(|| CsvRows::new(encoding.csv_guard));
        let is_table = csv.is_some() || encoding.fields.is_some();
        let table = is_table.then(|| StreamTable {
            reader: encoding.row_reader(),
            csv,
            bom: encoding.bom,
            line: Vec::new(),
        });
        Self { lines: LineWriter::new(shape, keep_urls), table }
    }

    /// Appends the beginning of the output: the header line of a CSV.
    pub(crate) fn begin(&mut self, to: &mut Vec<u8>) {
        if let Some(StreamTable { reader, csv: Some(csv), bom, .. }) = &mut self.table {
            csv.header(to, reader.columns(), *bom);
        }
    }

    /// Appends videos that were received from this version of the API.
    pub(crate) fn write(
        &mut self,
        to: &mut Vec<u8>,
        videos: &[Video],
        api: ApiVersion,
    ) -> io::Result<()> {
        self.lines.set_v3_names(api == ApiVersion::V3);
        let Some(table) = &mut self.table else {
            return videos.iter().try_for_each(|video| self.lines.write(to, video));
        };
        for video in videos {
            table.line.clear();
            self.lines.write(&mut table.line, video)?;
            let line = str::from_utf8(&table.line).map_err(io::Error::other)?;
            let row = table.reader.read(line.trim_end_matches('\n'));
            let row = row.map_err(|_| io::Error::other("a video that is not a record"))?;
            match &mut table.csv {
                Some(csv) => csv.row(to, row)?,
                None => row.write_json_line(to),
            }
        }
        Ok(())
    }

    /// How many presigned URLs were left out.
    pub(crate) fn dropped_urls(&self) -> u64 {
        self.lines.dropped_urls
    }

    /// How many CSV cells looked like a formula and got an apostrophe.
    pub(crate) fn guarded(&self) -> u64 {
        self.table.as_ref().and_then(|table| table.csv.as_ref()).map_or(0, |csv| csv.guarded)
    }

    /// The named fields that no video had.
    pub(crate) fn unseen(&self) -> Vec<String> {
        self.table.as_ref().map_or(Vec::new(), |table| table.reader.unseen())
    }
}
