//! Reads the lines of a finished spool.

use std::io::{self, BufRead};

use crate::export::error::{ExportError, ExportErrorKind};
use crate::record::{Row, RowReader};

/// Reads the lines of a spool one at a time into one buffer.
pub(super) struct SpoolLines<'a> {
    spool: &'a mut dyn BufRead,
    line: Vec<u8>,
    /// How many bytes the spool has, if that is known.
    pub(super) bytes: Option<u64>,
    /// How many lines have been read.
    pub(super) count: u64,
}

impl<'a> SpoolLines<'a> {
    pub(super) fn new(spool: &'a mut dyn BufRead, bytes: Option<u64>) -> Self {
        Self { spool, line: Vec::new(), bytes, count: 0 }
    }

    /// The next line, without its line feed.
    pub(super) fn next(&mut self) -> Result<Option<&str>, ExportError> {
        self.line.clear();
        let read = self.spool.read_until(b'\n', &mut self.line);
        if read.map_err(|error| ExportError::output("cannot read the saved videos", error))? == 0 {
            return Ok(None);
        }
        self.count += 1;
        let line = str::from_utf8(&self.line).ok().and_then(|line| line.strip_suffix('\n'));
        line.map(Some).ok_or_else(|| damaged(self.count))
    }

    /// Reads all remaining lines and passes each one on as a row.
    pub(super) fn each(
        &mut self,
        reader: &mut RowReader,
        on_record: &mut dyn FnMut(u64),
        mut write: impl FnMut(Row<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        loop {
            let line_number = self.count + 1;
            let Some(line) = self.next()? else { return Ok(()) };
            write(reader.read(line).map_err(|_| damaged(line_number))?)?;
            on_record(line_number);
        }
    }
}

fn damaged(line: u64) -> ExportError {
    let message = format!("the saved videos are damaged: line {line} is not a record");
    ExportError::new(ExportErrorKind::Mismatch, message).hint_at("restart the export")
}

/// The error for an output that cannot be written.
pub(super) fn cannot_write(error: io::Error) -> ExportError {
    ExportError::output("cannot write the output", error)
}
