//! Opens the partial file of an export: locks it, repeats all checks, and resumes or starts.

use std::fs::File;
use std::io;

use super::checkpoint::Checkpoint;
use super::lock::FileLock;
use super::partial_file::{CheckpointState, PartialFile, failed};
use super::preflight::{KnownBy, Plan, Preflight, foreign};
use super::running_hash::RunningHash;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::files::{
    Attributes, FileId, create_private, may_write, open, open_to_read, remove_if_exists,
};
use crate::export::warning::Warning;

/// How often to try again if other runs change the files between two checks.
const ATTEMPTS: u32 = 20;

/// What was found at the path of an export.
#[derive(Debug)]
pub(crate) enum Found {
    /// There is nothing to resume: start a new export.
    Fresh(Box<PartialFile>),
    /// An unfinished export. [Verify](PartialFile::verify) what it saved before resuming it.
    Unfinished(Box<PartialFile>, Box<Checkpoint>),
    /// Start a new export, but keep what an older one saved until there is something new.
    Replaced {
        file: Box<PartialFile>,
        warning: Option<Warning>,
        /// Whether to [verify](PartialFile::verify) what was saved first.
        verify: bool,
    },
    /// The file is complete. If there were side files, they were removed, and this is their
    /// checkpoint.
    Done(Option<Box<Checkpoint>>),
}

impl PartialFile {
    /// Opens or creates the partial file, and decides how the export starts. Fails if an existing
    /// file must not be touched.
    pub(crate) fn open(at: Preflight) -> Result<Found, ExportError> {
        let at_failure = at.clone();
        Self::try_open(at).map_err(|error| {
            // Errors of other kinds already say whether a resume helps. Most of them mean that this
            // run must not use the existing files.
            let is_resumable = match error.kind() {
                ExportErrorKind::Output => at_failure.has_something_to_resume(),
                _ => error.is_resumable(),
            };
            error.resumable(is_resumable)
        })
    }

    fn try_open(mut at: Preflight) -> Result<Found, ExportError> {
        let mut tidied = None;
        for _ in 0..ATTEMPTS {
            // Report a concurrent run before complaining about its files.
            at.refuse_if_held(&[&at.files.partial, &at.path])?;
            // The first check changes nothing; the second one, under the lock, decides.
            if matches!(at.check(None)?, Plan::Done) && !at.has_scraps() {
                return Ok(Found::Done(tidied));
            }
            let Some((lock, is_new)) = lock_partial(&at)? else { continue };
            let checked = check_locked(&at);
            let (new, plan) = checked.inspect_err(|_| {
                if is_new && lock.is_still_at(&at.files.partial) {
                    let _ = remove_if_exists(&at.files.partial);
                }
            })?;
            let mut this = Self::locked(at, lock, new);
            let is_known = match &plan {
                Plan::Begin => false,
                Plan::Replace { older, .. } => older.spool == this.id(),
                _ => true,
            };
            if !is_new && !is_known && this.is_exposed() {
                // An empty file that a crash leaves is private, so this one is not ours. Replace it
                // with a new one, which no other process can have open.
                this.remove_if_empty();
                at = this.at;
                continue;
            }
            match plan {
                Plan::Begin => return Ok(Found::Fresh(Box::new(this))),
                Plan::Resume(mut saved, known_by) => {
                    // The user may have changed the key.
                    saved.identity = this.at.identity.clone();
                    this.note_known_by(known_by);
                    (this.length, this.state) = (saved.bytes, CheckpointState::Own);
                    this.checkpoint = Some(saved.clone());
                    return Ok(Found::Unfinished(Box::new(this), Box::new(saved)));
                }
                Plan::Replace { older, warning, known_by } => {
                    this.note_known_by(known_by);
                    this.state = CheckpointState::Older;
                    this.checkpoint = Some(older);
                    return Ok(Found::Replaced {
                        file: Box::new(this),
                        warning,
                        verify: known_by != KnownBy::Id,
                    });
                }
                Plan::Tidy(saved) => {
                    this.tidy(&saved)?;
                    tidied = Some(Box::new(saved));
                }
                Plan::Done => {
                    this.sweep()?;
                    return Ok(Found::Done(tidied));
                }
            }
            at = this.at;
        }
        Err(at.locked())
    }

