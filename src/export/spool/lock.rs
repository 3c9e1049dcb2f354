//! `FileLock`: a file that one run at a time may write, and who holds it.

use std::fs::{self, File};
use std::path::Path;

use fs4::{FileExt, TryLockError};

/// A file that nobody else can lock until this is dropped.
///
/// It unlocks by hand: closing the file would leave the lock with a process that was just forked
/// off, until that is another program.
#[derive(Debug)]
pub(super) struct FileLock(pub(super) File);

impl FileLock {
    pub(super) fn take(file: File) -> Result<Self, TryLockError> {
        FileExt::try_lock(&file).map(|()| Self(file))
    }

    /// Whether the name still leads to it: another run may have finished it under our hands, or
    /// somebody removed it.
    #[cfg(unix)]
    pub(super) fn is_still_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;

        let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match (self.0.metadata(), path.symlink_metadata()) {
            (Ok(ours), Ok(named)) => id(ours) == id(named),
            _ => false,
        }
    }

    /// Whether the name still leads to something, where files have no number to know them by.
    #[cfg(not(unix))]
    pub(super) fn is_still_at(&self, path: &Path) -> bool {
        path.exists()
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // What cannot be unlocked is unlocked by the close.
        let _ = FileExt::unlock(&self.0);
    }
}

/// Whether another run holds the file at this place.
pub(super) fn is_held(path: &Path) -> bool {
    // Opening a pipe would wait for its other end.
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
