//! What a terminal may be sent: text and a writer that escape what would command it.

use std::fmt::Write as _;
use std::io::{self, Write};

use heygen_videos::export::Format;

use crate::env::Out;

/// Whether a character could move the cursor, change colours or turn the reading direction.
fn commands_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text that shows what it holds and does nothing else to a terminal.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if commands_a_terminal(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A line of JSON with the escapes that `serde_json` leaves out; it stays the same JSON.
fn escaped_json(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for c in line.chars() {
        if commands_a_terminal(c) {
            // All such characters fit into four digits.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_commands_a_terminal_is_left() {
        let title = "a\u{1b}]0;x\u{7}b\u{9b}2J\nc\u{202e}d\u{7f}";
        for shown in [escaped(title), escaped_json(title)] {
            assert!(!shown.chars().any(commands_a_terminal), "{shown:?}");
        }
        assert_eq!(escaped("Grüße 製品 \"x\""), "Grüße 製品 \"x\"");
    }

    #[test]
    fn harmless_json_is_the_same_json() {
        let line = serde_json::to_string("a\u{1b}\u{9b}\u{7f}\u{202e}").unwrap();
        let shown = escaped_json(&line);
        let back: String = serde_json::from_str(&shown).unwrap();
        assert_eq!(back, "a\u{1b}\u{9b}\u{7f}\u{202e}");
    }
}
