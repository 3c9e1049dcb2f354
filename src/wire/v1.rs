//! The path and the envelope of v1.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::entries::{Entries, LISTED_TWICE, List};
use super::envelope::{Envelope, PageKey, raw};
use super::error_body::is_100;
use super::page::{Next, NotAPage, WirePage};
use super::token::token_text;
use crate::video::RawJson;

pub(super) const PATH: &str = "/v1/video.list";

/// The outermost object and its `data`, while they are read. An error body can have any type of
/// `data`; `decode` reads it again.
pub(super) struct V1Page<'de> {
    envelope: Envelope<'de>,
    has_data: bool,
    entries: Entries,
    token: Option<RawJson<'de>>,
    total: Option<RawJson<'de>>,
}

impl V1Page<'_> {
    pub(super) fn new(entries: Entries) -> Self {
        Self { envelope: Envelope::default(), has_data: false, entries, token: None, total: None }
    }

    pub(super) fn into_page(self) -> Result<WirePage, NotAPage> {
        let Self { envelope, entries, token, total, .. } = self;
        let code = envelope.code;
        let total = total.and_then(count);
        let no_page = match entries.list {
            _ if code.is_some_and(RawJson::is_null) => Some("'code' is null, not 100"),
            List::Array => None,
            // This is how an account without videos is listed.
            List::Null if code.is_some_and(is_100) && total == Some(0) => None,
            List::Null | List::Absent => Some("no array 'data.videos'"),
        };
        let next = token_text(token, "token").map(|token| token.map_or(Next::End, Next::Token));
        envelope.into_page(no_page, entries, next, total)
    }
}

impl<'de> DeserializeSeed<'de> for V1Page<'de> {
    type Value = Self;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for V1Page<'de> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                PageKey::Data if self.has_data => return Err(A::Error::custom(LISTED_TWICE)),
                PageKey::Data => {
                    self.has_data = true;
                    map.next_value_seed(Data(&mut self))?;
                }
                key => self.envelope.read(key, &mut map)?,
            }
        }
        Ok(self)
    }
}

/// The object `data`, or `null`.
struct Data<'a, 'de>(&'a mut V1Page<'de>);

impl<'de> DeserializeSeed<'de> for Data<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Data<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                PageKey::Videos => map.next_value_seed(&mut self.0.entries)?,
                PageKey::Token => self.0.token = Some(raw(&mut map)?),
                PageKey::Total => self.0.total = Some(raw(&mut map)?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Reads a count from a number or a numeric string. Anything else is ignored and fails no page.
fn count(json: RawJson<'_>) -> Option<u64> {
    let text = json.exact_text();
    let digits = text.as_deref().unwrap_or(json.0).trim();
    let digits = match digits.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        _ => digits,
    };
    digits.parse().ok()
}
