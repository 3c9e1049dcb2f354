//! `Time`: a point in time that every format can write.

use std::io::{self, Write};

use jiff::Timestamp;

/// A point in time in the years 1 to 9999, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    pub(crate) milliseconds: i64,
}

/// From 0001-01-01 to 9999-12-30T22:00:00, the latest time that jiff supports.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_207_200_000;

impl Time {
    /// Parses Unix seconds, as a JSON number or as text, or an RFC 3339 time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let milliseconds = match text.parse::<i64>() {
            Ok(seconds) => seconds.checked_mul(1_000)?,
            Err(_) => match text.parse::<f64>() {
                // The cast saturates beyond the range of `i64`. The range check below rejects such
                // values.
                Ok(seconds) if seconds.is_finite() => (seconds * 1_000.0).round() as i64,
                Ok(_) => return None,
                Err(_) => text.parse::<Timestamp>().ok()?.as_millisecond(),
            },
        };
        RANGE.contains(&milliseconds).then_some(Self { milliseconds })
    }

    /// The time at these Unix seconds, clamped to the supported range.
    #[cfg(feature = "xlsx")]
    pub(crate) fn of_seconds(seconds: i64) -> Self {
        let milliseconds = seconds.saturating_mul(1_000).clamp(*RANGE.start(), *RANGE.end());
        Self { milliseconds }
    }

    /// Whole seconds since the Unix epoch.
    pub(crate) fn seconds(self) -> i64 {
        self.milliseconds.div_euclid(1_000)
    }

    /// Writes the time in RFC 3339 format, in UTC: `2025-10-04T06:47:47Z`.
    pub(crate) fn write_rfc3339(self, to: &mut impl Write) -> io::Result<()> {
        match Timestamp::from_millisecond(self.milliseconds) {
            Ok(time) => write!(to, "{time}"),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_from_each_form_and_written_in_one() {
        for (text, written) in [
            ("1759560467", Some("2025-10-04T06:47:47Z")),
            ("1759560467.25", Some("2025-10-04T06:47:47.25Z")),
            ("1.759560467e9", Some("2025-10-04T06:47:47Z")),
            ("2025-10-04T08:47:47+02:00", Some("2025-10-04T06:47:47Z")),
            ("-1", Some("1969-12-31T23:59:59Z")),
            ("-62135596800", Some("0001-01-01T00:00:00Z")),
            ("253402207200", Some("9999-12-30T22:00:00Z")),
            ("253402207201", None),
            ("-62135596801", None),
            ("1e400", None),
            ("NaN", None),
            ("9223372036854775807", None),
            ("yesterday", None),
            ("", None),
        ] {
            let time = Time::parse(text);
            let read = time.map(|time| {
                let mut read = Vec::new();
                time.write_rfc3339(&mut read).unwrap();
                String::from_utf8(read).unwrap()
            });
            assert_eq!(read.as_deref(), written, "{text}");
        }
    }
}
