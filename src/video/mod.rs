//! `Video`: one entry of a listing.

mod accessors;
mod decode;
mod encode;
mod extra;
mod extra_builder;
mod lone_surrogates;
mod open_enums;
mod plain;
mod push;
mod raw_json;
mod raw_serialize;
mod raw_text;

pub(crate) use decode::{NO_VIDEO_ID, Names};
#[cfg(feature = "simulator")]
pub(crate) use encode::Named;
pub use extra::Extra;
pub(crate) use extra_builder::ExtraBuilder;
pub(crate) use lone_surrogates::replace_lone_surrogates;
pub use open_enums::{UnknownWord, VideoStatus, VideoType};
pub(crate) use push::Push;
pub(crate) use raw_json::RawJson;

/// One video as the API describes it.
///
/// Fields hold what was received. Only `video_id` is always present; the API's documentation
/// requires no other field.
///
/// [`extra`](Self::extra) holds two kinds of fields under their wire names: fields that this
/// release does not read into the struct, and fields of the struct whose value has a type that the
/// API does not document. So one unusual field never fails a page. Methods such as
/// [`duration`](Self::duration) read the fields in `extra` that v3 documents.
///
/// `Serialize` writes v1's names and returns what was received: absent fields stay absent, `null`
/// stays `null`, and numbers keep all their digits. There are two exceptions: half a surrogate pair
/// is U+FFFD, because no Rust string can hold it, and if several fields have the same name, only
/// the last one is kept. `serde_json::to_value` fails for a number out of the range of `f64`,
/// because a `Value` cannot hold it.
///
/// ```
/// use std::time::Duration;
///
/// use heygen_videos::{Video, VideoStatus};
///
/// let sent = r#"{"video_id":"a1","status":"completed","folder_id":"null","duration":12.5}"#;
/// let video: Video = serde_json::from_str(sent)?;
/// assert_eq!(video.status, Some(VideoStatus::Completed));
/// assert_eq!(video.folder(), None); // the API writes "null" for 'no folder'
/// assert_eq!(video.extra.get_raw("duration"), Some("12.5"));
/// assert_eq!(video.duration(), Some(Duration::from_millis(12_500)));
/// assert_eq!(serde_json::to_string(&video)?, sent);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Video {
    /// The unique identifier (v3 calls it `id`); never empty in a video from the API.
    pub video_id: String,
    /// The title (v3 calls it `title`).
    pub video_title: Option<String>,
    /// The status of the video, such as `completed`.
    pub status: Option<VideoStatus>,
    /// When it was created, in seconds since the Unix epoch; see [`created`](Self::created).
    pub created_at: Option<i64>,
    /// How it was made; `type` on the wire.
    pub video_type: Option<VideoType>,
    /// The folder as received; [`folder`](Self::folder) also handles the API's words for 'none'.
    pub folder_id: Option<String>,
    /// Everything else that the API sent for this video, by wire name.
    pub extra: Extra,
    /// A bit (`NULL_*`) for each known field that was `null`.
    nulls: u8,
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
            extra: Extra::default(),
            nulls: 0,
        }
    }

    /// Whether the API sent this field, if only as `null`. `name` is v1's name.
    #[cfg(feature = "sqlite")]
    pub(crate) fn was_sent(&self, name: &str) -> bool {
        let is_null = |bit: u8| self.nulls & bit != 0;
        let is_known = match name {
            "video_id" => true,
            "video_title" => self.video_title.is_some() || is_null(NULL_TITLE),
            "status" => self.status.is_some() || is_null(NULL_STATUS),
            "type" => self.video_type.is_some() || is_null(NULL_TYPE),
            "folder_id" => self.folder_id.is_some() || is_null(NULL_FOLDER),
            "created_at" => self.created_at.is_some() || is_null(NULL_CREATED),
            _ => false,
        };
        is_known || self.extra.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_is_small_enough_to_be_moved_without_a_call_of_memcpy() {
        assert!(size_of::<Video>() <= 144, "{} bytes", size_of::<Video>());
        assert_eq!(size_of::<Extra>(), 2 * size_of::<usize>());
        assert_eq!(size_of::<crate::error::Result<Video>>(), size_of::<Video>());
    }
}
