//! Videos into bytes: what all formats share.

use std::io;

use serde_json::Value;

use super::csv::{COLUMNS, Records};
use super::format::Format;
use super::jsonl;
use super::urls::drop_presigned;
use crate::Video;

/// How videos become bytes.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) format: Format,
    pub(super) fields: Option<Vec<String>>,
    pub(super) csv_guard: bool,
    pub(super) keep_urls: bool,
}

impl Rows {
    /// What a file begins with.
    pub(super) fn begin(&self, to: &mut Vec<u8>) -> io::Result<()> {
        match self.format {
            Format::Jsonl => Ok(()),
            Format::Csv => self.with_records(|records| records.header(to)),
        }
    }

    pub(super) fn write(&self, to: &mut Vec<u8>, videos: &mut [Video]) -> io::Result<()> {
        if !self.keep_urls {
            videos.iter_mut().for_each(drop_presigned);
        }
        match self.format {
            Format::Jsonl => {
                let fields = self.fields.as_deref();
                videos.iter().try_for_each(|video| jsonl::write(to, video, fields))
            }
            Format::Csv => self.with_records(|records| records.write(to, videos)),
        }
    }

    fn with_records<T>(&self, write: impl FnOnce(Records<'_>) -> T) -> T {
        let guard = self.csv_guard;
        match &self.fields {
            Some(columns) => write(Records { columns, guard }),
            None => write(Records { columns: &COLUMNS.map(str::to_owned), guard }),
        }
    }
}

/// A field of a video by the name of its column: ours, the API's, or any further one it sent.
pub(super) enum Cell<'a> {
    Text(&'a str),
    /// Seconds since the Unix epoch.
    Seconds(i64),
    Other(&'a Value),
    None,
}

pub(super) fn cell<'v>(video: &'v Video, name: &str) -> Cell<'v> {
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
