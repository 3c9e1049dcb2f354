//! `FileLock`: lets one run at a time write a file.

use std::fs::{self, File};
use std::path::Path;

use fs4::{FileExt, TryLockError};

/// A file that no other process can lock until this is dropped.
///
/// The drop unlocks explicitly: a child process that was just forked shares the file until it runs
/// its program, so closing the file here would leave it locked.
#[derive(Debug)]
pub(super) struct FileLock(pub(super) File);

impl FileLock {
    pub(super) fn take(file: File) -> Result<Self, TryLockError> {
        FileExt::try_lock(&file).map(|()| Self(file))
    }

    /// Whether `path` still names this file: another run may have finished it, or a user may have
    /// removed it.
    #[cfg(unix)]
    pub(super) fn is_still_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;

        let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match (self.0.metadata(), path.symlink_metadata()) {
            (Ok(ours), Ok(named)) => id(ours) == id(named),
            _ => false,
        }
    }

    /// Whether `path` exists: std has no stable file number on this system.
    #[cfg(not(unix))]
    pub(super) fn is_still_at(&self, path: &Path) -> bool {
        path.exists()
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // If this fails, closing the file unlocks it.
        let _ = FileExt::unlock(&self.0);
    }
}

/// Whether another run has locked the file at `path`.
pub(super) fn is_held(path: &Path) -> bool {
    // Opening a pipe would block until its other end is opened.
    let is_file = path.symlink_metadata().is_ok_and(|there: fs::Metadata| there.is_file());
    let Some(file) = is_file.then(|| File::open(path).ok()).flatten() else { return false };
    match FileExt::try_lock_shared(&file) {
        Ok(()) => {
            drop(FileLock(file));
            false
        }
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
    }
}
