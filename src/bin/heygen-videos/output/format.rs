//! Text for people: what a terminal may be sent, columns, numbers, and quoting for a shell.

use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
