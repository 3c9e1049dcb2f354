//! `PartialFile`: the file while it is being written, and the steps by which it becomes whole.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::TryLockError;

use super::checkpoint::Checkpoint;
use super::disk::{remove_if_there, remove_temporary, sync_folder, with_suffix};
use super::identity::ExportIdentity;
use super::lock::{FileLock, is_held};
use super::preflight::{check, is_in_place};
use crate::cursor::Cursor;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::options::Existing;

/// The file while it is being written; nobody else writes it meanwhile.
#[derive(Debug)]
pub(crate) struct PartialFile {
    path: PathBuf,
    partial: PathBuf,
    checkpoint: PathBuf,
    file: FileLock,
    pub(crate) length: u64,
    checkpoint_state: CheckpointState,
    force: bool,
}

/// Whose checkpoint lies beside the file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum CheckpointState {
    /// There is none, so the file is worth nothing.
    Missing,
    /// That of the run which this one replaces: it stays until there is something to save.
    Older,
    /// It tells how to go on with this one.
    Own,
}

/// What was found where an export is to go.
pub(crate) enum Found {
    /// Nothing to go on with: begin.
    Fresh(PartialFile),
    /// An unfinished export, cut to its last checkpoint.
    Unfinished(PartialFile, Checkpoint),
    /// An export that lacked nothing but the removal of its checkpoint, which is done now.
    Finished(Checkpoint),
}

impl PartialFile {
    pub(crate) fn open(
        path: &Path,
        existing: Existing,
        force: bool,
        identity: &ExportIdentity,
    ) -> Result<Found, ExportError> {
        let checkpoint = with_suffix(path, ".checkpoint");
        let partial = with_suffix(path, ".partial");
        let failed = |what: &str| {
            let what = format!("cannot {what} {}", partial.display());
            move |error| ExportError::output(what, error)
        };

        let taken = || {
            let message = format!("another run is writing {}", path.display());
            ExportError::new(ExportErrorKind::Locked, message)
                .hint_at("wait until it is done, or give another path")
        };
        // A run that is at work comes before what it has written so far.
        if is_held(&partial) || is_held(path) {
            return Err(taken());
        }
        // Looked at before anything is touched, and again once nobody else can change it.
        let saved = check(path, &partial, &checkpoint, existing, force, identity)?;
        if let Some(saved) = saved.filter(|saved| is_in_place(saved, path, &partial)) {
            remove_if_there(&checkpoint).map_err(failed("finish"))?;
            sync_folder(path).map_err(failed("finish"))?;
            return Ok(Found::Finished(saved));
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&partial).map_err(failed("create"))?;
        let file = match FileLock::take(file) {
            Ok(file) => file,
            Err(TryLockError::WouldBlock) => return Err(taken()),
            Err(TryLockError::Error(error)) => return Err(failed("lock")(error)),
        };
        if !file.is_still_at(&partial) {
            return Err(taken());
        }
        let length = file.0.metadata().map_err(failed("look at"))?.len();
        // One that has renamed its file still holds it, until its checkpoint is gone too.
        let saved = match is_held(path) {
            true => Err(taken()),
            false => check(path, &partial, &checkpoint, existing, force, identity),
        };
        let saved = saved.and_then(|saved| {
            // Also tells of a name too long for it before a page was asked for.
            remove_temporary(&checkpoint).map_err(failed("put a checkpoint beside"))?;
            Ok(saved)
        });
        let saved = saved.inspect_err(|_| remove_if_empty(&partial, length))?;
        let mut this = Self {
            path: path.to_owned(),
            partial,
            checkpoint,
            file,
            length: 0,
            checkpoint_state: CheckpointState::Missing,
            force,
        };
        // Before there is anything to read in it, and again once the file to replace is its last.
        this.take_over_mode().map_err(|error| this.failed("set the mode of", error))?;
        match saved {
            Some(saved) => {
                if length < saved.bytes {
                    remove_if_empty(&this.partial, length);
                    let message = format!(
                        "{} is shorter than when its checkpoint was made",
                        this.partial.display()
                    );
                    return Err(ExportError::new(ExportErrorKind::Mismatch, message)
                        .hint_at("restart the export"));
                }
                (this.length, this.checkpoint_state) = (saved.bytes, CheckpointState::Own);
                this.cut().map_err(|error| this.failed("cut", error))?;
                Ok(Found::Unfinished(this, saved))
            }
            None if this.checkpoint.symlink_metadata().is_ok() => {
                this.checkpoint_state = CheckpointState::Older;
                Ok(Found::Fresh(this))
            }
            None => {
                this.cut().map_err(|error| this.failed("cut", error))?;
                Ok(Found::Fresh(this))
            }
        }
    }

    fn failed(&self, what: &str, error: io::Error) -> ExportError {
        ExportError::output(format!("cannot {what} {}", self.partial.display()), error)
    }

