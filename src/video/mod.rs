//! `Video`: one entry of a listing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

mod decode;
mod encode;
mod open_enums;

pub(crate) use decode::{NO_VIDEO_ID, Names, Push, V1_NAMES, V3_NAMES};
pub use open_enums::{VideoStatus, VideoType};

/// One video as the API describes it.
///
/// Fields hold what was received. Only `video_id` is always present; the API's documentation
/// requires no other field.
///
/// Some fields are kept in [`extra`](Self::extra) under their wire names: those that this release
/// does not know, and known ones whose value has a type that the API does not document. So one
/// unusual field never fails a page.
///
/// `Serialize` writes v1's names and returns what was received: absent fields stay absent, and
/// `null` stays `null`. There is one exception: in a video of a listing, half a surrogate pair is
/// U+FFFD, because no Rust string can hold it.
///
/// ```
/// use heygen_videos::{Video, VideoStatus};
///
/// let sent = r#"{"video_id":"a1","status":"completed","folder_id":"null","duration":12.5}"#;
/// let video: Video = serde_json::from_str(sent)?;
/// assert_eq!(video.status, Some(VideoStatus::Completed));
/// assert_eq!(video.folder(), None); // the API writes "null" for 'no folder'
/// assert_eq!(video.extra["duration"], 12.5);
/// assert_eq!(serde_json::to_string(&video)?, sent);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Video {
    /// The unique identifier (v3 calls it `id`); never empty in a video from the API.
    pub video_id: String,
    /// The title (v3 calls it `title`).
    pub video_title: Option<String>,
    /// How far the video has come.
    pub status: Option<VideoStatus>,
    /// When it was created, in seconds since the Unix epoch; see [`created`](Self::created).
    pub created_at: Option<i64>,
    /// How it was made; `type` on the wire.
    pub video_type: Option<VideoType>,
    /// The folder as received; [`folder`](Self::folder) also handles the API's words for 'none'.
    pub folder_id: Option<String>,
    /// Everything else that the API sent for this video, by wire name.
    pub extra: Map<String, Value>,
    received: Received,
}

/// What the public fields cannot hold of the JSON that was received.
#[derive(Debug, Clone, Default, PartialEq)]
struct Received {
    /// A bit (`NULL_*`) for each known field that was `null`.
    nulls: u8,
    /// A `created_at` that was not a plain integer, and the seconds that were read from it.
    created_at: Option<Box<(i64, Value)>>,
}

const NULL_TITLE: u8 = 1;
const NULL_STATUS: u8 = 1 << 1;
const NULL_CREATED: u8 = 1 << 2;
const NULL_TYPE: u8 = 1 << 3;
const NULL_FOLDER: u8 = 1 << 4;

impl Video {
    /// Creates a video with this id and no other field, for tests of your code.
    #[must_use]
    pub fn new(video_id: impl Into<String>) -> Self {
        Self {
            video_id: video_id.into(),
            video_title: None,
            status: None,
            created_at: None,
            video_type: None,
            folder_id: None,
            extra: Map::new(),
            received: Received::default(),
        }
    }

    /// Whether the video is finished and can be watched.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.status == Some(VideoStatus::Completed)
    }

    /// When the video was created; `None` if unknown or out of `SystemTime`'s range.
    #[must_use]
    pub fn created(&self) -> Option<SystemTime> {
        let seconds = self.created_at?;
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        }
    }

    /// The folder that the video is in; `None` for the API's `""` and `"null"`, too.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.folder_id.as_deref().filter(|id| !id.is_empty() && *id != "null")
    }
}
