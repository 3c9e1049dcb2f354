//! Reads a `Video` from JSON: known fields into the struct, unknown ones into `extra`.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{NULL_CREATED, NULL_FOLDER, NULL_STATUS, NULL_TITLE, NULL_TYPE, Video};

/// The beginning of the error for a video without an id.
pub(crate) const NO_VIDEO_ID: &str = "a video without a non-empty string for its id";

pub(crate) const V1_NAMES: Names = Names { id: "video_id", title: "video_title" };
pub(crate) const V3_NAMES: Names = Names { id: "id", title: "title" };

/// The two field names in which v1 and v3 differ. As a seed, it reads one video.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    id: &'static str,
    title: &'static str,
}

impl Names {
    pub(super) fn knows(self, name: &str) -> bool {
        self.field(name).is_some()
    }

    fn field(self, name: &str) -> Option<Field> {
        Some(match name {
            "status" => Field::Status,
            "created_at" => Field::Created,
            "type" => Field::Type,
            "folder_id" => Field::Folder,
            name if name == self.id => Field::Id,
            name if name == self.title => Field::Title,
            _ => return None,
        })
    }
}

enum Field {
    Id,
    Title,
    Status,
    Created,
    Type,
    Folder,
    Other(String),
}

/// What a known field held. A usable value is already written to the video: passing it on would
/// cost more than reading it.
enum FieldValue {
    Stored,
    Null,
    /// A value whose type the API does not document for this field.
    Unusable(Value),
}

impl FieldValue {
    /// Records in `video` what the field itself cannot hold.
    ///
    /// `has_unusable` says whether the video has any unusable value yet. If a name occurs several
    /// times, the last one counts, as in `serde_json::Value`.
    fn keep(self, video: &mut Video, has_unusable: &mut bool, name: &str, null: u8) {
        video.received.nulls &= !null;
        if *has_unusable {
            video.extra.remove(name);
        }
        match self {
            Self::Stored => {}
            Self::Null => video.received.nulls |= null,
            Self::Unusable(value) => {
                video.extra.insert(name.to_owned(), value);
                *has_unusable = true;
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Names {
    type Value = Video;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Video, D::Error> {
        let mut video = Video::new(String::new());
        deserializer.deserialize_map(VideoVisitor { names: self, video: &mut video })?;
        Ok(video)
    }
}

impl<'de> Deserialize<'de> for Video {
    /// Reads v1's field names, which are those that `Serialize` writes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        V1_NAMES.deserialize(deserializer)
    }
}

/// Reads one video straight to the end of a vector, so that it is not moved afterwards.
pub(crate) struct Push<'a> {
    pub(crate) names: Names,
    pub(crate) videos: &'a mut Vec<Video>,
}

impl<'de> DeserializeSeed<'de> for Push<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { names, videos } = self;
        let index = videos.len();
        videos.push(Video::new(String::new()));
        deserializer.deserialize_map(VideoVisitor { names, video: &mut videos[index] })
    }
}

struct VideoVisitor<'a> {
    names: Names,
    /// An empty video to fill in.
    video: &'a mut Video,
}

impl<'de> Visitor<'de> for VideoVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a video object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { names, video } = self;
        let mut has_unusable = false;
        while let Some(field) = map.next_key_seed(FieldSeed(names))? {
            match field {
                Field::Id => {
                    let mut id = None;
                    map.next_value_seed(TextSeed(&mut id))?;
                    video.video_id = id.unwrap_or_default();
                }
                Field::Title => {
                    let value = map.next_value_seed(TextSeed(&mut video.video_title))?;
                    value.keep(video, &mut has_unusable, "video_title", NULL_TITLE);
                }
                Field::Status => {
                    let value = map.next_value_seed(TextSeed(&mut video.status))?;
                    value.keep(video, &mut has_unusable, "status", NULL_STATUS);
                }
                Field::Type => {
                    let value = map.next_value_seed(TextSeed(&mut video.video_type))?;
                    value.keep(video, &mut has_unusable, "type", NULL_TYPE);
                }
                Field::Folder => {
                    let value = map.next_value_seed(TextSeed(&mut video.folder_id))?;
                    value.keep(video, &mut has_unusable, "folder_id", NULL_FOLDER);
                }
                Field::Created => {
                    let mut received = None;
                    let seconds =
                        SecondsSeed { to: &mut video.created_at, received: &mut received };
                    let value = map.next_value_seed(seconds)?;
                    value.keep(video, &mut has_unusable, "created_at", NULL_CREATED);
                    video.received.created_at = video.created_at.zip(received).map(Box::new);
                }
                Field::Other(name) => {
                    let value = map.next_value()?;
                    video.extra.insert(name, value);
                }
            }
        }
        if video.video_id.is_empty() {
            return Err(A::Error::custom(NO_VIDEO_ID));
        }
        Ok(())
    }
}

