//! `Push`: reads one video of a page and appends it to a vector.

use serde::de::{DeserializeSeed, Deserializer};
use serde_json::value::RawValue;

use super::Video;
use super::decode::{Names, VideoVisitor};
use super::extra_builder::ExtraBuilder;
use super::plain::PlainVisitor;

/// Reads one video of a JSON text straight to the end of a vector, so that it is not moved
/// afterwards.
pub(crate) struct Push<'a> {
    pub(crate) names: Names,
    pub(crate) videos: &'a mut Vec<Video>,
    pub(crate) extra: &'a mut ExtraBuilder,
    /// Whether to fail at values of undocumented types, which makes reading faster.
    pub(crate) is_plain: bool,
}

impl<'de> DeserializeSeed<'de> for Push<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { names, videos, extra, is_plain } = self;
        let index = videos.len();
        videos.push(Video::new(String::new()));
        let video = &mut videos[index];
        if is_plain {
            return deserializer.deserialize_map(PlainVisitor { names, video, extra });
        }
        deserializer.deserialize_map(VideoVisitor::<&'de RawValue>::new(names, video, extra))
    }
}
