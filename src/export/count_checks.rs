//! Checks the number of videos: too few, too many for the format, or not what the server says.

use super::encode::does_not_fit;
use super::error::{ExportError, ExportErrorKind};
use super::event::Event;
use super::run::ExportRun;
use super::summary::Outcome;
use super::warning::Warning;

impl ExportRun {
    /// Fails if a complete listing has fewer videos than required.
    pub(super) fn refuse_too_few(&self) -> Result<(), ExportError> {
        if self.counts.videos >= self.min_items {
            return Ok(());
        }
        let message = format!(
            "the listing has {} videos, but at least {} are required",
            self.counts.videos, self.min_items
        );
        Err(ExportError::new(ExportErrorKind::TooFew, message)
            .hint_at("check the account and the filters, or require fewer"))
    }

    /// Fails if there are more videos than the format of the file holds, or if the server's total
    /// says that there will be.
    pub(super) fn refuse_too_many(&self) -> Result<(), ExportError> {
        let videos = self.counts.videos.max(self.expected().unwrap_or(0));
        match self.max_videos {
            Some(max) if videos > max => Err(does_not_fit(format!(
                "the listing has more than the {max} videos that a file of this format holds"
            ))),
            _ => Ok(()),
        }
    }

    /// How many videos the finished file will have, if the server's total says so.
    fn expected(&self) -> Option<u64> {
        let total = self.pages.total().filter(|_| self.identity.is_unfiltered())?;
        Some(self.identity.max_items.map_or(total, |cap| cap.min(total)))
    }

    /// Warns if the server's count differs from the number of listed videos.
    pub(super) fn note_total(&mut self, outcome: Outcome, on_event: &mut impl FnMut(&Event)) {
        let listed = self.counts.videos;
        let is_whole = self.identity.is_unfiltered() && self.identity.max_items.is_none();
        let whole = outcome == Outcome::Complete && is_whole;
        if let Some(total) = self.pages.total().filter(|total| whole && *total != listed) {
            self.warn(Warning::CountDiffers { total, listed }, on_event);
        }
    }
}