    fn locked(at: Preflight, lock: FileLock, new: Attributes) -> Self {
        let warning = || Warning::NotLocked { path: at.files.partial.clone() };
        let warnings = if lock.is_locked { Vec::new() } else { vec![warning()] };
        Self {
            at,
            lock,
            length: 0,
            hash: RunningHash::default(),
            checkpoint: None,
            older: None,
            known_by: KnownBy::Id,
            state: CheckpointState::Missing,
            new,
            warnings,
        }
    }

    pub(super) fn id(&self) -> Option<FileId> {
        self.lock.file.metadata().ok().map(|found| FileId::of(&found))
    }

    /// Whether the file is empty and another process may have it open.
    fn is_exposed(&self) -> bool {
        let found = self.lock.file.metadata();
        found.is_ok_and(|found| found.len() == 0 && !Attributes::of(&found).is_private())
    }

    /// Removes files that a crash left next to a complete file.
    fn sweep(&self) -> Result<(), ExportError> {
        let encoding = &self.at.files.encoding;
        // An encoded file with content was rejected earlier.
        remove_if_exists(encoding).map_err(|error| failed("remove", encoding, error))?;
        self.remove_if_empty();
        Ok(())
    }

    /// Notes what must be verified, and makes a file private that is known to be ours.
    fn note_known_by(&mut self, known_by: KnownBy) {
        self.known_by = known_by;
        if known_by == KnownBy::Id {
            self.make_private();
        }
    }

    /// Restores the private mode: a crash at the end may have left the final mode and owner.
    pub(super) fn make_private(&self) {
        self.new.private().apply(&self.lock.file);
    }
}

/// Opens or creates the partial file and locks it; also returns whether it is new. `None` if
/// another run interfered.
fn lock_partial(at: &Preflight) -> Result<Option<(FileLock, bool)>, ExportError> {
    let partial = &at.files.partial;
    let (file, is_new) = match create_private(partial) {
        Ok(file) => (file, true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match open_again(partial) {
            Ok(file) => (file, false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) if !may_write(partial) => {
                return Err(foreign(partial, "may not be written by this user"));
            }
            Err(error) => return Err(failed("open", partial, error)),
        },
        Err(error) => return Err(failed("create", partial, error)),
    };
    let lock = FileLock::take(file).map_err(|error| {
        if is_new {
            let _ = remove_if_exists(partial);
        }
        failed("lock", partial, error)
    })?;
    let Some(lock) = lock else { return Err(at.locked()) };
    // Another run may have renamed or removed the file after we opened and before we locked it.
    Ok(lock.is_still_at(partial).then_some((lock, is_new)))
}

/// Opens a file for writing, even if a crash left it with a final mode that forbids writing.
fn open_again(path: &std::path::Path) -> io::Result<File> {
    match open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let file = open_to_read(path)?;
            Attributes::of(&file.metadata()?).private().writable().apply(&file);
            open(path)
        }
        opened => opened,
    }
}

/// Repeats all checks, now that no other run can change the files.
fn check_locked(at: &Preflight) -> Result<(Attributes, Plan), ExportError> {
    // A run that has renamed its file keeps it locked until its checkpoint is removed.
    at.refuse_if_held(&[&at.path])?;
    // Check what does not depend on the owner of new files, which is unknown until one is created.
    at.check(None)?;
    let temporary = &at.files.temporary;
    // This also detects, before the first request, a name that is too long for a checkpoint.
    let new = remove_if_exists(temporary).and_then(|()| Attributes::of_new(temporary));
    let new =
        new.map_err(|error| failed("create a checkpoint next to", &at.files.partial, error))?;
    Ok((new, at.check(Some(new))?))
}
