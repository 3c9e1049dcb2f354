//! `PartialFile`: the file while it is being written, and the steps that complete it.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::TryLockError;

use super::checkpoint::Checkpoint;
use super::disk::{SideFiles, copy_mode, open_or_create, remove_if_exists, sync_folder};
use super::identity::ExportIdentity;
use super::lock::FileLock;
use super::preflight::Preflight;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::options::Existing;

/// `PATH.partial`, locked against other runs.
#[derive(Debug)]
pub(crate) struct PartialFile {
    path: PathBuf,
    files: SideFiles,
    lock: FileLock,
    /// How many bytes of the file count; a failed write may have left more.
    pub(crate) length: u64,
    checkpoint_state: CheckpointState,
    force: bool,
}

/// Which run wrote the checkpoint on disk.
#[derive(Debug, Clone, Copy, PartialEq)]
enum CheckpointState {
    /// There is none, so the partial file is worth nothing.
    Missing,
    /// A run that this one replaces: it stays until there is something to save.
    Older,
    /// This run, or the run that this one resumes.
    Own,
}

/// What was found at the path of an export.
pub(crate) enum Found {
    /// Nothing to go on with: begin.
    Fresh(PartialFile),
    /// An unfinished export, cut to the length in its checkpoint.
    Unfinished(PartialFile, Checkpoint),
    /// A finished export whose checkpoint was still there; it is removed now.
    Finished(Checkpoint),
}

impl PartialFile {
    pub(crate) fn open(
        path: &Path,
        existing: Existing,
        force: bool,
        identity: &ExportIdentity,
    ) -> Result<Found, ExportError> {
        let files = SideFiles::of(path);
        let preflight = Preflight { path, files: &files, existing, force, identity };
        // Report a concurrent run before complaining about its files.
        preflight.refuse_if_held(&[&files.partial, path])?;
        // The first check touches nothing; the second, under the lock, is the one that counts.
        if let Some(saved) = preflight.check()?.filter(|saved| preflight.is_in_place(saved)) {
            remove_if_exists(&files.checkpoint)
                .and_then(|()| sync_folder(path))
                .map_err(|error| failed("remove", &files.checkpoint, error))?;
            return Ok(Found::Finished(saved));
        }
        let (lock, length) = lock_partial(&preflight)?;
        let saved =
            check_locked(&preflight).inspect_err(|_| remove_if_empty(&files.partial, length))?;
        let this = Self {
            path: path.to_owned(),
            files,
            lock,
            length: 0,
            checkpoint_state: CheckpointState::Missing,
            force,
        };
        // Before anything readable is in it; `finish` does it again, as PATH may have changed.
        this.copy_mode()?;
        match saved {
            Some(saved) => this.resume(saved, length),
            None => this.begin(),
        }
    }

    /// Keeps what the checkpoint counts and cuts off the rest.
    fn resume(mut self, saved: Checkpoint, length: u64) -> Result<Found, ExportError> {
        if length < saved.bytes {
            remove_if_empty(&self.files.partial, length);
            let message =
                format!("{} is shorter than its checkpoint says", self.files.partial.display());
            return Err(
                ExportError::new(ExportErrorKind::Mismatch, message).hint_at("restart the export")
            );
        }
        (self.length, self.checkpoint_state) = (saved.bytes, CheckpointState::Own);
        self.cut().map_err(|error| self.failed("truncate", error))?;
        Ok(Found::Unfinished(self, saved))
    }

    /// Empties the file, unless an older checkpoint still needs it.
    fn begin(mut self) -> Result<Found, ExportError> {
        if self.files.checkpoint.symlink_metadata().is_ok() {
            self.checkpoint_state = CheckpointState::Older;
        } else {
            self.cut().map_err(|error| self.failed("truncate", error))?;
        }
        Ok(Found::Fresh(self))
    }

    /// Truncates the file to the length that counts.
    fn cut(&mut self) -> io::Result<()> {
        self.lock.0.set_len(self.length)?;
        self.lock.0.seek(SeekFrom::End(0)).map(|_| ())
    }

    /// Discards the older export that this one replaces.
    fn discard_older(&mut self) -> io::Result<()> {
        // The checkpoint goes first: it must never count bytes that are gone.
        remove_if_exists(&self.files.checkpoint)?;
        sync_folder(&self.path)?;
        self.checkpoint_state = CheckpointState::Missing;
        self.cut()
    }

