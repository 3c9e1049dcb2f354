//! `Location`: the path of a database, its lock, and how the database is created and opened.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::binding::Binding;
use super::lock_file::LockFile;
use super::probe::{
    cannot_create, failed, foreign, is_database, not_allowed, refuse_other_names, with_suffix,
};
use super::schema::{APPLICATION_ID, VERSION, migrate, version};
use super::side_files::{SUFFIXES, refuse_in_the_way};
use crate::export::{
    create_private, folder_of, hint_at_cause, may_read, may_write, open, open_to_read,
    refuse_irreplaceable, rename_new, rename_over, resolve, sync_content, sync_folder,
};
use crate::sync::error::{SyncError, SyncErrorKind};
use crate::sync::warning::SyncWarning;

/// The length of the header of a SQLite database, which has the application id at offset 68.
const HEADER: usize = 100;

/// The longest text that is appended to the path for the name of a file.
const LONGEST_SUFFIX: &str = "-new-wal";

/// How long another program may hold a lock on the database before a batch fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The path of a database, locked against other runs.
#[derive(Debug)]
pub(super) struct Location {
    /// The path, with links resolved and an absolute folder.
    pub(super) path: PathBuf,
    lock: LockFile,
}

impl Location {
    /// Locks the path and checks it. Nothing is created except the lock file.
    pub(super) fn claim(given: &Path) -> Result<Self, SyncError> {
        let path = resolve(given).map_err(|error| SyncError::of_path(&error))?;
        refuse_irreplaceable(&path).map_err(|error| SyncError::of_path(&error))?;
        let folder = folder_of(&path);
        // With `SQLITE_OPEN_NOFOLLOW`, SQLite also refuses a link among the folders of the path.
        let folder = folder.canonicalize().map_err(|error| {
            let hint = hint_at_cause(&path, &error);
            let hint =
                hint.unwrap_or_else(|| "create the folder, or choose another path".to_owned());
            SyncError::io(format!("cannot open the folder {}", folder.display()), error)
                .hint_at(hint)
        })?;
        let path = folder.join(path.file_name().unwrap_or_default());
        refuse_long_name(&path)?;
        // Another run may be moving pages to the file, which can look damaged while it does.
        let lock = LockFile::take(&path)?;
        if !may_read(&path) {
            return Err(not_allowed("read", &path));
        }
        refuse_in_the_way(&path)?;
        is_database(&path)?;
        refuse_other_names(&path)?;
        // If SQLite opened a database that it cannot write, it would leave files next to it.
        if !may_write(&path) {
            return Err(read_only(&path));
        }
        Ok(Self { path, lock })
    }

    /// Warns if the file system has no locks.
    pub(super) fn warning(&self) -> Option<SyncWarning> {
        let is_locked = self.lock.is_locked();
        (!is_locked).then(|| SyncWarning::NotLocked { path: self.path.clone() })
    }

    /// Opens the database; `None` if there is none yet.
    pub(super) fn open(&self) -> Result<Option<Connection>, SyncError> {
        if !is_database(&self.path)? {
            return Ok(None);
        }
        let opened = connect(&self.path).and_then(|mut connection| {
            // Another program may have changed the mode. Without WAL, readers block the sync, but
            // nothing else changes.
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            let found = version(&connection)?;
            if (1..VERSION).contains(&found) {
                let transaction = connection.transaction()?;
                migrate(&transaction, found)?;
                transaction.commit()?;
            }
            Ok((connection, found))
        });
        let (connection, found) = opened.map_err(|error| failed("open", &self.path, error))?;
        if !(1..=VERSION).contains(&found) {
            let message = format!(
                "{} has version {found} of the schema, but this release only knows versions up to \
                 {VERSION}",
                self.path.display()
            );
            return Err(SyncError::new(SyncErrorKind::Foreign, message)
                .hint_at("use the release that wrote it, or choose another path"));
        }
        if connection.is_readonly(MAIN_DB).unwrap_or(false) {
            return Err(read_only(&self.path));
        }
        Ok(Some(connection))
    }

