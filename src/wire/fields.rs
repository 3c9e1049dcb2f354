//! `pick`: some fields of a JSON object as text, whatever the others hold.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::video::RawJson;

/// The values of these fields; `None` if the text is not an object.
///
/// If a name occurs several times, the last one counts.
pub(super) fn pick<'de, const N: usize>(
    json: &'de str,
    names: [&str; N],
) -> Option<[Option<RawJson<'de>>; N]> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let fields = reader.deserialize_map(Fields { names, found: [None; N] }).ok()?;
    reader.end().ok()?;
    Some(fields)
}

struct Fields<'de, 'n, const N: usize> {
    names: [&'n str; N],
    found: [Option<RawJson<'de>>; N],
}

impl<'de, const N: usize> Visitor<'de> for Fields<'de, '_, N> {
    type Value = [Option<RawJson<'de>>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(at) = map.next_key_seed(WantedName(&self.names))? {
            match at {
                Some(at) => self.found[at] = Some(RawJson(map.next_value::<&RawValue>()?.get())),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(self.found)
    }
}

/// Reads a name as its index in the list of wanted names.
struct WantedName<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for WantedName<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for WantedName<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|wanted| *wanted == name))
    }
}
