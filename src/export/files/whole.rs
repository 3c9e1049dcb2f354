//! Writes a small file so that it is there as a whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::disk::{remove_if_exists, rename_over, sync, sync_folder};

/// Fills the new file `temporary` and renames it to `path`; false if the file system could not sync
/// the folder.
///
/// A crash leaves the old file or the new one. If it fails, the temporary file is removed, which
/// frees its room on a full disk.
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
            // The error that is reported is the one before.
            let _ = remove_if_exists(temporary);
        })?;
    Ok(sync_folder(path)? && renamed)
}
