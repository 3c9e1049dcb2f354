//! The body of a page, and the structs that a hand-written client would declare for it.

use std::collections::HashMap;

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

/// A page of v3, with its unknown fields dropped.
#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
pub(crate) struct V3Page {
    pub(crate) data: Vec<V3Video>,
    pub(crate) has_more: bool,
    pub(crate) next_token: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
pub(crate) struct V3Video {
    pub(crate) id: String,
    pub(crate) title: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) folder_id: Option<String>,
}

/// A page of v3, with its unknown fields in a map, as serde's book shows it.
#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
pub(crate) struct V3MapPage {
    pub(crate) data: Vec<V3MapVideo>,
    pub(crate) has_more: bool,
    pub(crate) next_token: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its decoding is measured")]
pub(crate) struct V3MapVideo {
    pub(crate) id: String,
    pub(crate) title: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) folder_id: Option<String>,
    #[serde(flatten)]
    pub(crate) extra: HashMap<String, Value>,
}

/// A page of 100 with the fields that v3 sends.
#[allow(dead_code, reason = "`walk` gets its pages from the simulator")]
pub(crate) fn v3_body() -> Vec<u8> {
    let page = include_bytes!("../../tests/it/wire/v3-capped-page.json");
    let mut page: Value = serde_json::from_slice(page).expect("a page");
    let videos = page["data"].as_array().expect("videos");
    page["data"] = videos.iter().cycle().take(100).cloned().collect();
    serde_json::to_vec(&page).expect("values have string keys")
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
