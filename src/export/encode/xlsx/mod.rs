//! An Excel workbook, written from front to back in constant memory.
//!
//! `rust_xlsxwriter` is not used, because it first writes the rows to a temporary file and panics
//! when the disk is full. Our parts contain the same XML; a test compares the two.

mod links;
mod parts;
mod sheet;
mod xml;
mod zip;

#[cfg(test)]
mod oracle;

use std::fs::File;
use std::io::Write;

use flate2::Compression;

use self::sheet::{MAX_TEXT, RowError, SheetRows, TooLong};
use self::zip::{ZipArchive, ZipStream};
use super::encoding::{Encoded, Encoding};
use super::format::{MAX_SHEET_VIDEOS, does_not_fit};
use super::lines::{SpoolLines, cannot_write};
use crate::export::error::ExportError;
use crate::record::Time;

const MAX_COLUMNS: usize = 16_384;
/// How much XML is collected before it is compressed.
const BUFFER: usize = 64 * 1024;
/// The largest size of a sheet before compression.
const MAX_SHEET: u64 = u32::MAX as u64 - (1 << 24);

const SHEET: &str = "xl/worksheets/sheet1.xml";
const ADDRESSES: &str = "xl/worksheets/_rels/sheet1.xml.rels";

pub(super) fn encode(
    lines: &mut SpoolLines<'_>,
    encoding: &Encoding,
    out: File,
    on_record: &mut dyn FnMut(u64),
) -> Result<(File, Encoded), ExportError> {
    let mut archive = ZipArchive::new(out);
    add_parts(&mut archive, encoding.begun_at).map_err(cannot_write)?;
    let mut sheet = archive.begin(SHEET, Compression::new(3)).map_err(cannot_write)?;

    let mut reader = encoding.row_reader();
    if reader.columns().len() > MAX_COLUMNS {
        return Err(does_not_fit(format!("a .xlsx file has at most {MAX_COLUMNS} columns")));
    }
    let mut rows = SheetRows::new(reader.columns()).map_err(cannot_write)?;
    let mut buffer = Vec::with_capacity(BUFFER + 4096);
    rows.header(&mut buffer, reader.columns()).map_err(|error| refused(error, 0))?;
    let mut records = 0;
    lines.each(&mut reader, on_record, |row| {
        records += 1;
        if records > MAX_SHEET_VIDEOS {
            return Err(does_not_fit(format!(
                "a .xlsx file holds at most {MAX_SHEET_VIDEOS} videos"
            )));
        }
        rows.row(&mut buffer, records as u32 + 1, row).map_err(|error| refused(error, records))?;
        if buffer.len() >= BUFFER {
            write_part(&mut sheet, &mut buffer)?;
        }
        Ok(())
    })?;
    end_sheet(&mut buffer, &rows.links.cells);
    write_part(&mut sheet, &mut buffer)?;

    let mut archive = sheet.end().map_err(cannot_write)?;
    if let Some(addresses) = rows.links.into_addresses().map_err(cannot_write)? {
        archive.add_deflated(ADDRESSES, addresses).map_err(cannot_write)?;
    }
    let file = archive.finish().map_err(cannot_write)?;
    Ok((file, Encoded::new(records, 0, &reader, encoding)))
}

fn add_parts(archive: &mut ZipArchive, begun_at: i64) -> std::io::Result<()> {
    for (name, content) in parts::FIXED {
        archive.add(name, content.as_bytes())?;
    }
    let mut time = Vec::new();
    Time::of_seconds(begun_at).write_rfc3339(&mut time)?;
    archive.add("docProps/core.xml", parts::properties(&String::from_utf8_lossy(&time)).as_bytes())
}

fn end_sheet(buffer: &mut Vec<u8>, link_cells: &[u8]) {
    buffer.extend_from_slice(b"</sheetData>");
    if !link_cells.is_empty() {
        buffer.extend_from_slice(b"<hyperlinks>");
        buffer.extend_from_slice(link_cells);
        buffer.extend_from_slice(b"</hyperlinks>");
    }
    buffer.extend_from_slice(parts::SHEET_END.as_bytes());
}

fn write_part(sheet: &mut ZipStream, buffer: &mut Vec<u8>) -> Result<(), ExportError> {
    let data = sheet.data();
    if data.plain() + buffer.len() as u64 > MAX_SHEET {
        return Err(does_not_fit("a .xlsx file holds at most 4 GiB of text"));
    }
    data.write_all(buffer).map_err(cannot_write)?;
    buffer.clear();
    Ok(())
}

fn refused(error: RowError, record: u64) -> ExportError {
    match error {
        RowError::Io(error) => cannot_write(error),
        RowError::TooLong(TooLong { column, units }) => does_not_fit(format!(
            "the field {column:?} of video {record} has {units} characters, and a cell of a .xlsx \
             file holds {MAX_TEXT}"
        )),
    }
}
