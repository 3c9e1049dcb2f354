//! Escapes the characters that could control a terminal, in text and in a stream.

use std::fmt::Write as _;
use std::io::{self, Write};

use heygen_videos::export::Format;

use crate::env::Out;

/// Whether a character can move the cursor, change colours, end a line or reorder text.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Direction marks.
            '\u{200e}' | '\u{200f}'
            // Line and paragraph separators, direction embeddings and overrides.
            | '\u{2028}'..='\u{202e}'
            // Direction isolates.
            | '\u{2066}'..='\u{2069}'
        )
}

/// The text with its dangerous characters as Rust escapes, such as `\u{1b}`.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_dangerous(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A line of JSON with its dangerous characters as JSON escapes; its value does not change.
fn escaped_json(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    for c in line.chars() {
        if is_dangerous(c) {
            // Four digits are enough for every dangerous character.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Writes an export to a terminal with its dangerous characters escaped.
///
/// Each write has to consist of whole lines, as the writes of an export do.
pub(crate) struct EscapingWriter {
    out: Out,
    format: Format,
}

impl EscapingWriter {
    pub(crate) fn new(out: Out, format: Format) -> Self {
        Self { out, format }
    }

    fn escape(&self, text: &str) -> String {
        match self.format {
            Format::Csv => escape_lines(text, "\r\n", escaped),
            _ => escape_lines(text, "\n", escaped_json),
        }
    }
}

/// Escapes each line and keeps the line ends.
fn escape_lines(text: &str, line_end: &str, escape: fn(&str) -> String) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split_inclusive(line_end) {
        let body = line.trim_end_matches(['\r', '\n']);
        safe.push_str(&escape(body));
        safe.push_str(&line[body.len()..]);
    }
    safe
}

impl Write for EscapingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = self.escape(&String::from_utf8_lossy(bytes));
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
    fn no_dangerous_character_is_left() {
        let title = "a\u{1b}]0;x\u{7}b\u{9b}2J\nc\u{202e}d\u{7f}\u{2028}e\u{200f}f\u{2069}";
        for safe in [escaped(title), escaped_json(title)] {
            assert!(!safe.contains(is_dangerous), "{safe:?}");
        }
        assert_eq!(escaped("Grüße 製品 \"x\""), "Grüße 製品 \"x\"");
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let text = "a\u{1b}\u{9b}\u{7f}\u{202e}\u{2029}";
        let line = serde_json::to_string(text).unwrap();
        let value: String = serde_json::from_str(&escaped_json(&line)).unwrap();
        assert_eq!(value, text);
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        assert_eq!(escape_lines("a\u{7}\r\nb\r\n", "\r\n", escaped), "a\\u{7}\r\nb\r\n");
        assert_eq!(escape_lines("a\u{7}\nb", "\n", escaped_json), "a\\u0007\nb");
    }
}
