//! What is at the path of a database, before a sync opens it.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::ffi::{SQLITE_IOERR_LOCK, SQLITE_IOERR_RDLOCK, SQLITE_IOERR_UNLOCK};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema::APPLICATION_ID;
use crate::export::hint_at_cause;
use crate::sync::error::{SyncError, SyncErrorKind, is_damage};

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether there is a database of a sync; false if the file is missing or empty.
pub(super) fn is_database(path: &Path) -> Result<bool, SyncError> {
    let found = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found
            .map_err(|error| SyncError::io(format!("cannot read {}", path.display()), error))?,
    };
    if !found.is_file() {
        return Err(foreign(path, "is not a file"));
    }
    if found.len() == 0 {
        return Ok(false);
    }
    let mut id = application_id(path);
    let is_unreadable = |error: &rusqlite::Error| {
        let code = error.sqlite_error_code();
        matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    };
    if id.as_ref().is_err_and(is_unreadable) && has_log(path) {
        // A crash may have left the first page half written, and the log has all of it.
        id = application_id_with_log(path);
    }
    match id {
        Ok(APPLICATION_ID) => Ok(true),
        Ok(_) => Err(foreign(path, "is a SQLite database that was not written by a sync")),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(foreign(path, "exists and is not a SQLite database"))
        }
        Err(error) => Err(failed("read", path, error)),
    }
}

/// Fails if the file has other names. SQLite puts its log next to the name that it is given, so
/// a program that opens another name does not see the log, and damages the database.
pub(super) fn refuse_other_names(path: &Path) -> Result<(), SyncError> {
    let names = path.symlink_metadata().map_or(1, |found| names(&found));
    if names < 2 {
        return Ok(());
    }
    let message = format!("{} has {names} names (hard links)", path.display());
    Err(SyncError::new(SyncErrorKind::Foreign, message)
        .hint_at("remove the other names, or sync a copy of the file"))
}

#[cfg(unix)]
fn names(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(found)
}

#[cfg(not(unix))]
fn names(_: &Metadata) -> u64 {
    1
}

/// Whether SQLite has left a log next to the database.
fn has_log(path: &Path) -> bool {
    with_suffix(path, "-wal").symlink_metadata().is_ok_and(|log| log.is_file() && log.len() > 0)
}

/// The id of the program, read with the log. It leaves the file and its log as they are.
fn application_id_with_log(path: &Path) -> rusqlite::Result<i32> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// The id of the program that a database belongs to.
///
/// SQLite reads it, because closing a file handle of ours would release all locks that other
/// connections of this process hold. It treats the file as one that nobody changes, so that it
/// creates no file next to a database of another program.
///
/// So it ignores the write-ahead log. A crash, or another run at this moment, can leave pages of
/// the database in the log only, and then the file is shorter than its header says.
/// `writable_schema` accepts that. Nothing is written here.
fn application_id(path: &Path) -> rusqlite::Result<i32> {
    let bytes = path.as_os_str().as_encoded_bytes();
    // SQLite expects slashes, and an absolute path begins with one.
    let name = percent_encode(bytes, NON_ALPHANUMERIC).to_string();
    let name = name.replace("%2F", "/").replace("%5C", "/").replace("%3A", ":");
    let slash = if name.starts_with('/') { "" } else { "/" };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let uri = format!("file:{slash}{name}?immutable=1");
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.pragma_update(None, "writable_schema", true)?;
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

pub(super) fn foreign(path: &Path, why: &str) -> SyncError {
    let message = format!("{} {why}", path.display());
    SyncError::new(SyncErrorKind::Foreign, message)
        .hint_at("choose another path; if you do not need the file, remove it")
}

/// The error for a file of the sync that cannot be created.
pub(super) fn cannot_create(path: &Path, error: io::Error) -> SyncError {
    let hint = hint_at_cause(path, &error);
    let hint = hint.unwrap_or_else(|| "give a path in a folder that you can write to".to_owned());
    SyncError::io(format!("cannot create {}", path.display()), error).hint_at(hint)
}

/// The error for a file whose owner or mode forbids what a sync has to do with it.
pub(super) fn not_allowed(action: &str, path: &Path) -> SyncError {
    let denied = io::ErrorKind::PermissionDenied.into();
    SyncError::io(format!("cannot {action} {}", path.display()), denied)
        .hint_at("let this user read and write the file, sync as its owner, or choose another path")
}

/// The error for a failed operation on the database.
pub(super) fn failed(action: &str, path: &Path, error: rusqlite::Error) -> SyncError {
    let path = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            SyncError::new(SyncErrorKind::Locked, format!("another program has locked {path}"))
                .hint_at("let it end its transaction, and sync again")
        }
        _ if is_damage(&error) => SyncError::database(format!("{path} is damaged"), error)
            .hint_at("restore it from a backup, or move it away and sync again"),
        Some(ErrorCode::DiskFull) => {
            SyncError::database(format!("cannot {action} {path}"), error).hint_at("free some space")
        }
        Some(ErrorCode::SystemIoFailure) => {
            let hint = match error.sqlite_error().map(|error| error.extended_code) {
                Some(SQLITE_IOERR_LOCK | SQLITE_IOERR_UNLOCK | SQLITE_IOERR_RDLOCK) => {
                    "the file system may have no locks: choose a path on a local disk"
                }
                _ => "check the disk, its quota and the limit of file sizes (ulimit -f)",
            };
            SyncError::database(format!("cannot {action} {path}"), error).hint_at(hint)
        }
        _ => SyncError::database(format!("cannot {action} {path}"), error),
    }
}
