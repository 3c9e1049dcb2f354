//! Removals, syncs and names of the files beside an export.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Removes what a crash left of the checkpoint at `path`, and gives the place of that.
pub(super) fn remove_temporary(path: &Path) -> io::Result<PathBuf> {
    let temporary = with_suffix(path, ".tmp");
    remove_if_there(&temporary)?;
    Ok(temporary)
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes a rename or removal in the folder of `path` last.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and needs not be.
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
