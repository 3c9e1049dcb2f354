//! Finds and drops presigned URLs: until they expire, anyone who has one can download the video.

use serde_json::Value;

use crate::video::{RawJson, Video};

/// Removes the presigned URLs from a video's extra fields, at any depth.
pub(crate) fn drop_presigned(video: &mut Video) {
    let mut replaced = Vec::new();
    video.extra.retain(|name, json| {
        if !may_have_url(json) {
            return true;
        }
        // What cannot be searched must not be written.
        let Some(mut value) = RawJson(json).to_value() else { return false };
        let before = value.clone();
        let is_kept = keep(name, &mut value);
        if is_kept && value != before {
            replaced.push((name.to_owned(), value));
        }
        is_kept
    });
    for (name, value) in replaced {
        video.extra.insert(&name, value);
    }
}

/// An escaped letter or slash of a URL has a backslash.
fn may_have_url(json: &str) -> bool {
    json.contains('\\') || json.to_ascii_lowercase().contains("http")
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