    /// Appends bytes and syncs them, then stores the checkpoint that counts them.
    pub(crate) fn commit(
        &mut self,
        bytes: &[u8],
        mut checkpoint: Checkpoint,
    ) -> Result<(), ExportError> {
        self.refuse_if_moved()?;
        if self.checkpoint_state == CheckpointState::Older {
            self.discard_older().map_err(|error| self.failed("restart", error))?;
        }
        let not_saved = |path: &Path, error| {
            failed("write", path, error)
                .hint_at("fix the cause and resume: what was saved before is kept")
                .resumable(true)
        };
        let written = self.lock.0.write_all(bytes).and_then(|()| self.lock.0.sync_data());
        written.map_err(|error| {
            // On a full disk, free the room of what does not count.
            let _ = self.cut();
            not_saved(&self.files.partial, error)
        })?;
        checkpoint.bytes = self.length + bytes.len() as u64;
        checkpoint.store(&self.files).map_err(|error| not_saved(&self.files.checkpoint, error))?;
        (self.length, self.checkpoint_state) = (checkpoint.bytes, CheckpointState::Own);
        Ok(())
    }

    /// Gives the complete file its name and removes the checkpoint.
    pub(crate) fn finish(self) -> Result<(), ExportError> {
        self.refuse_if_moved()?;
        let path = self.path.display();
        // Without `force`, do not overwrite a file that appeared meanwhile.
        if !self.force && self.path.symlink_metadata().is_ok() {
            let message = format!("{path} was created by another program during the export");
            return Err(ExportError::new(ExportErrorKind::Output, message)
                .hint_at("move it away and resume: all videos are saved")
                .resumable(true));
        }
        self.copy_mode().map_err(|error| error.resumable(true))?;
        let named =
            fs::rename(&self.files.partial, &self.path).and_then(|()| sync_folder(&self.path));
        named.map_err(|error| {
            ExportError::output(
                format!("cannot rename {} to {path}", self.files.partial.display()),
                error,
            )
            .hint_at("fix the cause and resume: all videos are saved")
            .resumable(true)
        })?;
        let checkpoint = &self.files.checkpoint;
        let removed = remove_if_exists(checkpoint).and_then(|()| sync_folder(&self.path));
        removed.map_err(|error| {
            failed("remove", checkpoint, error)
                .hint_at("the export is complete: remove the checkpoint by hand")
        })
    }

    /// Keeps what can be resumed, and removes the file if there is nothing to resume.
    pub(crate) fn leave(self) {
        // A checkpoint whose sync failed may exist all the same.
        let has_checkpoint = self.checkpoint_state != CheckpointState::Missing
            || self.files.checkpoint.symlink_metadata().is_ok();
        if !has_checkpoint && self.lock.is_still_at(&self.files.partial) {
            // A failure loses nothing: the next run empties the file.
            let _ = fs::remove_file(&self.files.partial);
        }
    }

    fn copy_mode(&self) -> Result<(), ExportError> {
        copy_mode(&self.path, &self.lock.0).map_err(|error| self.failed("set the mode of", error))
    }

    /// Refuses to write into a file that has lost its name, or next to another run's file.
    fn refuse_if_moved(&self) -> Result<(), ExportError> {
        if self.lock.is_still_at(&self.files.partial) {
            return Ok(());
        }
        let message =
            format!("{} was moved or removed during the export", self.files.partial.display());
        Err(ExportError::new(ExportErrorKind::Output, message)
            .hint_at("put it back and resume, or restart the export"))
    }

    fn failed(&self, action: &str, error: io::Error) -> ExportError {
        failed(action, &self.files.partial, error)
    }
}

/// Opens the partial file and locks it; its length is what it had before.
fn lock_partial(preflight: &Preflight<'_>) -> Result<(FileLock, u64), ExportError> {
    let partial = &preflight.files.partial;
    let file = open_or_create(partial).map_err(|error| failed("create", partial, error))?;
    let lock = match FileLock::take(file) {
        Ok(lock) => lock,
        Err(TryLockError::WouldBlock) => return Err(preflight.locked()),
        Err(TryLockError::Error(error)) => return Err(failed("lock", partial, error)),
    };
    // Another run may have renamed the file between our open and our lock.
    if !lock.is_still_at(partial) {
        return Err(preflight.locked());
    }
    let metadata =
        lock.0.metadata().map_err(|error| failed("read the length of", partial, error))?;
    Ok((lock, metadata.len()))
}

/// Checks everything again, now that no other run can change it.
fn check_locked(preflight: &Preflight<'_>) -> Result<Option<Checkpoint>, ExportError> {
    // A run that has renamed its file still holds it until its checkpoint is removed.
    preflight.refuse_if_held(&[preflight.path])?;
    let saved = preflight.check()?;
    // This also finds a name that is too long for a checkpoint, before the first request.
    remove_if_exists(&preflight.files.temporary)
        .map_err(|error| failed("create a checkpoint next to", &preflight.files.partial, error))?;
    Ok(saved)
}

fn failed(action: &str, path: &Path, error: io::Error) -> ExportError {
    ExportError::output(format!("cannot {action} {}", path.display()), error)
}

/// Removes a file that was only created to be locked.
fn remove_if_empty(partial: &Path, length: u64) {
    if length == 0 {
        let _ = fs::remove_file(partial);
    }
}
