//! `PartialFile`: the videos that were saved so far, and their checkpoint.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::checkpoint::{Checkpoint, Counts};
use super::lock::FileLock;
use super::preflight::{KnownBy, Preflight};
use super::running_hash::RunningHash;
use crate::cursor::Cursor;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::files::{
    Attributes, FileId, hint_at_cause, remove_if_exists, sync_content, sync_folder,
};
use crate::export::warning::Warning;

/// `PATH.partial`, locked against other runs.
#[derive(Debug)]
pub(crate) struct PartialFile {
    pub(super) at: Preflight,
    pub(super) lock: FileLock,
    /// How many bytes of the file are valid; a failed write may have left more.
    pub(crate) length: u64,
    pub(super) hash: RunningHash,
    /// The checkpoint that the next one is based on.
    pub(super) checkpoint: Option<Checkpoint>,
    /// The checkpoint on disk, if it belongs to an export that this one replaces.
    pub(super) older: Option<Checkpoint>,
    pub(super) state: CheckpointState,
    /// How it is verified that the file belongs to its checkpoint.
    pub(super) known_by: KnownBy,
    /// The attributes that a new file of ours gets in this folder.
    pub(super) new: Attributes,
    /// Warnings about unsupported operations that have not been reported yet.
    pub(super) warnings: Vec<Warning>,
}

/// Which run wrote the checkpoint on disk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CheckpointState {
    /// There is no checkpoint, so the partial file is worthless.
    Missing,
    /// An export that this one replaces; its checkpoint is kept until there is something to save.
    Older,
    /// This run, or the run that this one resumes.
    Own,
    /// The export is complete, or the files must not be touched.
    NotOurs,
}

impl PartialFile {
    /// Sets the first checkpoint of an export that starts from the beginning.
    ///
    /// What an older run saved stays on disk until there is something new.
    pub(crate) fn begin(&mut self, first: Checkpoint) {
        if self.state == CheckpointState::Own {
            self.state = CheckpointState::Older;
        }
        (self.length, self.hash) = (0, RunningHash::default());
        self.older = self.checkpoint.replace(first).or(self.older.take());
    }

    /// Appends bytes and syncs them, then stores the checkpoint that includes them.
    pub(crate) fn commit(
        &mut self,
        bytes: &[u8],
        cursor: Cursor,
        counts: Counts,
        complete: bool,
    ) -> Result<(), ExportError> {
        self.refuse_if_moved()?;
        if self.state != CheckpointState::Own {
            self.store_first()?;
        }
        let partial = self.at.files.partial.clone();
        let written = self.write(bytes);
        let synced = written.map_err(|error| {
            // On a full disk, free the space of the invalid bytes.
            let _ = self.cut();
            self.not_saved(&partial, error)
        })?;
        self.note_sync(synced, &partial);
        let mut hash = self.hash.clone();
        hash.update(bytes);
        let mut next = self.checkpoint()?.after(cursor, counts, complete);
        (next.bytes, next.hash) = (self.length + bytes.len() as u64, hash.hex());
        self.store(next)?;
        (self.length, self.hash) = (self.length + bytes.len() as u64, hash);
        Ok(())
    }

    /// Stores an empty first checkpoint and discards what an older run saved.
    ///
    /// The checkpoint is stored before the file is truncated, because a checkpoint must never count
    /// bytes that are gone.
    pub(super) fn store_first(&mut self) -> Result<(), ExportError> {
        let first = self.checkpoint()?.clone();
        if let Some(older) = self.older.take() {
            self.checkpoint = Some(older);
            let dropped = self.drop_encoding();
            self.older = self.checkpoint.replace(first.clone());
            dropped?;
        }
        self.store(first.emptied(RunningHash::default().hex()))?;
        self.older = None;
        (self.length, self.hash) = (0, RunningHash::default());
        self.cut().map_err(|error| failed("truncate", &self.at.files.partial, error))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.lock.file.seek(SeekFrom::Start(self.length))?;
        self.lock.file.write_all(bytes)?;
        sync_content(&self.lock.file)
    }

