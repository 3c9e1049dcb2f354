//! The body of a page, and the structs that a hand-written client would declare for it.

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
pub(crate) struct Page {
    pub(crate) code: Option<i64>,
    pub(crate) data: Data,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
pub(crate) struct Data {
    pub(crate) videos: Vec<Video>,
    pub(crate) token: Option<String>,
    pub(crate) total: Option<u64>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
pub(crate) struct Video {
    pub(crate) video_id: String,
    pub(crate) video_title: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) created_at: Option<i64>,
    #[serde(rename = "type")]
    pub(crate) video_type: Option<String>,
    pub(crate) folder_id: Option<String>,
}

/// A page of 100 as v1 sends it, with two unknown fields in each video if asked for.
#[allow(dead_code, reason = "`walk` gets its pages from the simulator")]
pub(crate) fn body(with_unknown_fields: bool) -> Vec<u8> {
    let videos: Vec<Value> = (0..100)
        .map(|n| {
            let mut video = json!({
                "video_id": format!("{n:032x}"),
                "status": "completed",
                "video_title": format!("Onboarding {n}"),
                "created_at": 1_759_560_467 - n,
                "type": "GENERATED",
                "folder_id": "32c8d8a0632d40949dffb60c557dc6ea",
            });
            if with_unknown_fields {
                video["duration"] = json!(12.5);
                video["thumbnail_url"] = json!("https://files.example/thumbnail.jpeg");
            }
            video
        })
        .collect();
    let page = json!({
        "code": 100,
        "data": { "videos": videos, "token": "x".repeat(64), "total": 60_000 },
        "message": "Success",
    });
    serde_json::to_vec(&page).expect("values have string keys")
}
