//! Formats columns, counts and times for people.

use std::time::{Duration, SystemTime};

use indicatif::HumanCount;
use jiff::Timestamp;
use unicode_width::UnicodeWidthChar;

/// Now. `Timestamp::now` panics if the clock of the machine is far off.
pub(crate) fn now() -> Timestamp {
    clamped(SystemTime::now())
}

/// The time, or the latest one that can be written.
fn clamped(time: SystemTime) -> Timestamp {
    let is_early = time < SystemTime::UNIX_EPOCH;
    let limit = if is_early { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::try_from(time).unwrap_or(limit)
}

/// Pads or cuts the text to the given width in columns. An ellipsis shows that it was cut.
pub(crate) fn column(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let rest = columns.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', rest));
    text
}

/// Cuts the text to at most this many columns. An ellipsis shows that it was cut.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
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
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// The width of the text on a terminal that measures each character separately.
fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or_default()).sum()
}

/// A count with its singular or plural noun: `1 page`, `2,500 pages`.
pub(crate) fn counted(number: u64, singular: &str, plural: &str) -> String {
    let noun = if number == 1 { singular } else { plural };
    format!("{} {noun}", HumanCount(number))
}

/// What a listing cost: `3 pages, 4 requests, 1 retry`.
pub(crate) fn cost(pages: u64, requests: u64, retries: u64) -> String {
    let pages = counted(pages, "page", "pages");
    let requests = counted(requests, "request", "requests");
    format!("{pages}, {requests}, {}", counted(retries, "retry", "retries"))
}

/// A duration in units that suit its length: `1.2 s`, `3 min 05 s`, `1 h 02 min`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_the_given_width() {
        for text in
            ["", "ab", "製品紹介", "製品紹介について", "a製品紹介", "abcdefghij", "abcdefgh"]
        {
            assert_eq!(width(&column(text, 8)), 8, "{text}");
        }
        assert_eq!(
            (cut("ab", 0), cut("ab", 1), cut("ab", 2)),
            ("".into(), "…".into(), "ab".into())
        );
        assert_eq!(column("製品紹介について", 8), "製品紹… ");
    }

    #[test]
    fn a_clock_that_is_far_off_is_written_as_the_nearest_time() {
        let at = |seconds: i64| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let epoch = SystemTime::UNIX_EPOCH;
            let time = if seconds < 0 { epoch - distance } else { epoch + distance };
            format!("{:.0}", clamped(time))
        };
        assert_eq!(at(1_759_560_467), "2025-10-04T06:47:47Z");
        assert_eq!(at(-3_000_000_000), "1874-12-07T18:40:00Z");
        assert_eq!(at(400_000_000_000), "9999-12-30T22:00:00Z");
        assert_eq!(at(-400_000_000_000), "-009999-01-02T01:59:59Z");
    }

    #[test]
    fn numbers_and_times_are_easy_to_read() {
        assert_eq!(counted(1, "page", "pages"), "1 page");
        assert_eq!(counted(2_500, "video", "videos"), "2,500 videos");
        assert_eq!(counted(0, "retry", "retries"), "0 retries");
        assert_eq!(duration(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(65)), "1 min 05 s");
        assert_eq!(duration(Duration::from_secs(3_725)), "1 h 02 min");
    }
}
