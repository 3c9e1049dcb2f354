//! Text for people: what a terminal may be sent, columns, numbers, and quoting for a shell.

use std::fmt::Write;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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
pub(crate) fn escaped_json(line: &str) -> String {
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

/// A text in exactly so many columns: filled up with spaces, or cut with an ellipsis.
pub(crate) fn column(text: &str, columns: usize) -> String {
    let width = text.width();
    if width <= columns {
        return format!("{text}{}", " ".repeat(columns - width));
    }
    let (mut cut, mut used) = (String::new(), 0);
    for c in text.chars() {
        let width = c.width().unwrap_or_default();
        if used + width + 1 > columns {
            break;
        }
        cut.push(c);
        used += width;
    }
    // A wide character that did not fit leaves a column over.
    format!("{cut}…{}", " ".repeat(columns.saturating_sub(used + 1)))
}

/// A number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 page`, `2 pages`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let (one, more) = noun.split_once('|').unwrap_or((noun, noun));
    match number {
        1 => format!("1 {one}"),
        _ if one == more => format!("{} {one}s", count(number)),
        _ => format!("{} {more}", count(number)),
    }
}

/// A time as a person says it.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A number of bytes as a person says it.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1_000 => format!("{number} B"),
        1_000..1_000_000 => format!("{:.1} kB", number as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", number as f64 / 1e6),
        _ => format!("{:.1} GB", number as f64 / 1e9),
    }
}

/// A word as a POSIX shell reads it back.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
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

    #[test]
    fn a_column_is_as_wide_as_it_says() {
        for text in
            ["", "ab", "製品紹介", "製品紹介について", "a製品紹介", "abcdefghij", "abcdefgh"]
        {
            assert_eq!(column(text, 8).width(), 8, "{text}");
        }
        assert_eq!(column("製品紹介について", 8), "製品紹… ");
    }

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!([count(0), count(999), count(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!(counted(1, "page"), "1 page");
        assert_eq!(counted(2_500, "video"), "2,500 videos");
        assert_eq!(counted(1, "retry|retries"), "1 retry");
        assert_eq!(counted(0, "retry|retries"), "0 retries");
        assert_eq!(duration(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(3_725)), "1 h 02 min");
        assert_eq!(bytes(1_234_567), "1.2 MB");
    }

    #[test]
    fn a_shell_reads_a_quoted_word_back() {
        assert_eq!(quoted("videos.jsonl.gz"), "videos.jsonl.gz");
        assert_eq!(quoted("Q&A's $HOME"), r"'Q&A'\''s $HOME'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~/x"), "'~/x'");
    }
}
