//! What to do about a file that cannot be created, read or written.

use std::env;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::disk::{folder_of, may_write};

/// What to do about a file that cannot be created, read or written, as far as the system's error
/// and the folder of the file say.
pub(crate) fn hint_at_cause(path: &Path, error: &io::Error) -> Option<String> {
    let folder = folder_of(path);
    let hint = match error.kind() {
        ErrorKind::NotFound if path.is_relative() && env::current_dir().is_err() => {
            "the current folder was removed: change to another one"
        }
        ErrorKind::NotFound if folder.exists() => return None,
        ErrorKind::NotFound if path.to_string_lossy().starts_with('~') => {
            "the shell has not replaced ~: write $HOME instead, or the whole path"
        }
        ErrorKind::NotFound => {
            let folder = folder.display();
            return Some(format!("create the folder {folder} first, or choose another path"));
        }
        ErrorKind::NotADirectory => {
            return Some(format!("{} is not a folder: choose another path", folder.display()));
        }
        ErrorKind::InvalidFilename => {
            "shorten the name of the file: the names of the files next to it are longer"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem if !may_write(folder) => {
            "give a path in a folder that you can write to"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space, or choose another path"
        }
        ErrorKind::FileTooLarge => "raise the limit of file sizes (ulimit -f)",
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_a_hint_that_helps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("videos.jsonl");
        let hint = |kind: ErrorKind| hint_at_cause(&path, &kind.into());
        for (kind, says) in [
            (ErrorKind::InvalidFilename, "shorten the name"),
            (ErrorKind::NotADirectory, "is not a folder"),
            (ErrorKind::StorageFull, "free some space"),
            (ErrorKind::QuotaExceeded, "free some space"),
            (ErrorKind::FileTooLarge, "ulimit -f"),
        ] {
            let hint = hint(kind).unwrap();
            assert!(hint.contains(says), "{kind}: {hint}");
        }
        // The folder can be written to, so it is not the cause.
        assert_eq!(hint(ErrorKind::PermissionDenied), None);
        assert_eq!(hint(ErrorKind::NotFound), None);
    }
}
