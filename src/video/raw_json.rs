//! `RawJson`: the text of one JSON value, read only as far as needed.

use std::borrow::Cow;

use serde_json::Value;

use super::lone_surrogates::replace_lone_surrogates;

/// The text of one valid JSON value, without white space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawJson<'a>(pub(crate) &'a str);

impl<'a> RawJson<'a> {
    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The text of a string; `None` for another value, and for a string with half a surrogate pair.
    pub(crate) fn exact_text(self) -> Option<Cow<'a, str>> {
        if self.has_escape() {
            return serde_json::from_str(self.0).ok().map(Cow::Owned);
        }
        self.within_quotes().map(Cow::Borrowed)
    }

    /// A string without its quotes, with its escapes as they are.
    #[inline]
    pub(super) fn within_quotes(self) -> Option<&'a str> {
        match self.0.as_bytes() {
            [b'"', .., _] => self.0.get(1..self.0.len() - 1),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn has_escape(self) -> bool {
        // The compiler turns this into comparisons of 16 bytes at a time. It does not do that for a
        // search that stops early.
        self.0.bytes().fold(false, |found, byte| found | (byte == b'\\'))
    }

    /// The text of a string, in which half a surrogate pair is U+FFFD; `None` for another value.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        self.exact_text().or_else(|| {
            let replaced = replace_lone_surrogates(self.0.as_bytes())?;
            serde_json::from_slice(&replaced).ok().map(Cow::Owned)
        })
    }

    /// A number, or a string that holds one.
    pub(crate) fn number(self) -> Option<f64> {
        self.numeric(|text| text.parse().ok())
    }

    /// Unix seconds from a number or a numeric string, if an `i64` can hold them.
    pub(crate) fn seconds(self) -> Option<i64> {
        self.numeric(|text| text.parse().ok().or_else(|| text.parse().ok().and_then(whole)))
    }

    /// Reads the text of a number, or of a string that may hold one.
    fn numeric<T>(self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        match self.0.as_bytes().first()? {
            b'"' => read(&self.exact_text()?),
            b'-' | b'0'..=b'9' => read(self.0),
            _ => None,
        }
    }

    /// The value; `None` if it has a number out of the range of `f64` or more than 127 levels.
    pub(crate) fn to_value(self) -> Option<Value> {
        serde_json::from_str(self.0).ok()
    }
}

/// The whole seconds of `value`, if an `i64` can hold them.
fn whole(value: f64) -> Option<i64> {
    // -2^63 is in the range of `i64`; 2^63 is the first float above it.
    (-(2f64.powi(63))..2f64.powi(63)).contains(&value).then_some(value as i64)
}
