//! `PartialFile`: the file while it is being written, and the steps by which it becomes whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

use super::checkpoint::{Checkpoint, Job, sync_folder, with_suffix};
use super::error::{ExportError, ExportErrorKind};
use super::job::Existing;
use crate::Cursor;

/// The file while it is being written; nobody else writes it meanwhile.
#[derive(Debug)]
pub(super) struct PartialFile {
    path: PathBuf,
    partial: PathBuf,
    checkpoint: PathBuf,
    file: Locked,
    pub(super) length: u64,
    /// Whether there is anything to resume from.
    saved: bool,
}

/// A file that nobody else can lock until this is dropped.
///
/// It unlocks by hand: closing the file would leave the lock with a process that was just forked
/// off, until that is another program.
#[derive(Debug)]
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // What cannot be unlocked is unlocked by the close.
        let _ = FileExt::unlock(&self.0);
    }
}

/// What was found where an export is to go.
pub(super) enum Found {
    /// Nothing to go on with: begin.
    Fresh(PartialFile),
    /// An unfinished export, cut to its last checkpoint.
    Unfinished(PartialFile, Checkpoint),
    /// An export that lacked nothing but the removal of its checkpoint, which is done now.
    Finished(Checkpoint),
}

impl PartialFile {
    pub(super) fn open(
        path: &Path,
        existing: Existing,
        force: bool,
        job: &Job,
    ) -> Result<Found, ExportError> {
        let checkpoint = with_suffix(path, ".checkpoint");
        let partial = with_suffix(path, ".partial");
        let failed = |what: &str| {
            let what = format!("cannot {what} {}", partial.display());
            move |error| ExportError::output(what, error)
        };

        // Looked at before anything is touched, and again once nobody else can change it.
        let saved = look(path, &checkpoint, &partial, existing, force, job)?;
        if let Some(saved) = saved.filter(|saved| is_in_place(saved, path, &partial)) {
            fs::remove_file(&checkpoint).map_err(failed("finish"))?;
            sync_folder(path).map_err(failed("finish"))?;
            return Ok(Found::Finished(saved));
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&partial).map_err(failed("create"))?;
        let taken = || {
            let message = format!("another run is writing {}", path.display());
            ExportError::new(ExportErrorKind::Locked, message)
                .hint_at("wait until it is done, or give another path")
        };
        let mut file = match FileExt::try_lock(&file) {
            Ok(()) => Locked(file),
            Err(TryLockError::WouldBlock) => return Err(taken()),
            Err(TryLockError::Error(error)) => return Err(failed("lock")(error)),
        };
        if !is_still_at(&file.0, &partial) {
            return Err(taken());
        }
        let saved = look(path, &checkpoint, &partial, existing, force, job)?;
        let length = file.0.metadata().map_err(failed("look at"))?.len();
        let this = |file, length, saved| {
            let (path, partial) = (path.to_owned(), partial.clone());
            Self { path, partial, checkpoint: checkpoint.clone(), file, length, saved }
        };
        match saved {
            Some(saved) => {
                if length < saved.bytes {
                    if length == 0 {
                        // It was not there before we opened it, or holds nothing anyway.
                        let _ = fs::remove_file(&partial);
                    }
                    let message = format!(
                        "{} is shorter than when its checkpoint was made",
                        partial.display()
                    );
                    return Err(ExportError::new(ExportErrorKind::Mismatch, message)
                        .hint_at("restart the export"));
                }
                file.0.set_len(saved.bytes).map_err(failed("cut"))?;
                file.0.seek(SeekFrom::End(0)).map_err(failed("cut"))?;
                Ok(Found::Unfinished(this(file, saved.bytes, true), saved))
            }
            None => {
                // The checkpoint goes first: it must never speak of bytes that are gone.
                match fs::remove_file(&checkpoint) {
                    Ok(()) => sync_folder(path).map_err(failed("restart"))?,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(failed("restart")(error)),
                }
                file.0.set_len(0).map_err(failed("cut"))?;
                Ok(Found::Fresh(this(file, 0, false)))
            }
        }
    }