    /// Stores a checkpoint. The next one will be based on it.
    pub(super) fn store(&mut self, mut next: Checkpoint) -> Result<(), ExportError> {
        next.spool = self.lock.file.metadata().ok().map(|found| FileId::of(&found));
        let path = self.at.files.checkpoint.clone();
        let stored = next.store(&self.at.files).map_err(|error| self.not_saved(&path, error))?;
        self.note_sync(stored, &path);
        self.checkpoint = Some(next);
        self.state = CheckpointState::Own;
        Ok(())
    }

    /// How many videos were saved.
    pub(crate) fn videos(&self) -> u64 {
        self.checkpoint.as_ref().map_or(0, |saved| saved.counts.videos)
    }

    pub(super) fn checkpoint(&self) -> Result<&Checkpoint, ExportError> {
        let message = "the export was not started";
        self.checkpoint.as_ref().ok_or_else(|| ExportError::new(ExportErrorKind::Output, message))
    }

    /// Truncates the file to its valid length.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        self.lock.file.set_len(self.length)
    }

    /// Keeps the files if they can be resumed, and removes them otherwise. Returns true if there is
    /// something to resume.
    pub(crate) fn keep_if_resumable(&mut self) -> bool {
        if self.state == CheckpointState::NotOurs {
            return false;
        }
        // Look at the disk: a checkpoint may have been stored even though its sync failed.
        match Checkpoint::load(&self.at.files.checkpoint) {
            Ok(Some(saved)) if !saved.is_empty() => {
                if self.state != CheckpointState::Own {
                    self.remove_if_empty();
                }
                self.at.can_resume(&saved)
            }
            Ok(saved) if saved.is_some() || self.state == CheckpointState::Missing => {
                // If this fails, nothing is lost, because the next run replaces both.
                let _ = self.discard();
                false
            }
            // The checkpoint was removed by someone else. Keep the videos that it described.
            Ok(_) => false,
            // It cannot be read now, for example because too many files are open.
            Err(_) => {
                self.remove_if_empty();
                self.at.has_something_to_resume()
            }
        }
    }

    /// Removes a partial file without content; returns true if it is gone.
    pub(super) fn remove_if_empty(&self) -> bool {
        let is_empty = self.lock.file.metadata().is_ok_and(|found| found.len() == 0);
        is_empty
            && self.lock.is_still_at(&self.at.files.partial)
            && remove_if_exists(&self.at.files.partial).is_ok()
    }

    /// Removes the checkpoint and the partial file of an export that has saved nothing.
    fn discard(&mut self) -> io::Result<()> {
        if !self.lock.is_still_at(&self.at.files.partial) {
            return Ok(());
        }
        remove_if_exists(&self.at.files.checkpoint)?;
        self.length = 0;
        self.cut()?;
        remove_if_exists(&self.at.files.partial)?;
        sync_folder(&self.at.path).map(|_| ())
    }

    /// Removes what was saved, because it will not be used.
    pub(crate) fn give_up(&mut self) -> Result<(), ExportError> {
        if self.state != CheckpointState::Own {
            return Ok(());
        }
        self.drop_encoding()?;
        self.store_first()
    }

    /// Fails if the partial file was moved or removed during the export.
    pub(super) fn refuse_if_moved(&self) -> Result<(), ExportError> {
        if self.lock.is_still_at(&self.at.files.partial) {
            return Ok(());
        }
        let message =
            format!("{} was moved or removed during the export", self.at.files.partial.display());
        Err(ExportError::new(ExportErrorKind::Output, message)
            .hint_at("put it back and resume, or restart the export"))
    }

    fn not_saved(&self, path: &Path, error: io::Error) -> ExportError {
        failed("write", path, error).hint_at(if self.at.has_something_to_resume() {
            "fix the cause and resume: what was saved before is kept"
        } else {
            "fix the cause and run it again: nothing was saved yet"
        })
    }

    pub(super) fn note_sync(&mut self, synced: bool, path: &Path) {
        if !synced {
            self.warn(Warning::NotSynced { path: path.to_owned() });
        }
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

pub(super) fn failed(action: &str, path: &Path, error: io::Error) -> ExportError {
    let hint = hint_at_cause(path, &error);
    ExportError::output(format!("cannot {action} {}", path.display()), error).hint_if(hint)
}
