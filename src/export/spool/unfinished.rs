//! What is saved at the path of an export, for a run that failed before it could open it.

use std::path::Path;

use super::checkpoint::Checkpoint;
use super::side_files::SideFiles;
use crate::export::error::ExportErrorKind;
use crate::export::files::{may_read, resolve};

/// How many videos an unfinished export of this file has saved; `None` if there is no such export.
///
/// It is 0 if all videos were listed and there were none, and if the system does not let the
/// checkpoint be read, for example because too many files are open.
///
/// A program that fails before it can run its export, for example because it has no key, learns here
/// whether there is something to resume. Whether the settings and the key fit is not checked.
///
/// ```
/// use heygen_videos::export::unfinished_videos;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("videos.jsonl");
///
/// if let Some(videos) = unfinished_videos(&path) {
///     eprintln!("{videos} videos are saved; resume the export");
/// }
/// # assert_eq!(unfinished_videos(&path), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn unfinished_videos(path: impl AsRef<Path>) -> Option<u64> {
    let files = SideFiles::of(&resolve(path.as_ref()).ok()?);
    match SavedOnDisk::of(&files) {
        SavedOnDisk::Nothing => None,
        SavedOnDisk::Export(saved) => Some(saved.counts.videos),
        SavedOnDisk::Unreadable => Some(0),
    }
}

/// What an unfinished export has saved.
pub(super) enum SavedOnDisk {
    /// Nothing that could be resumed.
    Nothing,
    Export(Box<Checkpoint>),
    /// There are files, but the system does not let them be read now.
    Unreadable,
}

impl SavedOnDisk {
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    pub(super) fn of(files: &SideFiles) -> Self {
        let length = |path: &Path| path.symlink_metadata().ok().map(|found| found.len());
        let Some(partial) = length(&files.partial) else { return Self::Nothing };
        match Checkpoint::load(&files.checkpoint) {
            Ok(Some(saved)) if !saved.is_empty() && saved.bytes <= partial => {
                Self::Export(Box::new(saved))
            }
            // If this user may not read the checkpoint, trying again does not help.
            Err(error)
                if error.kind() == ExportErrorKind::Output
                    && partial > 0
                    && may_read(&files.checkpoint) =>
            {
                Self::Unreadable
            }
            _ => Self::Nothing,
        }
    }
}
