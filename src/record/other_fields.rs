//! The fields of a video that have no column of their own, as JSON text. No other file of this folder
//! reads `Video::extra`.

use std::borrow::Cow;

use crate::video::Video;

/// The JSON text of a field, as it was received.
pub(super) fn get<'v>(video: &'v Video, name: &str) -> Option<Cow<'v, str>> {
    video.extra.get(name).map(|value| value.to_string().into())
}

/// All fields in their order, with their JSON text.
pub(super) fn iter(video: &Video) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    video.extra.iter().map(|(name, value)| (name.as_str(), value.to_string().into()))
}
