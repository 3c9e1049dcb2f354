//! Leaving out presigned URLs, with which anybody may fetch a video until they expire.

use serde_json::Value;

use crate::video::Video;

/// Takes the presigned URLs out of a video's further fields, at any depth.
pub(crate) fn drop_presigned(video: &mut Video) {
    video.extra.retain(|name, value| keep(name, value));
}

fn keep(name: &str, value: &mut Value) -> bool {
    match value {
        Value::String(text) => !is_presigned(name, text),
        Value::Array(values) => {
            values.retain_mut(|value| keep(name, value));
            true
        }
        Value::Object(fields) => {
            fields.retain(|name, value| keep(name, value));
            true
        }
        _ => true,
    }
}

/// A URL with a query carries its signature there; the files' own fields are taken for presigned
/// in any form. The link to the video's page is for people who can log in, and stays.
fn is_presigned(name: &str, text: &str) -> bool {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let is_url = lower.starts_with("https://") || lower.starts_with("http://");
    is_url && (text.contains('?') || holds_presigned(name))
}

/// Whether a field's URLs are taken for presigned whatever they look like.
pub(crate) fn holds_presigned(name: &str) -> bool {
    name.ends_with("_url") && name != "video_page_url"
}
