//! Finds the file that a path stands for: follows links, and rejects names of open streams.

use std::fs;
use std::path::{Path, PathBuf};

use super::disk::folder_of;
use crate::export::error::{ExportError, ExportErrorKind};

/// A chain of more links than this is treated as a loop.
const MAX_LINKS: usize = 40;

/// The file that a path leads to. The file need not exist; without a link it is the path itself.
///
/// # Errors
///
/// [`ExportErrorKind::Output`] for the name of an open stream, such as `/dev/stdout`, and for links
/// that form a loop.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, ExportError> {
    let mut found = path.to_owned();
    for _ in 0..MAX_LINKS {
        if names_a_stream(&found) {
            let message = format!("{} is an open stream, not a file", path.display());
            return Err(refused(message).hint_at(
                "to write to stdout, give `-` (in a program: a writer), and redirect it if needed; \
                 otherwise give the path of a file",
            ));
        }
        match fs::read_link(&found) {
            Ok(target) => found = folder_of(&found).join(target),
            // The path is not a link, or does not exist.
            Err(_) => return Ok(found),
        }
    }
    let message = format!("{} is a link that leads back to itself", path.display());
    Err(refused(message).hint_at("give the path of a file"))
}

/// Whether the path names a stream that a process has open.
fn names_a_stream(path: &Path) -> bool {
    let Ok(folder) = folder_of(path).canonicalize() else { return false };
    let name = path.file_name().and_then(|name| name.to_str());
    let is_standard = matches!(name, Some("stdin" | "stdout" | "stderr"));
    is_in_proc(&folder)
        || folder == Path::new("/dev/fd")
        || (folder == Path::new("/dev") && is_standard)
}

#[cfg(target_os = "linux")]
fn is_in_proc(folder: &Path) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|found| found.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_in_proc(folder: &Path) -> bool {
    folder.starts_with("/proc")
}

fn refused(message: String) -> ExportError {
    ExportError::new(ExportErrorKind::Output, message)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_means_the_file_that_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("second", at("first")).unwrap();
        symlink(at("file"), at("second")).unwrap();
        assert_eq!(resolve(&at("first")).unwrap(), at("file"), "though it does not exist");
        assert_eq!(resolve(Path::new("videos.jsonl")).unwrap(), Path::new("videos.jsonl"));
        symlink("round", at("round")).unwrap();
        let error = resolve(&at("round")).unwrap_err();
        assert!(error.to_string().contains("leads back to itself"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_of_an_open_stream_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/stdout", &link).unwrap();
        let own = format!("/proc/{}/fd/1", std::process::id());
        for path in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", &own, link.to_str().unwrap()] {
            let error = resolve(Path::new(path)).unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Output, "{path}");
            assert!(error.to_string().starts_with(path), "{error}");
            assert!(!error.hint().unwrap().contains("force"));
        }
    }
}
