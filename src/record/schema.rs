//! The columns of a record, and the value of a column.

use serde_json::Value;

use crate::video::Video;

/// The columns where none are asked for; further ones will only ever be added behind them.
pub(crate) const COLUMNS: [&str; 6] =
    ["video_id", "title", "status", "type", "folder_id", "created_at"];

/// A field of a video by the name of its column: ours, the API's, or any further one it sent.
pub(crate) enum Cell<'a> {
    Text(&'a str),
    /// Seconds since the Unix epoch.
    Seconds(i64),
    Other(&'a Value),
    None,
}

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
    // A known field that came with an odd type stands among the further ones, under its own name.
    let odd = || match name {
        "title" => video.extra.get(name).or_else(|| video.extra.get("video_title")),
        _ => video.extra.get(name),
    };
    known.or_else(|| odd().map(Cell::Other)).unwrap_or(Cell::None)
}
