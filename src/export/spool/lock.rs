//! `FileLock`: makes sure that only one run at a time writes a file.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use fs4::{FileExt, TryLockError};

use crate::export::files::{FileId, is_unsupported, open_to_read};

/// A file that no other process can lock until this is dropped.
///
/// The drop unlocks explicitly. A child process that was just forked shares the open file until it
/// runs its program, so closing the file here would not release the lock.
#[derive(Debug)]
pub(crate) struct FileLock {
    pub(crate) file: File,
    /// False if the file system has no locks.
    pub(crate) is_locked: bool,
}

impl FileLock {
    /// Locks a file; `None` if another run has locked it.
    pub(crate) fn take(file: File) -> io::Result<Option<Self>> {
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Some(Self { file, is_locked: true })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) if is_unsupported(&error) => {
                Ok(Some(Self { file, is_locked: false }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether `path` still names this file: another run may have finished it, or a user may have
    /// removed it.
    pub(crate) fn is_still_at(&self, path: &Path) -> bool {
        let ours = self.file.metadata().map(|found| FileId::of(&found));
        ours.is_ok_and(|ours| FileId::at(path) == Some(ours))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // If this fails, closing the file releases the lock.
        let _ = FileExt::unlock(&self.file);
    }
}

/// Whether another run has locked the file at `path`.
pub(super) fn is_held(path: &Path) -> bool {
    // Opening a pipe would block until its other end is opened.
    let is_file = path.symlink_metadata().is_ok_and(|there: fs::Metadata| there.is_file());
    let Some(file) = is_file.then(|| open_to_read(path).ok()).flatten() else { return false };
    match FileExt::try_lock_shared(&file) {
        Ok(()) => {
            drop(FileLock { file, is_locked: true });
            false
        }
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
    }
}