    /// Appends bytes, makes them last, then the checkpoint that counts them in.
    pub(super) fn commit(
        &mut self,
        bytes: &[u8],
        job: &Job,
        cursor: Cursor,
        videos: u64,
        complete: bool,
    ) -> Result<(), ExportError> {
        let length = self.length + bytes.len() as u64;
        let written = self.file.0.write_all(bytes).and_then(|()| self.file.0.sync_data());
        written.map_err(|error| {
            ExportError::output(format!("cannot write {}", self.partial.display()), error)
                .hint_at("make room and resume: what was saved before is kept")
                .resumable(true)
        })?;
        let saved = Checkpoint::new(job.clone(), cursor, length, videos, complete);
        saved.store(&self.checkpoint).map_err(|error| {
            ExportError::output(format!("cannot write {}", self.checkpoint.display()), error)
                .hint_at("make room and resume: what was saved before is kept")
                .resumable(true)
        })?;
        (self.length, self.saved) = (length, true);
        Ok(())
    }

    /// Gives the complete file its name, and removes the checkpoint.
    pub(super) fn finish(self) -> Result<(), ExportError> {
        let named = fs::rename(&self.partial, &self.path).and_then(|()| sync_folder(&self.path));
        named.map_err(|error| {
            ExportError::output(format!("cannot put {} in place", self.path.display()), error)
                .hint_at("resume once it can be: everything is there")
                .resumable(true)
        })?;
        let removed = fs::remove_file(&self.checkpoint).and_then(|()| sync_folder(&self.path));
        removed.map_err(|error| {
            let what = format!("cannot remove {}", self.checkpoint.display());
            ExportError::output(what, error).hint_at("the file is complete: remove it by hand")
        })
    }

    /// Leaves what can be resumed, and nothing where there is nothing to resume.
    pub(super) fn leave(self) {
        if !self.saved {
            // Nothing is lost if that fails: the next run begins the file anew.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// The checkpoint to go on with, if that is what was asked for; refuses what was not.
fn look(
    path: &Path,
    checkpoint: &Path,
    partial: &Path,
    existing: Existing,
    force: bool,
    job: &Job,
) -> Result<Option<Checkpoint>, ExportError> {
    refuse_what_is_no_file(path, partial)?;
    let saved = match existing {
        Existing::Resume => Checkpoint::load(checkpoint)?,
        Existing::Restart => None,
        Existing::Refuse if checkpoint.exists() => {
            let message = format!("an unfinished export of {} is there", path.display());
            return Err(ExportError::new(ExportErrorKind::Unfinished, message)
                .hint_at("resume it, or restart it from the beginning"));
        }
        Existing::Refuse => None,
    };
    if let Some(saved) = &saved {
        saved.verify(job)?;
    }
    let in_place = saved.as_ref().is_some_and(|saved| is_in_place(saved, path, partial));
    // A link that leads nowhere is there too: the rename would replace it.
    if path.symlink_metadata().is_ok() && !force && !in_place {
        let message = format!("{} is there already", path.display());
        return Err(ExportError::new(ExportErrorKind::Exists, message)
            .hint_at("force its replacement, or give another path"));
    }
    Ok(saved)
}

/// Refuses what a rename would replace, or writing would spoil, not even by force.
fn refuse_what_is_no_file(path: &Path, partial: &Path) -> Result<(), ExportError> {
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
    // Of the partial file the name itself counts: a link would have another file cut.
    match partial.symlink_metadata() {
        Ok(there) if !there.is_file() => refused(format!("{} is not a file", partial.display())),
        _ => Ok(()),
    }
}

/// Whether the rename was made after which only the checkpoint was left to remove.
fn is_in_place(saved: &Checkpoint, path: &Path, partial: &Path) -> bool {
    let length = path.metadata().map(|file| file.len()).ok();
    saved.complete && !partial.exists() && length == Some(saved.bytes)
}

/// Whether the name still leads to the file: another run may have finished it under our hands.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(ours), Ok(named)) => id(ours) == id(named),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_at(_file: &File, path: &Path) -> bool {
    path.exists()
}
