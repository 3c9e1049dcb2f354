//! Writes a small file atomically.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::disk::{remove_if_exists, rename_over, sync, sync_folder};

/// Writes the new file `temporary` and renames it to `path`; returns false if the file system could
/// not sync the file or the folder.
///
/// After a crash, either the old or the new file is there. If writing fails, the temporary file is
/// removed, which frees its space on a full disk.
pub(crate) fn write_whole(
    temporary: &Path,
    path: &Path,
    create: fn(&Path) -> io::Result<File>,
    text: &[u8],
) -> io::Result<bool> {
    let mut file = create(temporary)?;
    let renamed = file
        .write_all(text)
        .and_then(|()| sync(&file))
        .and_then(|synced| rename_over(temporary, path).map(|()| synced))
        .inspect_err(|_| {
            // Ignore this error and return the first one.
            let _ = remove_if_exists(temporary);
        })?;
    Ok(sync_folder(path)? && renamed)
}
