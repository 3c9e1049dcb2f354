//! Writes a `Video` back as it was received.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::decode::V1_NAMES;
use super::{NULL_CREATED, NULL_FOLDER, NULL_STATUS, NULL_TITLE, NULL_TYPE, Video};

impl Serialize for Video {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("video_id", &self.video_id)?;
        self.put(&mut map, "status", NULL_STATUS, self.status.as_ref())?;
        self.put(&mut map, "video_title", NULL_TITLE, self.video_title.as_ref())?;
        match self.created_at_as_received() {
            Some(value) => map.serialize_entry("created_at", value)?,
            None => self.put(&mut map, "created_at", NULL_CREATED, self.created_at.as_ref())?,
        }
        self.put(&mut map, "type", NULL_TYPE, self.video_type.as_ref())?;
        self.put(&mut map, "folder_id", NULL_FOLDER, self.folder_id.as_ref())?;
        for (name, value) in &self.extra {
            if !V1_NAMES.knows(name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

impl Video {
    /// Writes a known field: its value, or else the `null` or the unusable value that was received.
    ///
    /// A field that was absent is not written.
    fn put<M: SerializeMap>(
        &self,
        map: &mut M,
        name: &'static str,
        null: u8,
        value: Option<&impl Serialize>,
    ) -> Result<(), M::Error> {
        match value {
            Some(value) => map.serialize_entry(name, value),
            None if self.received.nulls & null != 0 => map.serialize_entry(name, &()),
            None => match self.extra.get(name) {
                Some(unusable) => map.serialize_entry(name, unusable),
                None => Ok(()),
            },
        }
    }

    /// `created_at` as received, unless the field was changed since.
    fn created_at_as_received(&self) -> Option<&Value> {
        let (seconds, value) = self.received.created_at.as_deref()?;
        (self.created_at == Some(*seconds)).then_some(value)
    }
}