    /// Leaves nothing in the file beyond its length.
    fn cut(&mut self) -> io::Result<()> {
        self.file.0.set_len(self.length)?;
        self.file.0.seek(SeekFrom::End(0)).map(|_| ())
    }

    /// Throws away what the run left which this one replaces.
    fn replace(&mut self) -> io::Result<()> {
        // The checkpoint goes first: it must never speak of bytes that are gone.
        remove_if_there(&self.checkpoint)?;
        sync_folder(&self.path)?;
        self.checkpoint_state = CheckpointState::Missing;
        self.cut()
    }

    /// Appends bytes, makes them last, then the checkpoint that counts them in.
    pub(super) fn commit(
        &mut self,
        bytes: &[u8],
        identity: ExportIdentity,
        cursor: Cursor,
        videos: u64,
        complete: bool,
    ) -> Result<(), ExportError> {
        if !self.file.is_still_at(&self.partial) {
            return Err(self.moved());
        }
        if self.checkpoint_state == CheckpointState::Older {
            self.replace().map_err(|error| self.failed("restart", error))?;
        }
        let length = self.length + bytes.len() as u64;
        let written = self.file.0.write_all(bytes).and_then(|()| self.file.0.sync_data());
        written.map_err(|error| {
            // On a full disk, others may need the room of what does not count.
            let _ = self.cut();
            ExportError::output(format!("cannot write {}", self.partial.display()), error)
                .hint_at("resume once it can be: what was saved before is kept")
                .resumable(true)
        })?;
        let saved = Checkpoint::new(identity, cursor, length, videos, complete);
        saved.store(&self.checkpoint).map_err(|error| {
            ExportError::output(format!("cannot write {}", self.checkpoint.display()), error)
                .hint_at("resume once it can be: what was saved before is kept")
                .resumable(true)
        })?;
        (self.length, self.checkpoint_state) = (length, CheckpointState::Own);
        Ok(())
    }

    /// Gives the complete file its name, and removes the checkpoint.
    pub(crate) fn finish(self) -> Result<(), ExportError> {
        if !self.file.is_still_at(&self.partial) {
            return Err(self.moved());
        }
        let path = self.path.display();
        // What came there while this ran has nobody's leave to be replaced.
        if !self.force && self.path.symlink_metadata().is_ok() {
            let message = format!("cannot put {path} in place: another file came there meanwhile");
            return Err(ExportError::new(ExportErrorKind::Output, message)
                .hint_at("move that away and resume: everything is there")
                .resumable(true));
        }
        self.take_over_mode()
            .map_err(|error| self.failed("set the mode of", error).resumable(true))?;
        let named = fs::rename(&self.partial, &self.path).and_then(|()| sync_folder(&self.path));
        named.map_err(|error| {
            ExportError::output(format!("cannot put {path} in place"), error)
                .hint_at("resume once it can be: everything is there")
                .resumable(true)
        })?;
        let removed = remove_if_there(&self.checkpoint).and_then(|()| sync_folder(&self.path));
        removed.map_err(|error| {
            let what = format!("cannot remove {}", self.checkpoint.display());
            ExportError::output(what, error).hint_at("the file is complete: remove it by hand")
        })
    }

    /// Lets those read it who may read the file that it replaces, and nobody else.
    #[cfg(unix)]
    fn take_over_mode(&self) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;

        let Some(old) = self.path.symlink_metadata().ok().filter(fs::Metadata::is_file) else {
            return Ok(());
        };
        // Its owner may write it, as a resume has to.
        let mode = old.permissions().mode() | 0o200;
        // Where all files have one mode, it may not be set at all.
        if self.file.0.metadata()?.permissions().mode() == mode {
            return Ok(());
        }
        self.file.0.set_permissions(fs::Permissions::from_mode(mode))
    }

    /// Elsewhere the folder says who may read a file.
    #[cfg(not(unix))]
    fn take_over_mode(&self) -> io::Result<()> {
        Ok(())
    }

    /// Writing on would be into a file without a name, or beside another run.
    fn moved(&self) -> ExportError {
        let message = format!("{} was moved or removed meanwhile", self.partial.display());
        ExportError::new(ExportErrorKind::Output, message)
            .hint_at("put it back and resume, or restart the export")
    }

    /// Leaves what can be resumed, and nothing where there is nothing to resume.
    pub(crate) fn leave(self) {
        // One that could not be made to last may be there all the same.
        let without = self.checkpoint.symlink_metadata().is_err();
        if self.checkpoint_state == CheckpointState::Missing
            && without
            && self.file.is_still_at(&self.partial)
        {
            // Nothing is lost if that fails: the next run begins the file anew.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Leaves no file behind that was only made to be locked.
fn remove_if_empty(partial: &Path, length: u64) {
    if length == 0 {
        let _ = fs::remove_file(partial);
    }
}
