//! `EscapingWriter`: a terminal as the output of an export, which no title may command.

use std::io::{self, Write};

use heygen_videos::export::Format;

use crate::env::Out;
use crate::output::format::{escaped, escaped_json};

/// Escapes what commands a terminal; takes whole lines at a time, as an export writes them.
pub(crate) struct EscapingWriter {
    out: Out,
    format: Format,
}

impl EscapingWriter {
    pub(crate) fn new(out: Out, format: Format) -> Self {
        Self { out, format }
    }

    fn shown(&self, text: &str) -> String {
        match self.format {
            Format::Csv => text.split_inclusive("\r\n").map(|line| shown(line, escaped)).collect(),
            _ => text.split_inclusive('\n').map(|line| shown(line, escaped_json)).collect(),
        }
    }
}

/// A line with its end as it is.
fn shown(line: &str, escape: fn(&str) -> String) -> String {
    let body = line.trim_end_matches(['\r', '\n']);
    escape(body) + &line[body.len()..]
}

impl Write for EscapingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = self.shown(&String::from_utf8_lossy(bytes));
        self.out.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
