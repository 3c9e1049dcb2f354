//! Value parsers for words, times, rates and shares.

use std::time::{Duration, SystemTime};

use clap::builder::{
    NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser,
};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// One of a few words. Each has a line for `--help` and the value that it selects.
pub(super) fn one_of<T, const N: usize>(
    words: [(&'static str, &'static str, T); N],
) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
{
    let listed = words.each_ref().map(|(word, help, _)| PossibleValue::new(*word).help(*help));
    PossibleValuesParser::new(listed).try_map(move |text| {
        let chosen = words.iter().find(|(word, ..)| *word == text);
        chosen.map(|(.., value)| value.clone()).ok_or("not one of the possible values")
    })
}

/// A duration such as `90s`, `10m`, `1h 30m` or, as in ISO 8601, `PT10M`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    if text.parse::<f64>().is_ok() {
        return Err("the unit is missing: write 90s, 10m or 2h".into());
    }
    let days = text.trim().strip_suffix('d').and_then(|days| days.trim().parse::<u32>().ok());
    if let Some(days) = days {
        return Ok(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    }
    let time: SignedDuration =
        text.parse().map_err(|_| "not a time such as 90s, 10m or 2h".to_owned())?;
    Duration::try_from(time).map_err(|_| "a time cannot be negative".into())
}

/// The earliest creation time of the videos that are selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SinceArg {
    pub(crate) time: SystemTime,
    /// The argument, if it is a duration before now.
    pub(crate) ago: Option<String>,
}

/// A day (from midnight UTC), an RFC 3339 time, or a duration before now.
pub(super) fn since(text: &str) -> Result<SinceArg, String> {
    if let Ok(ago) = duration(text) {
        let time = SystemTime::now().checked_sub(ago).ok_or_else(|| "too long ago".to_owned())?;
        return Ok(SinceArg { time, ago: Some(text.trim().to_owned()) });
    }
    let day = text.parse::<Date>().ok().filter(|_| text.trim().len() == 10);
    let time = match day {
        Some(day) => TimeZone::UTC.to_timestamp(day.to_datetime(Time::midnight())),
        None => text.parse::<Timestamp>(),
    };
    let wanted = "not a day such as 2026-11-24, a time such as 2026-11-24T18:00:00Z, or a time back \
                  from now such as 7d or 12h";
    let time = time.map_err(|_| wanted.to_owned())?;
    let time = SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(time.as_second().max(0).unsigned_abs()))
        .ok_or_else(|| wanted.to_owned())?;
    Ok(SinceArg { time, ago: None })
}

/// A number of requests per second.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if rate > 0.0 && rate.is_finite() { Ok(rate) } else { Err("must be above 0".into()) }
}

/// A share from 0 to 1.
pub(super) fn share() -> impl TypedValueParser<Value = f64> {
    NonEmptyStringValueParser::new().try_map(|text| match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a number from 0 to 1"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_needs_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("100ms"), Ok(Duration::from_millis(100)));
        for wrong in ["90", "", "-5s", "soon", "5 parsecs"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn since_accepts_a_day_a_time_or_an_age() {
        let at = |seconds| {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            Ok(SinceArg { time, ago: None })
        };
        assert_eq!(since("2026-11-24"), at(1_795_478_400));
        assert_eq!(since("2026-11-24T01:00:00+01:00"), at(1_795_478_400));
        let day = Duration::from_secs(24 * 60 * 60);
        let SinceArg { time, ago } = since("1d").unwrap();
        let elapsed = time.elapsed().unwrap();
        assert!((day..day * 2).contains(&elapsed), "{elapsed:?}");
        assert_eq!(ago.as_deref(), Some("1d"));
        for wrong in ["yesterday", "2026-13-01", "24.11.2026", ""] {
            assert!(since(wrong).unwrap_err().contains("2026-11-24"), "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_positive() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "inf", "NaN", "fast"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
