//! The fields of a video that have no column of their own, as JSON text. Only this file of the
//! folder reads `Video::extra`.

use crate::video::Video;

/// The JSON text of a field, as it was received.
pub(super) fn get<'v>(video: &'v Video, name: &str) -> Option<&'v str> {
    video.extra.get_raw(name)
}

/// All fields in order, with their JSON text.
pub(super) fn iter(video: &Video) -> impl Iterator<Item = (&str, &str)> {
    video.extra.iter()
}
