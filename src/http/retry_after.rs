//! Reads the header `Retry-After`.

use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::{DATE, RETRY_AFTER};

/// A `Retry-After` beyond this is taken for a mistake and not believed.
const LONGEST_BELIEVED: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The response's `Retry-After`; a date in it is compared with the server's own clock, where it
/// tells the time.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name| response.headers().get(name)?.to_str().ok();
    let now = header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    parse_retry_after(header(RETRY_AFTER)?, now.unwrap_or_else(SystemTime::now))
}

/// Reads a `Retry-After` (RFC 9110, section 10.2.3): whole seconds, or any of the three forms of
/// an HTTP date, a past one being no wait.
///
/// `None` where it is neither, or absurd: the caller's own back-off applies then.
pub(crate) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(value.parse().ok()?)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    (wait <= LONGEST_BELIEVED).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_in_all_three_date_forms() {
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
    fn an_absurd_retry_after_is_not_believed() {
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
