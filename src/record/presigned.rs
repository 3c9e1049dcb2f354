//! Finds and drops presigned URLs: until they expire, anyone who has one can download the video.

use serde_json::Value;

use crate::video::Video;

/// Removes the presigned URLs from a video's extra fields, at any depth; returns their number.
pub(crate) fn drop_presigned(video: &mut Video) -> u64 {
    let mut dropped = 0;
    video.extra.retain(|name, value| keep(name, value, &mut dropped));
    dropped
}

fn keep(name: &str, value: &mut Value, dropped: &mut u64) -> bool {
    match value {
        Value::String(text) => {
            let is_presigned = is_presigned(name, text);
            *dropped += u64::from(is_presigned);
            return !is_presigned;
        }
        Value::Array(values) => values.retain_mut(|value| keep(name, value, dropped)),
        Value::Object(fields) => fields.retain(|name, value| keep(name, value, dropped)),
        _ => {}
    }
    true
}

/// A signature is in the query of a URL; the fields for files count as presigned in any form.
fn is_presigned(name: &str, text: &str) -> bool {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let is_url = lower.starts_with("https://") || lower.starts_with("http://");
    is_url && (text.contains('?') || holds_presigned(name))
}

/// Whether every URL in this field counts as presigned.
///
/// `video_page_url` stays: the page asks for a login.
pub(crate) fn holds_presigned(name: &str) -> bool {
    name.ends_with("_url") && name != "video_page_url"
}
