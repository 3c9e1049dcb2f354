//! The files that SQLite keeps next to a database: its log, the index of the log, and its journal.

use std::path::Path;

use super::probe::{foreign, not_allowed, with_suffix};
use crate::export::{may_read, may_write};
use crate::sync::error::{SyncError, SyncErrorKind};

/// What SQLite appends to the name of a database.
pub(super) const SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Fails if SQLite would use, replace or remove a file that does not belong to this database, or if
/// it may not use one that does.
///
/// SQLite takes over any file with these names. It copies the videos of a log into a new database,
/// and waits forever for the other end of a pipe.
pub(super) fn refuse_in_the_way(database: &Path) -> Result<(), SyncError> {
    let has_database = database.symlink_metadata().is_ok_and(|found| found.len() > 0);
    for suffix in SUFFIXES {
        let path = with_suffix(database, suffix);
        let Ok(found) = path.symlink_metadata() else { continue };
        if !found.is_file() {
            return Err(foreign(&path, "is not a file"));
        }
        if !has_database {
            let message =
                format!("{} exists without its database {}", path.display(), database.display());
            return Err(SyncError::new(SyncErrorKind::Foreign, message).hint_at(
                "put the database back, or choose another path; if you do not need the file, \
                 remove it",
            ));
        }
        if !may_read(&path) || !may_write(&path) {
            return Err(not_allowed("write", &path));
        }
    }
    Ok(())
}
