//! Writes `RawJson` with any serializer, without building a `Value`. JSON keeps every digit; a
//! binary format gets the nearest number that it can hold.

use std::fmt;
use std::io::Write;

use serde::de::{Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use super::raw_json::RawJson;

/// Arrays and objects are written part by part down to this level. Each level parses its text
/// again.
const MAX_DEPTH: u8 = 16;

impl Serialize for RawJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Nested { json: *self, depth: 0 }.serialize(serializer)
    }
}

/// A value within `depth` arrays and objects.
struct Nested<'a> {
    json: RawJson<'a>,
    depth: u8,
}

impl Serialize for Nested<'_> {
    /// Uses serde's own types where they hold the value exactly, because formats other than JSON do
    /// not understand `RawValue`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.json.0;
        match text.as_bytes().first() {
            Some(b'n') => return serializer.serialize_unit(),
            Some(b't' | b'f') => return serializer.serialize_bool(text == "true"),
            Some(b'"') => {
                if let Some(text) = self.json.exact_text() {
                    return serializer.serialize_str(&text);
                }
            }
            Some(b'[') if self.depth < MAX_DEPTH => {
                let mut seq = serializer.serialize_seq(None)?;
                let mut failed = None;
                let parts = Elements { to: &mut seq, depth: self.depth + 1, failed: &mut failed };
                let read = serde_json::Deserializer::from_str(text).deserialize_seq(parts);
                failed.map_or_else(|| read.map_err(S::Error::custom), Err)?;
                return seq.end();
            }
            Some(b'{') if self.depth < MAX_DEPTH => {
                let mut map = serializer.serialize_map(None)?;
                let mut failed = None;
                let parts = Members { to: &mut map, depth: self.depth + 1, failed: &mut failed };
                let read = serde_json::Deserializer::from_str(text).deserialize_map(parts);
                failed.map_or_else(|| read.map_err(S::Error::custom), Err)?;
                return map.end();
            }
            Some(b'-' | b'0'..=b'9') => {
                // An integer has no negative zero.
                if let Some(number) = text.parse().ok().filter(|_| text != "-0") {
                    return serializer.serialize_i64(number);
                }
                if let Ok(number) = text.parse() {
                    return serializer.serialize_u64(number);
                }
                let is_binary = !serializer.is_human_readable();
                let nearest = || text.parse().ok().filter(|n: &f64| is_binary && n.is_finite());
                if let Some(number) = exact_float(text).or_else(nearest) {
                    return serializer.serialize_f64(number);
                }
            }
            _ => {}
        }
        if !serializer.is_human_readable() {
            // A binary format would write a `RawValue` as a struct.
            return serializer.serialize_str(&self.json.text().unwrap_or(text.into()));
        }
        let json: &RawValue = serde_json::from_str(text).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

/// The float that `serde_json` writes as exactly this text.
fn exact_float(text: &str) -> Option<f64> {
    let number = text.parse().ok()?;
    let mut written = [0; 32];
    let mut rest = &mut written[..];
    serde_json::to_writer(&mut rest, &number).ok()?;
    rest.flush().ok()?;
    let unused = rest.len();
    (written[..written.len() - unused] == *text.as_bytes()).then_some(number)
}

/// Writes the elements of an array while they are read.
struct Elements<'a, S: SerializeSeq> {
    to: &'a mut S,
    depth: u8,
    /// The serializer's own error. It says more than the error that it causes here.
    failed: &'a mut Option<S::Error>,
}

impl<'de, S: SerializeSeq> Visitor<'de> for Elements<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(text) = seq.next_element::<&'de RawValue>()? {
            let element = Nested { json: RawJson(text.get()), depth: self.depth };
            if let Err(error) = self.to.serialize_element(&element) {
                *self.failed = Some(error);
                return Err(A::Error::custom(STOPPED));
            }
        }
        Ok(())
    }
}

/// Writes the members of an object while they are read.
struct Members<'a, S: SerializeMap> {
    to: &'a mut S,
    depth: u8,
    failed: &'a mut Option<S::Error>,
}

impl<'de, S: SerializeMap> Visitor<'de> for Members<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, text)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            let name = RawJson(name.get()).text().unwrap_or_default();
            let value = Nested { json: RawJson(text.get()), depth: self.depth };
            if let Err(error) = self.to.serialize_entry(&*name, &value) {
                *self.failed = Some(error);
                return Err(A::Error::custom(STOPPED));
            }
        }
        Ok(())
    }
}

/// The error that stops the reading after the serializer failed. It is never returned to a caller.
const STOPPED: &str = "the serializer failed";
