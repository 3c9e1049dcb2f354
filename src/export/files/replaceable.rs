//! Checks before the first request that the finished file can be put at its path.

use std::fs::Metadata;
use std::path::{Path, is_separator};

use super::attributes::Attributes;
use super::disk::folder_of;
use crate::export::error::{ExportError, ExportErrorKind};

/// Rejects a path at which no finished file can be created, even with `force`.
///
/// The path must be resolved, so that a link stands for its target.
pub(crate) fn refuse_irreplaceable(path: &Path) -> Result<(), ExportError> {
    if path.as_os_str().is_empty() {
        return Err(refused("the path is empty".into(), "give the path of a file"));
    }
    if path.file_name().is_none() {
        return Err(of(path, "is a folder", "give the path of a file"));
    }
    if path.as_os_str().to_string_lossy().ends_with(is_separator) {
        return Err(of(path, "ends like the name of a folder", "add the name of a file"));
    }
    let Ok(found) = path.symlink_metadata() else { return Ok(()) };
    if found.is_dir() {
        return Err(of(path, "is a folder", "give the path of a file"));
    }
    // A link that existed before was resolved.
    if found.is_symlink() {
        let hint = "remove the link, or give the path that it leads to";
        return Err(of(path, "is a link that appeared during the run", hint));
    }
    if !found.is_file() {
        let hint = "give the path of a file, or write to stdout (`-`) and redirect it";
        return Err(of(path, "is a device, a pipe or a socket", hint));
    }
    if is_mount_point(path, &found) {
        let hint = "mount its folder instead and give a path in that, or write to stdout (`-`) and \
                    redirect it";
        return Err(of(path, "is a mount point by itself, which no other file can replace", hint));
    }
    if is_sealed(path) {
        let hint = "remove the attribute with chattr, or choose another path";
        return Err(of(path, "has an attribute that forbids changing or replacing it", hint));
    }
    Ok(())
}

/// Rejects another user's file in a folder with the sticky bit, because we may not replace it.
/// `new` holds the attributes that a file of ours gets there.
pub(crate) fn refuse_kept_by_sticky_folder(
    path: &Path,
    new: Attributes,
) -> Result<(), ExportError> {
    if is_kept_by_sticky_folder(path, new) {
        let hint = "choose a path in another folder";
        return Err(of(path, "belongs to another user, and its folder has the sticky bit", hint));
    }
    Ok(())
}

#[cfg(unix)]
fn is_kept_by_sticky_folder(path: &Path, new: Attributes) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (Ok(file), Ok(folder)) = (path.symlink_metadata(), folder_of(path).metadata()) else {
        return false;
    };
    let is_sticky = folder.mode() & 0o1000 != 0;
    is_sticky && new.owner != 0 && ![file.uid(), folder.uid()].contains(&new.owner)
}

#[cfg(not(unix))]
fn is_kept_by_sticky_folder(_path: &Path, _new: Attributes) -> bool {
    false
}

fn of(path: &Path, what: &str, hint: &'static str) -> ExportError {
    refused(format!("{} {what}", path.display()), hint)
}

fn refused(message: String, hint: &'static str) -> ExportError {
    ExportError::new(ExportErrorKind::Output, message).hint_at(hint)
}

/// Whether the file itself is a mount point, as when a container bind-mounts a single file.
#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path, _found: &Metadata) -> bool {
    let root = rustix::fs::StatxAttributes::MOUNT_ROOT;
    match attributes(path) {
        Some((known, set)) if known.contains(root) => set.contains(root),
        // Kernels before 5.8 do not report this.
        _ => std::fs::read("/proc/self/mountinfo").is_ok_and(|mounts| is_listed(path, &mounts)),
    }
}

/// Whether a path is one of the mount points in a `mountinfo` file, see proc(5).
#[cfg(target_os = "linux")]
fn is_listed(path: &Path, mounts: &[u8]) -> bool {
    use std::os::unix::ffi::OsStrExt;

    let Ok(path) = path.canonicalize() else { return false };
    let mut escaped = Vec::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\\' => escaped.extend(format!("\\{byte:03o}").bytes()),
            _ => escaped.push(*byte),
        }
    }
    let mut lines = mounts.split(|byte| *byte == b'\n');
    lines.any(|line| line.split(|byte| *byte == b' ').nth(4) == Some(&escaped))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_mount_point(path: &Path, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    folder_of(path).metadata().is_ok_and(|folder| folder.dev() != found.dev())
}

#[cfg(not(unix))]
fn is_mount_point(_path: &Path, _found: &Metadata) -> bool {
    false
}

/// Whether an attribute of the file forbids renaming another file over it.
#[cfg(target_os = "linux")]
fn is_sealed(path: &Path) -> bool {
    use rustix::fs::StatxAttributes;
    let sealed = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
    attributes(path).is_some_and(|(_, set)| set.intersects(sealed))
}

#[cfg(not(target_os = "linux"))]
fn is_sealed(_path: &Path) -> bool {
    false
}

/// The attributes that the kernel supports for this file, and those that are set.
#[cfg(target_os = "linux")]
fn attributes(path: &Path) -> Option<(rustix::fs::StatxAttributes, rustix::fs::StatxAttributes)> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty()).ok()?;
    Some((found.stx_attributes_mask, found.stx_attributes))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_with_a_space_is_found_in_the_list_of_mounts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("a file");
        std::fs::write(&path, "").unwrap();
        let escaped = path.to_str().unwrap().replace(' ', "\\040");
        let list =
            |point: &str| format!("36 35 98:0 / {point} rw - ext4 /dev/sda rw\n").into_bytes();
        assert!(is_listed(&path, &list(&escaped)));
        assert!(!is_listed(&path, &list("/elsewhere")));
    }
}