    /// Fails if the database was removed or renamed after it was opened. SQLite keeps writing to
    /// it then, but nobody would find it.
    pub(super) fn refuse_removed(&self) -> Result<(), SyncError> {
        match self.path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let path = self.path.display();
                let message = format!("{path} was removed or renamed during the sync");
                Err(SyncError::new(SyncErrorKind::Output, message)
                    .hint_at("move it back, with its -wal file, or remove both and sync again"))
            }
            _ => Ok(()),
        }
    }

    /// Creates the database under another name and renames it, so that it is complete or absent.
    pub(super) fn create(
        &self,
        binding: &Binding,
    ) -> Result<(Connection, Option<SyncWarning>), SyncError> {
        let new = with_suffix(&self.path, "-new");
        if new.symlink_metadata().is_ok() {
            refuse_what_no_crash_leaves(&new)?;
            remove(&new);
        }
        for file in SUFFIXES.map(|suffix| with_suffix(&new, suffix)) {
            // A power cut can leave an empty log without its database.
            if file.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() == 0) {
                let _ = fs::remove_file(file);
            }
        }
        refuse_in_the_way(&new)?;
        refuse_in_the_way(&self.path)?;
        let created = self.create_as(&new, binding);
        if created.is_err() {
            remove(&new);
        }
        let synced = created?;
        let warning = (!synced).then(|| SyncWarning::NotSynced { path: self.path.clone() });
        let connection = connect(&self.path).map_err(|e| failed("open", &self.path, e))?;
        Ok((connection, warning))
    }

    /// Returns false if the file system cannot sync.
    fn create_as(&self, new: &Path, binding: &Binding) -> Result<bool, SyncError> {
        let cannot = |error| cannot_create(&self.path, error);
        drop(create_private(new).map_err(cannot)?);
        fill(new, binding).map_err(|error| failed("create", &self.path, error))?;
        let synced = open(new).and_then(|file| sync_content(&file)).map_err(cannot)?;
        let renamed = match self.path.symlink_metadata() {
            Ok(found) if found.is_file() && found.len() == 0 => rename_over(new, &self.path),
            _ => rename_new(new, &self.path),
        };
        renamed.map_err(cannot)?;
        Ok(sync_folder(&self.path).map_err(cannot)? && synced)
    }
}

/// Fails if the names of the files next to the database would be too long. Otherwise the sync would
/// only notice when it creates the database.
fn refuse_long_name(path: &Path) -> Result<(), SyncError> {
    match with_suffix(path, LONGEST_SUFFIX).symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
            Err(cannot_create(path, error))
        }
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A batch that was reported as saved survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Makes an empty file a database without videos.
fn fill(path: &Path, binding: &Binding) -> rusqlite::Result<()> {
    let mut connection = connect(path)?;
    // A crash makes the file useless anyway. A journal file could survive a power cut after the
    // rename.
    connection.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
    prepare(&mut connection, binding)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)
}

fn prepare(connection: &mut Connection, binding: &Binding) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&transaction, 0)?;
    binding.store(&transaction)?;
    transaction.commit()
}

/// A database in memory, for a dry run without a database.
pub(super) fn memory(binding: &Binding) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    prepare(&mut connection, binding)?;
    Ok(connection)
}

/// Fails unless a crash during the creation of a database may have left this file: an empty file, a
/// part of a database, or a complete one.
fn refuse_what_no_crash_leaves(new: &Path) -> Result<(), SyncError> {
    let mut header = Vec::with_capacity(HEADER);
    let read = open_to_read(new).and_then(|file| {
        let is_file = file.metadata()?.is_file();
        file.take(HEADER as u64).read_to_end(&mut header)?;
        Ok(is_file)
    });
    let is_file =
        read.map_err(|error| SyncError::io(format!("cannot read {}", new.display()), error))?;
    // After a power cut, a page that was not written yet can be all zeros.
    let is_ours = header.iter().all(|byte| *byte == 0)
        || header.get(68..72) == Some(&APPLICATION_ID.to_be_bytes());
    if is_file && is_ours { Ok(()) } else { Err(foreign(new, "was not written by a sync")) }
}

fn read_only(path: &Path) -> SyncError {
    let message = format!("{} is read-only", path.display());
    SyncError::new(SyncErrorKind::Output, message)
        .hint_at("make it writable, or choose another path")
}

