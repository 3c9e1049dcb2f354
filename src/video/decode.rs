//! Reads a `Video` from JSON: known fields into the struct, unknown ones into `extra`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::extra::Extra;
use super::extra_builder::ExtraBuilder;
use super::raw_json::RawJson;
use super::raw_text::{AnyText, RawText};
use super::{NULL_CREATED, NULL_FOLDER, NULL_STATUS, NULL_TITLE, NULL_TYPE, Video};

/// The beginning of the error for a video without an id.
pub(crate) const NO_VIDEO_ID: &str = "a video without a non-empty string for its id";

/// The error for a field name that `Extra` cannot hold.
const LONG_NAME: &str = "a field name of more than a million bytes";

/// Which names the id and the title of a video have: those of v1 or those of v3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    V1,
    V3,
}

impl Names {
    /// The name of the id.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::V1 => "video_id",
            Self::V3 => "id",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::V1 => "video_title",
            Self::V3 => "title",
        }
    }

    pub(super) fn knows(self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// This is called for every field. The names are constants, so no comparison calls `memcmp`.
    #[inline]
    fn field(self, name: &str) -> Option<Field> {
        Some(match name {
            "status" => Field::Status,
            "created_at" => Field::Created,
            "type" => Field::Type,
            "folder_id" => Field::Folder,
            "video_id" if self == Self::V1 => Field::Id,
            "video_title" if self == Self::V1 => Field::Title,
            "id" if self == Self::V3 => Field::Id,
            "title" if self == Self::V3 => Field::Title,
            _ => return None,
        })
    }
}

pub(super) enum Field {
    Id,
    Title,
    Status,
    Created,
    Type,
    Folder,
    /// An unknown field. Its name was already added to the builder of the extra fields.
    Other,
}

impl<'de> Deserialize<'de> for Video {
    /// Reads v1's field names, which are those that `Serialize` writes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut video = Self::new(String::new());
        let extra = &mut ExtraBuilder::default();
        deserializer.deserialize_map(VideoVisitor::<AnyText>::new(Names::V1, &mut video, extra))?;
        Ok(video)
    }
}

/// Reads each value of a video as a `T`, so that no value can fail the video or cost more memory
/// than its text.
pub(super) struct VideoVisitor<'a, T> {
    names: Names,
    /// An empty video to fill in.
    video: &'a mut Video,
    extra: &'a mut ExtraBuilder,
    /// The `NULL_*` bits of the known fields whose value was added to `extra`.
    odd: u8,
    text: PhantomData<T>,
}

impl<'a, T> VideoVisitor<'a, T> {
    pub(super) fn new(names: Names, video: &'a mut Video, extra: &'a mut ExtraBuilder) -> Self {
        extra.clear();
        Self { names, video, extra, odd: 0, text: PhantomData }
    }

    /// Records whether a known field is `null`, and adds a value that the field cannot hold to
    /// `extra`. If a name occurs several times, the last one counts, as in `serde_json::Value`.
    fn keep(&mut self, name: &str, bit: u8, value: FieldValue, json: RawJson<'_>) {
        self.video.nulls &= !bit;
        if value == FieldValue::Null {
            self.video.nulls |= bit;
        }
        if value == FieldValue::Odd {
            self.extra.push(name, json);
            self.odd |= bit;
        } else if self.odd & bit != 0 {
            self.extra.remove(name);
        }
    }
}

#[derive(PartialEq)]
enum FieldValue {
    Stored,
    Null,
    /// Of a type that the API does not document for this field.
    Odd,
}

fn read_text<T>(json: RawJson<'_>, to: &mut Option<T>) -> FieldValue
where
    T: From<String> + for<'a> From<&'a str>,
{
    *to = match json.within_quotes() {
        Some(text) if !json.has_escape() => Some(T::from(text)),
        Some(_) => json.text().map(|text| T::from(text.into_owned())),
        None if json.is_null() => {
            *to = None;
            return FieldValue::Null;
        }
        None => None,
    };
    if to.is_some() { FieldValue::Stored } else { FieldValue::Odd }
}

/// Reads Unix seconds from an integer, a float or a numeric string.
fn read_seconds(json: RawJson<'_>, to: &mut Option<i64>) -> FieldValue {
    *to = json.0.parse().ok();
    // `-0` is a float in JSON, because no integer can hold it.
    if to.is_some() && json.0 != "-0" {
        return FieldValue::Stored;
    }
    *to = json.seconds();
    if json.is_null() { FieldValue::Null } else { FieldValue::Odd }
}

impl<'de, T: RawText<'de>> Visitor<'de> for VideoVisitor<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a video object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key_seed(FieldSeed(self.names, self.extra))? {
            let text: T = map.next_value()?;
            let json = text.json();
            match field {
                Field::Id => {
                    self.video.video_id =
                        json.exact_text().map(Cow::into_owned).unwrap_or_default();
                }
                Field::Title => {
                    let value = read_text(json, &mut self.video.video_title);
                    self.keep("video_title", NULL_TITLE, value, json);
                }
                Field::Status => {
                    let value = read_text(json, &mut self.video.status);
                    self.keep("status", NULL_STATUS, value, json);
                }
                Field::Type => {
                    let value = read_text(json, &mut self.video.video_type);
                    self.keep("type", NULL_TYPE, value, json);
                }
                Field::Folder => {
                    let value = read_text(json, &mut self.video.folder_id);
                    self.keep("folder_id", NULL_FOLDER, value, json);
                }
                Field::Created => {
                    let value = read_seconds(json, &mut self.video.created_at);
                    self.keep("created_at", NULL_CREATED, value, json);
                }
                Field::Other => self.extra.value(json),
            }
        }
        if self.video.video_id.is_empty() {
            return Err(A::Error::custom(NO_VIDEO_ID));
        }
        self.video.extra = Extra::from_fields(self.extra.finish());
        Ok(())
    }
}

/// Reads a field's name, and adds an unknown name to the extra fields at once.
pub(super) struct FieldSeed<'a>(pub(super) Names, pub(super) &'a mut ExtraBuilder);

impl<'de> DeserializeSeed<'de> for FieldSeed<'_> {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldSeed<'_> {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
        let Self(names, extra) = self;
        if let Some(field) = names.field(name) {
            return Ok(field);
        }
        extra.begin(name).ok_or_else(|| E::custom(LONG_NAME))?;
        Ok(Field::Other)
    }
}
