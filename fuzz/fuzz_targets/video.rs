//! `Video` and `serde_json::Value` agree on every field, known or unknown. A video that was written
//! and read back is written in the same way again.
#![no_main]

use heygen_videos::Video;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    let value = serde_json::from_slice::<Value>(body).ok();
    let video = serde_json::from_slice::<Video>(body).ok();
    if let Some(video) = &video {
        check_extra(video);
        let written = serde_json::to_string(video).expect("a video is an object");
        let read: Video = serde_json::from_str(&written).expect("it is read again");
        assert_eq!(serde_json::to_string(&read).expect("an object"), written);
    }
    let Some(value) = value else { return };
    let id = value.as_object().and_then(|fields| fields.get("video_id")?.as_str());
    let id = id.unwrap_or_default();
    assert_eq!(video.is_some(), !id.is_empty(), "exactly the objects with an id are videos");
    let Some(video) = video else { return };
    assert_eq!(serde_json::to_value(&video).expect("a video is an object"), value);
    let text = |name: &str| value[name].as_str();
    assert_eq!(video.video_title.as_deref(), text("video_title"));
    assert_eq!(video.status.as_ref().map(|word| word.as_str()), text("status"));
    assert_eq!(video.video_type.as_ref().map(|word| word.as_str()), text("type"));
    assert_eq!(video.folder_id.as_deref(), text("folder_id"));
    if let Some(seconds) = value["created_at"].as_i64() {
        assert_eq!(video.created_at, Some(seconds));
    }
    for (name, json) in video.extra.iter() {
        let parsed: Value = serde_json::from_str(json).expect("it was part of a value");
        assert_eq!((&parsed, Some(&parsed)), (&value[name], video.extra.get(name).as_ref()));
    }
});

/// Each extra field is one JSON value on one line, and is found by its name.
fn check_extra(video: &Video) {
    for (name, json) in video.extra.iter() {
        let raw: &RawValue = serde_json::from_str(json).expect("JSON");
        assert_eq!(raw.get(), json, "white space around {json}");
        assert!(json.bytes().all(|byte| byte >= b' '), "a line feed in {json:?}");
        assert_eq!(video.extra.get_raw(name), Some(json), "{name} comes twice");
    }
    assert_eq!(video.extra.iter().count(), video.extra.len());
    video.duration();
    video.completed();
    video.video_url();
}