/// Reads a field's name; only an unknown name is allocated.
struct FieldSeed(Names);

impl<'de> DeserializeSeed<'de> for FieldSeed {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldSeed {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
        Ok(self.0.field(name).unwrap_or_else(|| Field::Other(name.to_owned())))
    }
}

/// Reads a text field straight into the video; any other value is returned as unusable.
struct TextSeed<'a, T>(&'a mut Option<T>);

impl<'de, T> DeserializeSeed<'de> for TextSeed<'_, T>
where
    T: From<String> + for<'a> From<&'a str>,
{
    type Value = FieldValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FieldValue, D::Error> {
        *self.0 = None;
        deserializer.deserialize_any(self)
    }
}

/// The visitor methods for JSON values that are unusable for most known fields; `$keep` handles
/// those values.
macro_rules! unusable_visits {
    ($($visit:ident: $type:ty),*; $keep:expr) => {
        $(fn $visit<E: Error>(self, value: $type) -> Result<FieldValue, E> {
            Ok($keep(self, Value::from(value)))
        })*

        fn visit_unit<E: Error>(self) -> Result<FieldValue, E> {
            Ok(FieldValue::Null)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<FieldValue, A::Error> {
            Value::deserialize(SeqAccessDeserializer::new(seq)).map(|value| $keep(self, value))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FieldValue, A::Error> {
            Value::deserialize(MapAccessDeserializer::new(map)).map(|value| $keep(self, value))
        }
    };
}

impl<'de, T> Visitor<'de> for TextSeed<'_, T>
where
    T: From<String> + for<'a> From<&'a str>,
{
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FieldValue, E> {
        *self.0 = Some(T::from(text));
        Ok(FieldValue::Stored)
    }

    fn visit_string<E: Error>(self, text: String) -> Result<FieldValue, E> {
        *self.0 = Some(T::from(text));
        Ok(FieldValue::Stored)
    }

    unusable_visits!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64;
        |_, value| FieldValue::Unusable(value));
}

/// Reads Unix seconds from an integer, a float or a numeric string.
struct SecondsSeed<'a> {
    to: &'a mut Option<i64>,
    /// What was received, if it was not a plain integer.
    received: &'a mut Option<Value>,
}

impl SecondsSeed<'_> {
    fn store(self, seconds: Option<i64>, received: Value) -> FieldValue {
        *self.to = seconds;
        if seconds.is_none() {
            return FieldValue::Unusable(received);
        }
        *self.received = Some(received);
        FieldValue::Stored
    }
}

/// The whole seconds of `value`, if an `i64` can hold them.
fn whole(value: f64) -> Option<i64> {
    // -2^63 is in the range of `i64`; 2^63 is the first float above it.
    (-(2f64.powi(63))..2f64.powi(63)).contains(&value).then_some(value as i64)
}

impl<'de> DeserializeSeed<'de> for SecondsSeed<'_> {
    type Value = FieldValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FieldValue, D::Error> {
        *self.to = None;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SecondsSeed<'_> {
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unix seconds or null")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<FieldValue, E> {
        *self.to = Some(seconds);
        Ok(FieldValue::Stored)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<FieldValue, E> {
        match i64::try_from(seconds) {
            Ok(seconds) => self.visit_i64(seconds),
            Err(_) => Ok(self.store(None, seconds.into())),
        }
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<FieldValue, E> {
        Ok(self.store(whole(seconds), seconds.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FieldValue, E> {
        let seconds = text.parse().ok().or_else(|| text.parse().ok().and_then(whole));
        Ok(self.store(seconds, text.into()))
    }

    // With serde_json's feature `arbitrary_precision`, a float arrives as a map. Any other crate of
    // the build can turn that feature on.
    unusable_visits!(visit_bool: bool; |this: Self, value| match value {
        Value::Number(number) => this.store(number.as_f64().and_then(whole), number.into()),
        value => FieldValue::Unusable(value),
    });
}
