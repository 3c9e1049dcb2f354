//! What the fields of a video mean: the words for 'none', times, and the fields that v3 documents.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Video, VideoStatus};

impl Video {
    /// Whether the video is finished and can be watched.
    ///
    /// v1 lists a finished translation with the status `success`, any other finished video with
    /// `completed`.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        matches!(self.status, Some(VideoStatus::Completed | VideoStatus::Success))
    }

    /// When the video was created; `None` if unknown or out of `SystemTime`'s range.
    #[must_use]
    pub fn created(&self) -> Option<SystemTime> {
        instant(self.created_at?)
    }

    /// The folder that the video is in; `None` for the API's `""` and `"null"`, too.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.folder_id.as_deref().filter(|id| !id.is_empty() && *id != "null")
    }

    /// How long the video plays: `duration`, which only v3 sends.
    ///
    /// `None` if it is unknown, negative or not a number.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use heygen_videos::Video;
    ///
    /// let video: Video = serde_json::from_str(r#"{"video_id":"a1","duration":12.4}"#)?;
    /// assert_eq!(video.duration(), Some(Duration::from_millis(12_400)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.extra.json("duration")?.number()?).ok()
    }

    /// When the video was finished: `completed_at`, which only v3 sends.
    ///
    /// `None` if it is unknown or out of `SystemTime`'s range.
    #[must_use]
    pub fn completed(&self) -> Option<SystemTime> {
        instant(self.extra.json("completed_at")?.seconds()?)
    }

    /// Where the video can be downloaded: `video_url`, which only v3 sends.
    ///
    /// Anyone with this URL can download the video until the URL expires. HeyGen signs a new URL
    /// for each listing.
    #[must_use]
    pub fn video_url(&self) -> Option<Cow<'_, str>> {
        self.url("video_url")
    }

    /// Where a still image of the video is: `thumbnail_url`, which only v3 sends. It expires, too.
    #[must_use]
    pub fn thumbnail_url(&self) -> Option<Cow<'_, str>> {
        self.url("thumbnail_url")
    }

    /// The page of the video in HeyGen's web app: `video_page_url`, which only v3 sends.
    #[must_use]
    pub fn page_url(&self) -> Option<Cow<'_, str>> {
        self.url("video_page_url")
    }

    fn url(&self, name: &str) -> Option<Cow<'_, str>> {
        self.extra.json(name)?.text().filter(|url| !url.is_empty())
    }
}

fn instant(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}
