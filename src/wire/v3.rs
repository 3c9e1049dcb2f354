//! The path and the envelope of v3.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::entries::{Entries, List};
use super::envelope::{Envelope, PageKey, raw};
use super::page::{Next, NotAPage, WirePage};
use super::token::token_text;
use crate::video::RawJson;

pub(super) const PATH: &str = "/v3/videos";

/// The outermost object, while it is read.
pub(super) struct V3Page<'de> {
    envelope: Envelope<'de>,
    entries: Entries,
    has_more: Option<bool>,
    next_token: Option<RawJson<'de>>,
}

impl V3Page<'_> {
    pub(super) fn new(entries: Entries) -> Self {
        Self { envelope: Envelope::default(), entries, has_more: None, next_token: None }
    }

    pub(super) fn into_page(self) -> Result<WirePage, NotAPage> {
        let Self { envelope, entries, has_more, next_token } = self;
        let no_page = match entries.list {
            List::Array => None,
            // v3 may list an account without videos like this, as v1 does.
            List::Null if has_more == Some(false) => None,
            List::Null | List::Absent => Some("no array 'data'"),
        };
        let next = match has_more {
            Some(false) => Ok(Next::End),
            _ => token_text(next_token, "next_token").map(|token| match (has_more, token) {
                (_, Some(token)) => Next::Token(token),
                (Some(true), None) => Next::Missing,
                (_, None) => Next::End,
            }),
        };
        envelope.into_page(no_page, entries, next, None)
    }
}

impl<'de> DeserializeSeed<'de> for V3Page<'de> {
    type Value = Self;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for V3Page<'de> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                PageKey::Data => map.next_value_seed(&mut self.entries)?,
                PageKey::HasMore => self.has_more = map.next_value()?,
                PageKey::NextToken => self.next_token = Some(raw(&mut map)?),
                key => self.envelope.read(key, &mut map)?,
            }
        }
        Ok(self)
    }
}
