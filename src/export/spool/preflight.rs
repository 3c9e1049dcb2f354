//! `Preflight`: what is found at the path of an export, and whether it may be touched.

use std::path::Path;

use super::checkpoint::Checkpoint;
use super::disk::SideFiles;
use super::identity::ExportIdentity;
use super::lock::is_held;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::options::Existing;

/// What an export is about to do, and where.
pub(super) struct Preflight<'a> {
    pub(super) path: &'a Path,
    pub(super) files: &'a SideFiles,
    pub(super) existing: Existing,
    pub(super) force: bool,
    pub(super) identity: &'a ExportIdentity,
}

impl Preflight<'_> {
    /// Refuses to start if another run holds one of these files.
    pub(super) fn refuse_if_held(&self, files: &[&Path]) -> Result<(), ExportError> {
        if files.iter().any(|file| is_held(file)) { Err(self.locked()) } else { Ok(()) }
    }

    pub(super) fn locked(&self) -> ExportError {
        let message = format!("another run is writing {}", self.path.display());
        ExportError::new(ExportErrorKind::Locked, message)
            .hint_at("wait until it is done, or choose another path")
    }

    /// Loads the checkpoint to go on with, if there is one and the caller asked for it.
    pub(super) fn check(&self) -> Result<Option<Checkpoint>, ExportError> {
        self.refuse_non_files()?;
        let saved = self.load()?;
        let may_replace = self.force || saved.as_ref().is_some_and(|saved| self.is_in_place(saved));
        // A dangling link counts as a file: the rename would replace it.
        if self.path.symlink_metadata().is_ok() && !may_replace {
            return Err(self.exists(saved.is_some()));
        }
        Ok(saved)
    }

    /// Whether the file already has its final name, so that only its checkpoint is left to remove.
    pub(super) fn is_in_place(&self, saved: &Checkpoint) -> bool {
        let length = self.path.metadata().map(|file| file.len()).ok();
        saved.complete && !self.files.partial.exists() && length == Some(saved.bytes)
    }

    /// Refuses what a rename would replace or a write would damage, even with `force`.
    fn refuse_non_files(&self) -> Result<(), ExportError> {
        let refused = |path: &Path, what: &str| {
            let message = format!("{} {what}", path.display());
            let error = ExportError::new(ExportErrorKind::Output, message);
            Err(error.hint_at("give the path of a file"))
        };
        match self.path.metadata() {
            Ok(found) if found.is_dir() => return refused(self.path, "is a folder"),
            Ok(found) if !found.is_file() => {
                return refused(self.path, "is a device, a pipe or a socket");
            }
            _ => {}
        }
        // Links are not followed here: truncating through one would damage another file.
        for path in [&self.files.partial, &self.files.checkpoint] {
            if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
                return refused(path, "is not a file");
            }
        }
        Ok(())
    }

    fn load(&self) -> Result<Option<Checkpoint>, ExportError> {
        match self.existing {
            Existing::Resume => {
                let saved = Checkpoint::load(&self.files.checkpoint)?;
                saved.as_ref().map_or(Ok(()), |saved| saved.verify(self.identity))?;
                Ok(saved)
            }
            Existing::Refuse if self.files.checkpoint.exists() => {
                let message = format!("found an unfinished export of {}", self.path.display());
                Err(ExportError::new(ExportErrorKind::Unfinished, message)
                    .hint_at("resume it, or restart it from the beginning")
                    .resumable(true))
            }
            Existing::Refuse | Existing::Restart => Ok(None),
        }
    }

    fn exists(&self, has_checkpoint: bool) -> ExportError {
        let mut message = format!("{} already exists", self.path.display());
        let mut hint = "replace it by force, or choose another path";
        // A crash right after the last step of an export leads here, too.
        if self.existing == Existing::Resume && !has_checkpoint {
            message.push_str(", and there is nothing to resume");
            hint = "if an export wrote it, it is complete; otherwise replace it by force, or choose \
                    another path";
        }
        ExportError::new(ExportErrorKind::Exists, message).hint_at(hint)
    }
}
