//! What is found where an export is to go, and whether it may be touched.

use std::path::Path;

use super::checkpoint::Checkpoint;
use super::identity::ExportIdentity;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::options::Existing;

/// The checkpoint to go on with, if that is what was asked for; refuses what was not.
pub(super) fn check(
    path: &Path,
    partial: &Path,
    checkpoint: &Path,
    existing: Existing,
    force: bool,
    identity: &ExportIdentity,
) -> Result<Option<Checkpoint>, ExportError> {
    refuse_what_is_no_file(path, &[partial, checkpoint])?;
    let saved = match existing {
        Existing::Resume => Checkpoint::load(checkpoint)?,
        Existing::Restart => None,
        Existing::Refuse if checkpoint.exists() => {
            let message = format!("an unfinished export of {} is there", path.display());
            return Err(ExportError::new(ExportErrorKind::Unfinished, message)
                .hint_at("resume it, or restart it from the beginning")
                .resumable(true));
        }
        Existing::Refuse => None,
    };
    if let Some(saved) = &saved {
        saved.verify(identity)?;
    }
    let in_place = saved.as_ref().is_some_and(|saved| is_in_place(saved, path, partial));
    // A link that leads nowhere is there too: the rename would replace it.
    if path.symlink_metadata().is_ok() && !force && !in_place {
        let mut message = format!("{} is there already", path.display());
        let mut hint = "force its replacement, or give another path";
        if existing == Existing::Resume && saved.is_none() {
            // As after a crash between the last step and the words that it was made.
            message.push_str(", and nothing is left to resume");
            hint = "it is complete if an export made it; else force its replacement, or give \
                    another path";
        }
        return Err(ExportError::new(ExportErrorKind::Exists, message).hint_at(hint));
    }
    Ok(saved)
}

/// Refuses what a rename would replace, or writing would spoil, not even by force.
fn refuse_what_is_no_file(path: &Path, side_files: &[&Path]) -> Result<(), ExportError> {
    let refused = |message| {
        let error = ExportError::new(ExportErrorKind::Output, message);
        Err(error.hint_at("give the path of a file"))
    };
    match path.metadata() {
        Ok(there) if there.is_dir() => return refused(format!("{} is a folder", path.display())),
        Ok(there) if !there.is_file() => {
            return refused(format!("{} is a device, a pipe or a socket", path.display()));
        }
        _ => {}
    }
    // Of these the name itself counts: a link would have another file cut.
    for path in side_files {
        match path.symlink_metadata() {
            Ok(there) if !there.is_file() => {
                return refused(format!("{} is not a file", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the rename was made after which only the checkpoint was left to remove.
pub(super) fn is_in_place(saved: &Checkpoint, path: &Path, partial: &Path) -> bool {
    let length = path.metadata().map(|file| file.len()).ok();
    saved.complete && !partial.exists() && length == Some(saved.bytes)
}
