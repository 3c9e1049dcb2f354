//! `Video` and `serde_json::Value` agree on every field, known or unknown.
#![no_main]

use heygen_videos::Video;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    let value = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    let video = serde_json::from_slice::<Video>(body).ok();
    let id = value.as_ref().and_then(|value| value["video_id"].as_str()).unwrap_or_default();
    assert_eq!(video.is_some(), !id.is_empty(), "exactly the objects with an id are videos");
    let (Some(value), Some(video)) = (value, video) else { return };
    assert_eq!(serde_json::to_value(&video).expect("a video is an object"), value);
    let text = |name: &str| value[name].as_str();
    assert_eq!(video.video_title.as_deref(), text("video_title"));
    assert_eq!(video.status.as_ref().map(|word| word.as_str()), text("status"));
    assert_eq!(video.video_type.as_ref().map(|word| word.as_str()), text("type"));
    assert_eq!(video.folder_id.as_deref(), text("folder_id"));
    if let Some(seconds) = value["created_at"].as_i64() {
        assert_eq!(video.created_at, Some(seconds));
    }
});
