//! `Extra`: the unknown fields of a video, as JSON text.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::extra_builder::{ExtraBuilder, split_field};
use super::raw_json::RawJson;

/// The unknown fields of a video, as the JSON text that was received: fields that this crate does
/// not read, and known fields whose value has an undocumented type.
///
/// A value is parsed only when it is requested. So a number keeps all its digits, and a large or
/// deeply nested value costs no more memory than its text.
///
/// The text is the one that was received, with two exceptions. White space between the tokens of an
/// array or object is left out, so that a value is always one line. Half a surrogate pair is
/// written as `\ufffd`. If several fields have the same name, the last one is kept. Two `Extra` are
/// equal if they have the same names with the same text, in any order.
///
/// ```
/// use heygen_videos::Video;
///
/// let video: Video = serde_json::from_str(
///     r#"{"video_id":"a1","asset":123456789012345678901234567890,"tags":["x", "y"]}"#,
/// )?;
/// assert_eq!(video.extra.get("tags").unwrap()[1], "y");
/// assert_eq!(video.extra.get_raw("asset"), Some("123456789012345678901234567890"));
/// assert_eq!(video.extra.iter().last(), Some(("tags", r#"["x","y"]"#)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Extra {
    /// The fields one after another, in the form that `ExtraBuilder` describes.
    fields: Box<str>,
}

impl Extra {
    pub(super) fn from_fields(fields: Box<str>) -> Self {
        Self { fields }
    }

    /// The value of a field.
    ///
    /// `None` if there is no such field, or if its text cannot be a [`Value`]: a number is out of
    /// the range of `f64`, or arrays and objects are nested more than 127 levels deep.
    /// [`get_raw`](Self::get_raw) returns the text of such values, too. In a `Value` a long number
    /// has only the digits of an `f64`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        self.json(name)?.to_value()
    }

    /// The JSON text of a field.
    #[must_use]
    pub fn get_raw(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, json)| json)
    }

    pub(super) fn json(&self, name: &str) -> Option<RawJson<'_>> {
        self.get_raw(name).map(RawJson)
    }

    /// The names and the JSON texts of all fields, in the order in which they were received.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = &*self.fields;
        std::iter::from_fn(move || {
            let (name, json, after) = split_field(rest)?;
            rest = after;
            Some((name, json))
        })
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get_raw(name).is_some()
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Sets a field. A name of more than a million bytes is ignored.
    ///
    /// ```
    /// use heygen_videos::Video;
    ///
    /// let mut video = Video::new("a1");
    /// video.extra.insert("duration", 12.5);
    /// assert_eq!(serde_json::to_string(&video)?, r#"{"video_id":"a1","duration":12.5}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) {
        let mut builder = ExtraBuilder::default();
        self.iter().for_each(|(name, json)| builder.push(name, RawJson(json)));
        // If a name occurs twice, the last field is used.
        builder.push(name, RawJson(&value.into().to_string()));
        *self = Self::from_fields(builder.finish());
    }

    /// Keeps only the fields for which `keep` is true. The arguments are the name and the JSON
    /// text.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        let mut builder = ExtraBuilder::default();
        for (name, json) in self.iter().filter(|(name, json)| keep(name, json)) {
            builder.push(name, RawJson(json));
        }
        *self = Self::from_fields(builder.finish());
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        fn sorted(extra: &Extra) -> Vec<(&str, &str)> {
            let mut fields: Vec<_> = extra.iter().collect();
            fields.sort_unstable();
            fields
        }
        // The same fields have the same length in any order.
        self.fields == other.fields
            || (self.fields.len() == other.fields.len() && sorted(self) == sorted(other))
    }
}

impl Eq for Extra {}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, json) in self.iter() {
            map.entry(&name, &format_args!("{json}"));
        }
        map.finish()
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, json) in self.iter() {
            map.serialize_entry(name, &RawJson(json))?;
        }
        map.end()
    }
}
