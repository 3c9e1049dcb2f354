//! The columns of a record, and the value of a column.

use crate::video::{RawJson, Video};

/// The default columns of a table; new ones are only ever added at the end.
pub(crate) const COLUMNS: [&str; 6] =
    ["video_id", "title", "status", "type", "folder_id", "created_at"];

/// The value of a column.
pub(crate) enum Cell<'a> {
    Text(&'a str),
    /// Seconds since the Unix epoch.
    Seconds(i64),
    /// The JSON value of any other field, or of a known field with an unexpected type.
    Other(RawJson<'a>),
    None,
}

/// Looks a column up by its name in v1 or v3, or by the name of any other field of the video.
pub(crate) fn cell<'v>(video: &'v Video, name: &str) -> Cell<'v> {
    let text = |text: Option<&'v str>| text.map(Cell::Text);
    let known = match name {
        "video_id" | "id" => text(Some(&video.video_id)),
        "title" | "video_title" => text(video.video_title.as_deref()),
        "status" => text(video.status.as_ref().map(|status| status.as_str())),
        "type" => text(video.video_type.as_ref().map(|kind| kind.as_str())),
        "folder_id" => text(video.folder()),
        "created_at" => video.created_at.map(Cell::Seconds),
        _ => None,
    };
    // A known field with an unexpected type is among the extra fields, under the name it came with.
    let extra = || match name {
        "title" => video.extra.get_raw(name).or_else(|| video.extra.get_raw("video_title")),
        _ => video.extra.get_raw(name),
    };
    known.or_else(|| extra().map(|json| Cell::Other(RawJson(json)))).unwrap_or(Cell::None)
}
