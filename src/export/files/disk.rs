//! The disk operations that are used for every file of an export.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Identifies a file independently of its name.
///
/// Except on Unix, all files compare as equal, because std has no stable file number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    #[cfg(unix)]
    pub(crate) fn of(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_metadata: &fs::Metadata) -> Self {
        Self { device: 0, inode: 0 }
    }

    /// The id of the file with this name; does not follow a link.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        path.symlink_metadata().ok().map(|found| Self::of(&found))
    }

    /// Whether the two may be the same file on a device whose number changed, as after a reboot.
    pub(crate) fn has_inode_of(self, other: Self) -> bool {
        self.inode == other.inode
    }
}

/// Creates a file that only its owner may read and write; fails if the name is taken.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Creates a file with the system's mode for new files; fails if the name is taken.
pub(crate) fn create_public(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}

/// Creates a file without a name, which disappears when closed. Not all file systems support it.
#[cfg(target_os = "linux")]
pub(crate) fn create_unnamed(folder: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::TMPFILE.bits() as i32;
    let mut options = OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    options.write(true).open(folder)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn create_unnamed(_folder: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Opens a file that is not a link for reading and writing; keeps its content.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    options().write(true).open(path)
}

/// Opens a file that is not a link for reading.
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    options().open(path)
}

/// Options for reading that do not follow links or wait for the other end of a pipe.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits() as i32);
    }
    options
}

/// Whether the owner and the mode of a file let this process read it. True if the file is missing.
///
/// This opens no file, so it works at the limit of open files and releases no lock.
#[cfg(unix)]
pub(crate) fn may_read(path: &Path) -> bool {
    has_access(path, rustix::fs::Access::READ_OK)
}

#[cfg(not(unix))]
pub(crate) fn may_read(_path: &Path) -> bool {
    true
}

/// Like [`may_read`], for writing.
#[cfg(unix)]
pub(crate) fn may_write(path: &Path) -> bool {
    has_access(path, rustix::fs::Access::WRITE_OK)
}

#[cfg(not(unix))]
pub(crate) fn may_write(_path: &Path) -> bool {
    true
}

#[cfg(unix)]
fn has_access(path: &Path, access: rustix::fs::Access) -> bool {
    use rustix::fs::{AtFlags, CWD, accessat};
    use rustix::io::Errno;
    // Without this flag, the system checks the real user, not the one of a set-user-ID program.
    let found = accessat(CWD, path, access, AtFlags::EACCESS);
    !matches!(found, Err(Errno::ACCESS | Errno::PERM | Errno::ROFS))
}

/// Removes a file; does nothing if the file is missing.
pub(crate) fn remove_if_exists(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Renames a file, replacing any file that has the new name.
pub(crate) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Renames a file; fails with `AlreadyExists` if the new name is taken.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from) {
            Err(error) if is_unsupported(&error) => {}
            result => return result,
        }
    }
    match fs::hard_link(from, to) {
        // If the old name stays, the next run removes it.
        Ok(()) => fs::remove_file(from).or(Ok(())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // The file system has no hard links, so all we can do is check first.
        Err(_) if to.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// Syncs a file; false if the file system cannot.
pub(crate) fn sync(file: &File) -> io::Result<bool> {
    supported(file.sync_all())
}

/// Syncs the content of a file; false if the file system cannot.
pub(crate) fn sync_content(file: &File) -> io::Result<bool> {
    supported(file.sync_data())
}

/// Syncs the folder of `path`, so that files created, renamed or removed there survive a power cut.
/// Returns false if the file system cannot do that or does not let us.
pub(crate) fn sync_folder(path: &Path) -> io::Result<bool> {
    // Other systems cannot open a folder as a file and do not need this sync.
    if cfg!(unix) {
        supported(File::open(folder_of(path)).and_then(|f| f.sync_all()))
    } else {
        Ok(true)
    }
}

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn supported(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Err(error) if is_unsupported(&error) => Ok(false),
        result => result.map(|()| true),
    }
}

/// Whether the file system does not support this operation for any file.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        // EOPNOTSUPP and ENOTSUP are equal on some systems, so a `match` would not compile there.
        let unsupported = [
            Errno::INVAL,
            Errno::NOSYS,
            Errno::OPNOTSUPP,
            Errno::NOTSUP,
            Errno::NOLCK,
            Errno::NOTTY,
            Errno::BADF,
            Errno::ACCESS,
            Errno::PERM,
        ];
        let raw = error.raw_os_error();
        raw.is_some_and(|raw| unsupported.iter().any(|errno| errno.raw_os_error() == raw))
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::Unsupported
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renaming_to_a_taken_name_fails_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        assert_eq!(rename_new(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(
            (fs::read(&from).unwrap(), fs::read(&to).unwrap()),
            (b"new".into(), b"old".into())
        );
        fs::remove_file(&to).unwrap();
        rename_new(&from, &to).unwrap();
        assert_eq!((from.exists(), fs::read(&to).unwrap()), (false, b"new".into()));
    }

    #[cfg(unix)]
    #[test]
    fn a_full_disk_is_not_taken_for_an_unsupported_operation() {
        use rustix::io::Errno;
        for errno in [Errno::NOSPC, Errno::IO, Errno::DQUOT, Errno::ROFS, Errno::FBIG] {
            assert!(!is_unsupported(&io::Error::from_raw_os_error(errno.raw_os_error())));
        }
    }
}
