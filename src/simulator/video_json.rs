//! Writes a video as JSON in the format of either version.

use std::io::{self, Write};

use serde::Serialize;

use super::generator::Generated;
use crate::video::{Named, Names, Video};

/// Writes a generated video in the format of v1.
pub(super) fn write_v1_video(out: &mut Vec<u8>, video: &Generated<'_>) -> io::Result<()> {
    let (id, status) = (video.id(), video.status());
    write!(out, r#"{{"video_id":"{id}","status":"{status}","video_title":"#)?;
    serde_json::to_writer(&mut *out, &video.title())?;
    let (created_at, video_type) = (video.created_at, video.video_type());
    write!(out, r#","created_at":{created_at},"type":"{video_type}","folder_id":"#)?;
    serde_json::to_writer(&mut *out, &video.folder_id)?;
    out.push(b'}');
    Ok(())
}

/// Writes a generated video in the format of v3, which has more fields but no type.
pub(super) fn write_v3_video(out: &mut Vec<u8>, video: &Generated<'_>) -> io::Result<()> {
    let (id, status, created_at) = (video.id(), video.status(), video.created_at);
    write!(out, r#"{{"id":"{id}","title":"#)?;
    serde_json::to_writer(&mut *out, &video.title())?;
    write!(out, r#","status":"{status}","created_at":{created_at},"folder_id":"#)?;
    serde_json::to_writer(&mut *out, &video.folder_id)?;
    if status == "completed" {
        let tenths = video.duration_tenths();
        let completed_at = created_at.saturating_add_unsigned(tenths / 5);
        write!(
            out,
            r#","completed_at":{completed_at},"duration":{}.{}"#,
            tenths / 10,
            tenths % 10
        )?;
        // HeyGen signs a new URL for each request. This signature is always the same.
        let signature = &id[16..];
        write!(
            out,
            r#","video_url":"https://files.example/video/{id}.mp4?Expires={completed_at}&Signature={signature}""#
        )?;
    } else {
        write!(out, r#","completed_at":null,"duration":null,"video_url":null"#)?;
    }
    if status == "failed" {
        write!(out, r#","failure_code":"RENDER_ERROR","failure_message":"Simulated failure""#)?;
    }
    write!(out, r#","thumbnail_url":null,"video_page_url":"https://app.example/videos/{id}"}}"#)
}

/// An inserted video with the field names of v3.
pub(super) fn with_v3_names(video: &Video) -> impl Serialize + '_ {
    Named(video, Names::V3)
}
