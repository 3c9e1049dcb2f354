//! Gets the JSON text of a value from any deserializer.

use std::fmt;

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::raw_json::RawJson;

/// A value that was read as its JSON text.
pub(crate) trait RawText<'de>: Deserialize<'de> {
    fn json(&self) -> RawJson<'_>;
}

/// For JSON in memory: nothing is copied.
impl<'de> RawText<'de> for &'de RawValue {
    fn json(&self) -> RawJson<'_> {
        RawJson(self.get())
    }
}

/// For any deserializer. `RawValue` alone works only with the deserializers of `serde_json`. It
/// fails in an untagged enum and in other formats.
pub(super) struct AnyText(Box<RawValue>);

impl<'de> RawText<'de> for AnyText {
    fn json(&self) -> RawJson<'_> {
        RawJson(self.0.get())
    }
}

impl<'de> Deserialize<'de> for AnyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(OrValue(deserializer)).map(Self)
    }
}

/// Asks the deserializer for raw JSON text, as `RawValue` does. If the deserializer cannot give it,
/// reads a `Value` and uses its text.
struct OrValue<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for OrValue<D> {
    type Error = D::Error;

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, OrValueVisitor { name, visitor })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct OrValueVisitor<V> {
    name: &'static str,
    visitor: V,
}

impl<'de, V: Visitor<'de>> OrValueVisitor<V> {
    fn visit<E: Error>(self, value: Value) -> Result<V::Value, E> {
        value.deserialize_newtype_struct(self.name, self.visitor).map_err(E::custom)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for OrValueVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    /// `serde_json` calls this method, and passes the raw text as a map.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(map)
    }

    /// Other deserializers call this method or one of those below.
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        let value = Value::deserialize(deserializer)?;
        self.visit(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(seq))?;
        self.visit(value)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<V::Value, E> {
        self.visit(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.visit(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.visit(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        self.visit(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        self.visit(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visit(Value::Null)
    }
}
