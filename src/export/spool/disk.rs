//! The names of an export's side files, and the disk operations that they share.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The files that an unfinished export keeps next to its path.
#[derive(Debug)]
pub(super) struct SideFiles {
    /// The videos saved so far.
    pub(super) partial: PathBuf,
    pub(super) checkpoint: PathBuf,
    /// A new checkpoint is written here and then renamed.
    pub(super) temporary: PathBuf,
}

impl SideFiles {
    pub(super) fn of(path: &Path) -> Self {
        let checkpoint = with_suffix(path, ".checkpoint");
        let temporary = with_suffix(&checkpoint, ".tmp");
        Self { partial: with_suffix(path, ".partial"), checkpoint, temporary }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a file for reading and writing and keeps its content; creates it if it is missing.
pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Creates a file that only its owner may read; fails if the name is taken.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes a file; a missing one is no error.
pub(super) fn remove_if_exists(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Syncs the folder of `path`, so that a rename or removal in it survives a crash.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    // Other systems cannot open a folder as a file and do not need this sync.
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Gives `file` the mode of the file at `path`, which it will replace.
#[cfg(unix)]
pub(super) fn copy_mode(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let Some(old) = path.symlink_metadata().ok().filter(fs::Metadata::is_file) else {
        return Ok(());
    };
    // The owner must be able to write it when a run resumes.
    let mode = old.permissions().mode() | 0o200;
    // Some file systems have one mode for all files and refuse every chmod.
    if file.metadata()?.permissions().mode() == mode {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// On other systems the folder decides who may read a file.
#[cfg(not(unix))]
pub(super) fn copy_mode(_path: &Path, _file: &File) -> io::Result<()> {
    Ok(())
}
