//! Writes a `Video` back as it was received.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::decode::Names;
use super::raw_json::RawJson;
use super::{NULL_CREATED, NULL_FOLDER, NULL_STATUS, NULL_TITLE, NULL_TYPE, Video};

impl Serialize for Video {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Named(self, Names::V1).serialize(serializer)
    }
}

/// A video that is written with these names.
pub(crate) struct Named<'a>(pub(crate) &'a Video, pub(crate) Names);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(video, names) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(names.id(), &video.video_id)?;
        let odd = |name| if video.extra.is_empty() { None } else { video.extra.json(name) };
        let title = (names.title(), NULL_TITLE, odd("video_title"));
        video.put(&mut map, ("status", NULL_STATUS, odd("status")), video.status.as_ref())?;
        video.put(&mut map, title, video.video_title.as_ref())?;
        // A time that is not a plain integer is written as it was received, unless it was changed.
        match odd("created_at").filter(|json| json.seconds() == video.created_at) {
            Some(json) => map.serialize_entry("created_at", &json)?,
            None => {
                let field = ("created_at", NULL_CREATED, None);
                video.put(&mut map, field, video.created_at.as_ref())?;
            }
        }
        video.put(&mut map, ("type", NULL_TYPE, odd("type")), video.video_type.as_ref())?;
        let folder = ("folder_id", NULL_FOLDER, odd("folder_id"));
        video.put(&mut map, folder, video.folder_id.as_ref())?;
        for (name, json) in video.extra.iter() {
            if !Names::V1.knows(name) && !names.knows(name) {
                map.serialize_entry(name, &RawJson(json))?;
            }
        }
        map.end()
    }
}

impl Video {
    /// Writes a known field: its value, or else the `null` or the odd value that was received.
    ///
    /// A field that was absent is not written.
    fn put<M: SerializeMap>(
        &self,
        map: &mut M,
        (name, null, odd): (&'static str, u8, Option<RawJson<'_>>),
        value: Option<&impl Serialize>,
    ) -> Result<(), M::Error> {
        match (value, odd) {
            (Some(value), _) => map.serialize_entry(name, value),
            (None, _) if self.nulls & null != 0 => map.serialize_entry(name, &()),
            (None, Some(json)) => map.serialize_entry(name, &json),
            (None, None) => Ok(()),
        }
    }
}
