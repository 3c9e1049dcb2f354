//! Reads the `Retry-After` header.

use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::{DATE, RETRY_AFTER};

/// A longer wait is reduced to this.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The wait that the response asks for. A date is compared with the server's clock if the response
/// has a `Date`, otherwise with ours. If there are several headers, the first that can be read is
/// used.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let headers = response.headers();
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok());
    let now = now.unwrap_or_else(SystemTime::now);
    let mut lines = headers.get_all(RETRY_AFTER).iter();
    lines.find_map(|line| parse_retry_after(line.to_str().ok()?, now))
}

/// Reads a `Retry-After` (RFC 9110, section 10.2.3): seconds, or an HTTP date in any of its three
/// forms. A past date means no wait, and more than a year counts as a year.
///
/// Servers also send two forms that the RFC does not allow: a fraction of a second, which is
/// rounded up, and a list, whose first value is used.
///
/// `None` if the value has none of these forms. Then the caller's own delay applies.
pub(crate) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    // Two of the three forms of a date contain a comma.
    let mut parts = value.splitn(3, ',');
    let first = parts.next()?.trim();
    let wait = seconds(first).or_else(|| {
        let with_comma = parts.next().map(|rest| format!("{first},{rest}"));
        let date = [with_comma.as_deref(), Some(first)].into_iter().flatten();
        let date = date.filter_map(|date| httpdate::parse_http_date(date.trim()).ok()).next()?;
        Some(date.duration_since(now).unwrap_or_default())
    })?;
    Some(wait.min(LONGEST))
}

/// Reads digits with an optional fraction, and rounds up to whole seconds.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let more = fraction.bytes().any(|digit| digit != b'0');
    // A number that is too large for `u64` is more than a year.
    let whole = whole.parse::<u64>().unwrap_or(u64::MAX);
    Some(Duration::from_secs(whole.saturating_add(more.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn seconds_and_all_three_forms_of_a_date_are_read() {
        let now = at(784_111_767);
        for (value, seconds) in [
            ("0", 0),
            ("120", 120),
            (" 7 ", 7),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 10),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 10),
            ("Sun Nov  6 08:49:37 1994", 10),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("2.5", 3),
            ("0.001", 1),
            ("3.0", 3),
            ("3, 3", 3),
            ("2.5,9", 3),
            ("4 , Sun, 06 Nov 1994 08:49:37 GMT", 4),
            ("Sun, 06 Nov 1994 08:49:37 GMT, 7", 10),
            ("Sun, 06 Nov 1994 08:49:37 GMT,Sun, 06 Nov 1994 08:00:00 GMT", 10),
            ("Sun Nov  6 08:49:37 1994, 7", 10),
            ("31536000", YEAR),
            ("31536001", YEAR),
            ("31536000.1", YEAR),
            ("18446744073709551615.9", YEAR),
            ("99999999999999999999999999", YEAR),
            ("Sun, 06 Nov 9994 08:49:37 GMT", YEAR),
        ] {
            let wait = parse_retry_after(value, now);
            assert_eq!(wait, Some(Duration::from_secs(seconds)), "{value}");
        }
    }

    const YEAR: u64 = 31_536_000;

    #[test]
    fn invalid_values_are_ignored() {
        for value in [
            "",
            ",",
            ",3",
            "-1",
            "+5",
            ".5",
            "5.",
            "1.2.3",
            "1e3",
            "0x10",
            "5 s",
            "soon",
            "soon, 3",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "\u{0}",
            "١٢",
        ] {
            assert_eq!(parse_retry_after(value, at(784_111_767)), None, "{value:?}");
        }
    }
}
