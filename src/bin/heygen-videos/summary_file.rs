//! `SummaryFile`: where the summary of an export goes, and which files it must not replace.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;

/// No summary is nearly as long.
const MAX_BYTES: u64 = 1 << 20;

/// More links than a system follows.
const MAX_LINKS: usize = 40;

/// The file that gets the summary at the end of a run. It does not exist until then.
#[derive(Debug)]
pub(crate) struct SummaryFile {
    path: PathBuf,
    /// A device or a pipe, which is written in place.
    is_special: bool,
}

impl SummaryFile {
    /// Removes the summary of an earlier run, so that it cannot be taken for one of this run.
    ///
    /// Refuses a path that is stdout, one of `others` or anything else that is not a summary. Each
    /// of the others has the words that say what it is.
    pub(crate) fn prepare(path: &Path, others: &[(&str, PathBuf)]) -> Result<Self, Failure> {
        if path == Path::new("-") || is_stdout(path) {
            return Err(Failure::usage("--summary-file cannot be stdout")
                .hint("give a file, or use --progress json, which writes the summary to stderr"));
        }
        let resolved = resolved_path(path);
        if let Some((what, _)) = others.iter().find(|(_, other)| is_same(&resolved, other)) {
            return Err(Failure::usage(format!("--summary-file would replace {what}"))
                .hint("choose another path for it"));
        }
        let is_special = match fs::metadata(&resolved) {
            Ok(found) if found.is_dir() => return Err(failed(path, "it is a folder")),
            Ok(found) if !found.is_file() => true,
            Ok(_) => {
                remove_summary(&resolved, path)?;
                false
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !folder(&resolved).is_dir() {
                    return Err(failed(path, "its folder does not exist"));
                }
                false
            }
            Err(error) => return Err(failed(path, error)),
        };
        Ok(Self { path: resolved, is_special })
    }

    /// Writes the summary; the file is complete or absent.
    pub(crate) fn write(&self, summary: &Value) -> Result<(), Failure> {
        let text = format!("{summary}\n");
        let written = if self.is_special {
            OpenOptions::new()
                .write(true)
                .open(&self.path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
        } else {
            replace(&self.path, &text)
        };
        written.map_err(|error| failed(&self.path, error))
    }
}

fn failed(path: &Path, why: impl std::fmt::Display) -> Failure {
    let message = format!("cannot write the summary file {}: {why}", path.display());
    Failure::new(Exit::Output, "output", message)
}

/// Removes a summary that an earlier run wrote, or an empty file.
fn remove_summary(path: &Path, given: &Path) -> Result<(), Failure> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    if text.is_empty() && read.is_ok() || is_summary(&text) {
        return fs::remove_file(path).map_err(|error| failed(given, error));
    }
    let message = format!("{} exists and is not a summary of an export", given.display());
    Err(Failure::new(Exit::Refused, "exists", message).hint("choose another --summary-file"))
}

fn is_summary(text: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return false };
    matches!(value["event"].as_str(), Some("summary" | "error"))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = Path::new(&temporary);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(temporary, path)
    };
    write().inspect_err(|_| drop(fs::remove_file(temporary)))
}

/// Where a write to the path would arrive. Links are followed, even one to a file that does not exist
/// yet, so that two spellings of one path are equal.
fn resolved_path(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = folder(&path).join(target);
    }
    match (folder(&path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether both are the same file, or would be.
fn is_same(resolved: &Path, other: &Path) -> bool {
    resolved == resolved_path(other) || has_same_identity(resolved, other)
}

#[cfg(unix)]
fn has_same_identity(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    identity(one).is_some_and(|found| identity(other) == Some(found))
}

#[cfg(not(unix))]
fn has_same_identity(_one: &Path, _other: &Path) -> bool {
    false
}

/// Whether the path leads to this process's stdout. What is written to /dev/null disturbs nobody.
#[cfg(unix)]
fn is_stdout(path: &Path) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    let stdout = stdout.and_then(|stdout| File::from(stdout).metadata()).map(identity);
    let null = fs::metadata("/dev/null").map(identity);
    let found = fs::metadata(path).map(identity).ok();
    found.is_some() && found == stdout.ok() && found != null.ok()
}

#[cfg(not(unix))]
fn is_stdout(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_summary_is_taken_for_one() {
        assert!(is_summary("{\"event\":\"summary\",\"videos\":3}\n"));
        assert!(is_summary("{\"event\":\"error\"}"));
        for other in ["", "canary-key", "{}", "[]", "{\"event\":\"page\"}", "{\"event\":\"summ"] {
            assert!(!is_summary(other), "{other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_is_followed_through_links_that_lead_nowhere_yet() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink("b", at("a")).unwrap();
        std::os::unix::fs::symlink(at("c"), at("b")).unwrap();
        assert!(is_same(&resolved_path(&at("a")), &at("c")));
        assert!(!is_same(&resolved_path(&at("a")), &at("d")));
        std::os::unix::fs::symlink("loop", at("loop")).unwrap();
        assert_eq!(resolved_path(&at("loop")).file_name(), Some("loop".as_ref()));
    }
}
