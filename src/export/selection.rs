//! `Selection`: which of the listed videos are exported.

use super::error::{ExportError, ExportErrorKind};
use crate::record::status_suggestion;
use crate::video::{Video, VideoStatus};

/// Which of the listed videos are exported.
#[derive(Debug)]
pub(super) struct Selection {
    /// The words of the statuses, sorted; `None` for all videos.
    words: Option<Vec<String>>,
    /// How many videos the export may have, if the stream cannot apply the cap itself because it
    /// does not know which videos are exported.
    cap: Option<u64>,
}

impl Selection {
    /// Fails for statuses that were probably not meant.
    pub(super) fn new(
        statuses: Option<Vec<VideoStatus>>,
        cap: Option<u64>,
    ) -> Result<Self, ExportError> {
        let Some(statuses) = statuses else { return Ok(Self { words: None, cap: None }) };
        let mut words: Vec<_> = statuses.iter().map(|status| status.as_str().to_owned()).collect();
        words.sort();
        words.dedup();
        let refused = |message: String, hint: String| {
            Err(ExportError::new(ExportErrorKind::Usage, message).hint_at(hint))
        };
        if words.is_empty() || words.iter().any(String::is_empty) {
            let hint = "name at least one status, or leave the list out to get all videos";
            return refused("a status is missing from the list".into(), hint.into());
        }
        if let Some((word, meant)) =
            words.iter().find_map(|word| Some((word, status_suggestion(word)?)))
        {
            return refused(
                format!("there is no status {word:?}"),
                format!("did you mean '{meant}'?"),
            );
        }
        Ok(Self { words: Some(words), cap })
    }

    /// The words of the statuses, sorted; `None` if all videos are exported.
    pub(super) fn words(&self) -> Option<&[String]> {
        self.words.as_deref()
    }

    pub(super) fn includes(&self, video: &Video) -> bool {
        let Some(words) = &self.words else { return true };
        let status = video.status.as_ref().map(VideoStatus::as_str);
        status.is_some_and(|status| words.iter().any(|word| word == status))
    }

    /// How many more videos the export may have, if it has this many; `None` if the stream applies
    /// the cap.
    pub(super) fn room(&self, videos: u64) -> Option<u64> {
        self.cap.map(|cap| cap.saturating_sub(videos))
    }
}
