//! Escapes the characters that could control or clutter a terminal, in text and in a stream.

use std::fmt::Write as _;
use std::io::{self, Write};

use heygen_videos::export::Format;
use unicode_width::UnicodeWidthChar;

use crate::env::Out;

/// The most zero-width marks that may follow a character. Some scripts and emoji use several; real
/// text does not use more than this.
const MAX_MARKS_IN_A_ROW: u32 = 4;

/// Whether a character can move the cursor, change colours, end a line, reorder text or be stacked
/// on other characters.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Combining marks that can follow any letter.
            '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
            // Direction marks.
            | '\u{61c}' | '\u{200e}' | '\u{200f}'
            // Line and paragraph separators, direction embeddings and overrides.
            | '\u{2028}'..='\u{202e}'
            // Direction isolates and older controls.
            | '\u{2066}'..='\u{206f}'
            // Annotations.
            | '\u{fff9}'..='\u{fffb}'
        )
}

/// The text, with dangerous characters as Rust escapes, such as `\u{1b}`.
pub(crate) fn escaped(text: &str) -> String {
    escape_dangerous(text, |c, safe| safe.extend(c.escape_default()))
}

/// A line of JSON, with dangerous characters as JSON escapes. The JSON value does not change.
fn escaped_json(line: &str) -> String {
    escape_dangerous(line, |c, safe| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string in memory cannot fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    })
}

fn escape_dangerous(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if is_dangerous(c) || marks > MAX_MARKS_IN_A_ROW {
            escape(c, &mut safe);
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Writes an export to a terminal and escapes dangerous characters.
///
/// Each write must consist of whole lines, as it does in an export.
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

/// Escapes each line and keeps the line endings.
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
        let title =
            "a\u{1b}]0;x\u{7}b\u{9b}2J\nc\u{202e}d\u{7f}\u{2028}e\u{200f}f\u{2069}g\u{61c}h\u{301}";
        for safe in [escaped(title), escaped_json(title)] {
            assert!(!safe.contains(is_dangerous), "{safe:?}");
        }
    }

    #[test]
    fn the_text_of_every_script_stays_readable() {
        for text in ["Grüße 製品 \"x\"", "नमस्ते हिन्दी", "สวัสดีชาวโลก", "❤️ 👨‍👩‍👧", "مرحبا", "שלום"]
        {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn more_marks_than_real_text_uses_are_escaped() {
        for mark in ['\u{300}', '\u{e31}', '\u{200b}'] {
            let safe = escaped(&format!("z{}", String::from(mark).repeat(5_000)));
            let raw = safe.chars().filter(|c| *c == mark).count();
            assert!(raw <= 4 && safe.len() > 20_000, "{mark:?}: {raw} raw");
        }
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let text = "a\u{1b}\u{9b}\u{7f}\u{202e}\u{2029}\u{301}\u{e0100}\u{e0100}\u{e0100}\u{e0100}\u{e0100}";
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