/// Removes a database that has never been complete, with the files of SQLite next to it.
fn remove(path: &Path) {
    // The database is removed last, because the other files are refused without it.
    for suffix in ["-wal", "-shm", ""] {
        // If a file stays, creating the next database fails with the reason.
        let _ = fs::remove_file(with_suffix(path, suffix));
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn a_lock_of_another_program_has_its_own_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("videos.db");
        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE t (a); BEGIN IMMEDIATE").unwrap();
        let ours = connect(&path).unwrap();
        ours.busy_timeout(Duration::ZERO).unwrap();
        let busy = ours.execute_batch("BEGIN IMMEDIATE").unwrap_err();
        assert_eq!(failed("write", &path, busy).kind(), SyncErrorKind::Locked);
        let missing = ours.execute_batch("SELECT * FROM nothing").unwrap_err();
        let error = failed("write", &path, missing);
        assert_eq!((error.kind(), error.is_damage()), (SyncErrorKind::Output, true));
        assert!(error.to_string().ends_with(" is damaged") && error.source().is_some());
        let double = "CREATE TABLE u (a UNIQUE); INSERT INTO u VALUES (1), (1)";
        let in_memory = Connection::open_in_memory().unwrap();
        let error = failed("write", &path, in_memory.execute_batch(double).unwrap_err());
        assert_eq!((error.kind(), error.is_damage()), (SyncErrorKind::Output, false));
        assert!(error.to_string().starts_with("cannot write ") && error.source().is_some());
    }

    #[test]
    fn any_part_of_a_new_database_that_a_crash_left_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("videos.db");
        let location = Location::claim(&path).unwrap();
        drop(location.create(&Binding::example()).unwrap());
        let whole = fs::read(&path).unwrap();
        let new = with_suffix(&path, "-new");
        for length in (0..=whole.len()).step_by(4096).chain([1, 50, 99, 5000]) {
            let is_header_cut = (1..72).contains(&length);
            fs::write(&new, &whole[..length]).unwrap();
            assert_eq!(refuse_what_no_crash_leaves(&new).is_err(), is_header_cut, "{length}");
        }
        fs::write(&new, [0; 8192]).unwrap();
        refuse_what_no_crash_leaves(&new).unwrap();
        fs::write(&new, "a text of mine").unwrap();
        assert!(refuse_what_no_crash_leaves(&new).is_err());
    }

    #[test]
    fn a_database_whose_log_was_copied_back_in_part_is_opened() {
        let (folder, other_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("videos.db");
        let (connection, _) = Location::claim(&path).unwrap().create(&Binding::example()).unwrap();
        connection
            .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(99999))")
            .unwrap();
        let log = fs::read(with_suffix(&path, "-wal")).unwrap();
        let old = fs::read(&path).unwrap();
        connection.execute_batch("PRAGMA wal_checkpoint").unwrap();
        let new = fs::read(&path).unwrap();
        assert!(new.len() > old.len() && new[..4096] != old[..4096]);
        // The first page has reached the file, and with it the new size. The others have not.
        let path = other_folder.path().join("videos.db");
        fs::write(&path, [&new[..4096], &old[4096..]].concat()).unwrap();
        fs::write(with_suffix(&path, "-wal"), log).unwrap();
        let opened = Location::claim(&path).unwrap().open().unwrap().unwrap();
        let length = opened.query_row("SELECT length(a) FROM t", [], |row| row.get::<_, i64>(0));
        assert_eq!(length.unwrap(), 99_999);
    }

    #[test]
    fn a_database_whose_first_page_was_copied_back_in_part_is_opened() {
        let (folder, other_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("videos.db");
        let (connection, _) = Location::claim(&path).unwrap().create(&Binding::example()).unwrap();
        connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)").unwrap();
        let log = fs::read(with_suffix(&path, "-wal")).unwrap();
        let good = fs::read(&path).unwrap();
        let path = other_folder.path().join("videos.db");
        // Without its header, the file does not look like a database.
        for torn in [0..512, 100..4096] {
            let mut bad = good.clone();
            bad[torn.clone()].fill(0xff);
            fs::write(&path, &bad).unwrap();
            let is_header_torn = torn.start == 0;
            assert_eq!(Location::claim(&path).is_err(), is_header_torn, "{torn:?} without a log");
            fs::write(with_suffix(&path, "-wal"), &log).unwrap();
            let location = Location::claim(&path).unwrap();
            assert!(fs::read(&path).unwrap() == bad, "checking it changes nothing");
            let opened = location.open().unwrap().unwrap();
            let value = opened.query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0));
            assert_eq!(value.unwrap(), 7, "{torn:?}");
            drop(opened);
        }
    }

    #[test]
    fn the_file_is_not_checked_while_another_run_is_in_progress() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("videos.db");
        fs::write(&path, [0xff; 4096]).unwrap();
        let lock = LockFile::take(&path).unwrap();
        assert_eq!(Location::claim(&path).unwrap_err().kind(), SyncErrorKind::Locked);
        drop(lock);
        assert_eq!(Location::claim(&path).unwrap_err().kind(), SyncErrorKind::Foreign);
    }
}
