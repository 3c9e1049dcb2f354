//! `LockFile`: keeps other runs away from a database.

use std::io;
use std::path::{Path, PathBuf};

use super::probe::{cannot_create, foreign, not_allowed, with_suffix};
use crate::export::{FileLock, create_private, may_read, may_write, open, remove_if_exists};
use crate::sync::error::{SyncError, SyncErrorKind};

/// An empty file that is locked while a run works on the database. It is removed at the end.
///
/// The database itself cannot be used for this: closing another handle of it would release the locks
/// of SQLite.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    lock: FileLock,
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // If the file stays, the next run uses it.
        let _ = remove_if_exists(&self.path);
    }
}

impl LockFile {
    /// Creates the lock file of a database, or takes over the one that a crash left.
    pub(super) fn take(database: &Path) -> Result<Self, SyncError> {
        let path = with_suffix(database, "-lock");
        let cannot = |error| cannot_create(&path, error);
        loop {
            let file = match create_private(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match open(&path) {
                    Err(_) if path.symlink_metadata().is_ok_and(|found| !found.is_file()) => {
                        return Err(foreign(&path, "is not a file"));
                    }
                    // Another run removed it in between.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(_) if !may_read(&path) || !may_write(&path) => {
                        return Err(not_allowed("write", &path));
                    }
                    file => file.map_err(cannot)?,
                },
                file => file.map_err(cannot)?,
            };
            let found = file.metadata().map_err(cannot)?;
            if !found.is_file() {
                return Err(foreign(&path, "is not a file"));
            }
            if found.len() > 0 {
                return Err(foreign(&path, "was not written by a sync"));
            }
            let Some(lock) = FileLock::take(file).map_err(cannot)? else {
                let message = format!("another run is writing {}", database.display());
                return Err(SyncError::new(SyncErrorKind::Locked, message)
                    .hint_at("wait until it is done, or choose another path"));
            };
            if lock.is_still_at(&path) {
                return Ok(Self { path, lock });
            }
        }
    }

    /// Whether the file system has locks.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_locked
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_lock_file_is_removed_at_the_end_and_survives_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("videos.db");
        let lock = LockFile::take(&path).unwrap();
        assert_eq!(LockFile::take(&path).unwrap_err().kind(), SyncErrorKind::Locked);
        drop(lock);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(with_suffix(&path, "-lock"), "").unwrap();
        drop(LockFile::take(&path).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
