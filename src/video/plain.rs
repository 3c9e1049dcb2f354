//! Reads a `Video` whose values have the documented types, without looking at their text first.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::decode::{Field, FieldSeed, NO_VIDEO_ID, Names};
use super::extra::Extra;
use super::extra_builder::ExtraBuilder;
use super::raw_json::RawJson;
use super::{NULL_CREATED, NULL_FOLDER, NULL_STATUS, NULL_TITLE, NULL_TYPE, Video};

/// Fails at any value that only its JSON text can represent exactly, such as a title that is a
/// number. Otherwise it reads the same video as `VideoVisitor`.
pub(super) struct PlainVisitor<'a> {
    pub(super) names: Names,
    /// An empty video to fill in.
    pub(super) video: &'a mut Video,
    pub(super) extra: &'a mut ExtraBuilder,
}

impl<'de> Visitor<'de> for PlainVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a video object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { names, video, extra } = self;
        extra.clear();
        while let Some(field) = map.next_key_seed(FieldSeed(names, extra))? {
            let nulls = &mut video.nulls;
            match field {
                Field::Id => video.video_id = map.next_value()?,
                Field::Title => {
                    map.next_value_seed(Text(&mut video.video_title, nulls, NULL_TITLE))?;
                }
                Field::Status => {
                    map.next_value_seed(Text(&mut video.status, nulls, NULL_STATUS))?;
                }
                Field::Type => {
                    map.next_value_seed(Text(&mut video.video_type, nulls, NULL_TYPE))?;
                }
                Field::Folder => {
                    map.next_value_seed(Text(&mut video.folder_id, nulls, NULL_FOLDER))?;
                }
                Field::Created => {
                    video.created_at = map.next_value()?;
                    note_null(video.created_at.is_none(), nulls, NULL_CREATED);
                }
                Field::Other => extra.value(RawJson(map.next_value::<&RawValue>()?.get())),
            }
        }
        if video.video_id.is_empty() {
            return Err(A::Error::custom(NO_VIDEO_ID));
        }
        video.extra = Extra::from_fields(extra.finish());
        Ok(())
    }
}

/// Reads a string or `null` straight into its field, and sets or clears the field's bit in `nulls`.
struct Text<'a, T>(&'a mut Option<T>, &'a mut u8, u8);

impl<'de, T: for<'a> From<&'a str>> DeserializeSeed<'de> for Text<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        *self.0 = Some(T::from(text));
        note_null(false, self.1, self.2);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        *self.0 = None;
        note_null(true, self.1, self.2);
        Ok(())
    }
}

fn note_null(is_null: bool, nulls: &mut u8, bit: u8) {
    if is_null { *nulls |= bit } else { *nulls &= !bit }
}
