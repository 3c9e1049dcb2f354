//! Times as whole seconds since the Unix epoch, and as text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Now, in seconds since the Unix epoch.
pub(crate) fn unix_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

/// Converts Unix seconds to a time. A time that the system cannot represent becomes the epoch.
pub(crate) fn system_time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = match seconds {
        0.. => UNIX_EPOCH.checked_add(distance),
        _ => UNIX_EPOCH.checked_sub(distance),
    };
    time.unwrap_or(UNIX_EPOCH)
}

/// The time as text in UTC, to the second; a time before the epoch is written as the epoch.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let stamp =
        i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    stamp.map_or_else(|| seconds.to_string(), |stamp| stamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_seconds_are_a_time_before_the_epoch() {
        assert_eq!(system_time(-5), UNIX_EPOCH - Duration::from_secs(5));
    }

    #[test]
    fn a_time_is_written_in_utc_to_the_second() {
        assert_eq!(rfc3339(system_time(1_759_560_467)), "2025-10-04T06:47:47Z");
        assert_eq!(rfc3339(system_time(-5)), "1970-01-01T00:00:00Z");
        assert!(unix_now() > 1_700_000_000);
    }
}
