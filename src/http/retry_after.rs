//! Reads the `Retry-After` header.

use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::{DATE, RETRY_AFTER};

/// A longer `Retry-After` is taken for a mistake and ignored.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The wait that the response asks for. A date is compared with the server's clock if the response
/// has a `Date`, otherwise with ours.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name| response.headers().get(name)?.to_str().ok();
    let now = header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    parse_retry_after(header(RETRY_AFTER)?, now.unwrap_or_else(SystemTime::now))
}

/// Reads a `Retry-After` (RFC 9110, section 10.2.3): whole seconds, or an HTTP date in any of its
/// three forms. A past date means no wait.
///
/// `None` if it is neither or longer than a year. Then the caller's own delay applies.
pub(crate) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(value.parse().ok()?)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    (wait <= LONGEST).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn seconds_and_all_three_date_forms_are_read() {
        let now = at(784_111_767);
        for (value, seconds) in [
            ("0", 0),
            ("120", 120),
            (" 7 ", 7),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 10),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 10),
            ("Sun Nov  6 08:49:37 1994", 10),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ] {
            let wait = parse_retry_after(value, now);
            assert_eq!(wait, Some(Duration::from_secs(seconds)), "{value}");
        }
    }

    #[test]
    fn invalid_and_overlong_values_are_ignored() {
        for value in [
            "",
            "-1",
            "+5",
            "1.5",
            "1e3",
            "31536001",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999999999",
            "soon",
            "Sun, 06 Nov 9994 08:49:37 GMT",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "\u{0}",
            "١٢",
        ] {
            assert_eq!(parse_retry_after(value, at(784_111_767)), None, "{value:?}");
        }
    }
}
