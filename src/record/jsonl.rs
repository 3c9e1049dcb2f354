//! JSON lines: a record is the API's object, or the named fields of it.

use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::schema::{Cell, cell};
use crate::video::Video;

/// Appends a video and a line feed; without `fields` the API's object as it was received.
pub(crate) fn write_json_line(
    to: &mut Vec<u8>,
    video: &Video,
    fields: Option<&[String]>,
) -> io::Result<()> {
    match fields {
        None => serde_json::to_writer(&mut *to, video)?,
        Some(fields) => serde_json::to_writer(&mut *to, &Projection { video, fields })?,
    }
    to.push(b'\n');
    Ok(())
}

/// The named fields in the given order, without those that the video lacks.
struct Projection<'a> {
    video: &'a Video,
    fields: &'a [String],
}

impl Serialize for Projection<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for name in self.fields {
            match cell(self.video, name) {
                Cell::Text(text) => map.serialize_entry(name, text)?,
                Cell::Seconds(seconds) => map.serialize_entry(name, &seconds)?,
                Cell::Other(json) if !json.is_null() => map.serialize_entry(name, &json)?,
                Cell::Other(_) | Cell::None => {}
            }
        }
        map.end()
    }
}
