//! `SummaryFile`: the file to which a program writes how an export ended.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::{ExportError, ExportErrorKind};
use super::files::{
    AccessList, Attributes, FileId, create_private, create_public, folder_of, hint_at_cause,
    open_to_read, refuse_irreplaceable, remove_if_exists, resolve, write_whole,
};
use super::spool::SideFiles;
use super::warning::Warning;

/// A longer file is not a summary.
const MAX_LENGTH: u64 = 1 << 20;

const ANOTHER_PATH: &str = "choose another path for the summary";

/// The file to which a program writes how an export ended: a JSON object whose field `event` is
/// `summary` or `error`.
///
/// [`begin`](Self::begin) removes the summary of an earlier run, so that after a crash it is not
/// mistaken for the summary of this run. [`write`](Self::write) writes the file atomically.
///
/// ```
/// use heygen_videos::export::SummaryFile;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("summary.json");
/// # let output = folder.path().join("videos.jsonl");
///
/// let summary = SummaryFile::begin(&path, Some(&output), &[])?;
/// summary.write(r#"{"event":"summary","videos":250}"#)?;
/// assert!(SummaryFile::begin(&output, Some(&output), &[]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SummaryFile {
    /// Where the file is, with links resolved.
    path: PathBuf,
    /// The attributes of the older summary. The new one gets the same.
    older: Option<(Attributes, AccessList)>,
}

impl SummaryFile {
    /// Checks that a summary may be written to `path`, and removes the summary of an earlier run.
    ///
    /// `output` is the path of the export, if it has one. `others` are files that must not be
    /// overwritten, such as the key file. If a path is a link, its target is checked.
    ///
    /// # Errors
    ///
    /// - [`ExportErrorKind::Usage`] if the summary would overwrite the output, a file that the
    ///   export keeps next to it, one of `others`, or the file that stdout or stderr goes to
    /// - [`ExportErrorKind::Exists`] if the file exists and is not a summary
    /// - [`ExportErrorKind::Output`] if no file can be created there
    pub fn begin(
        path: impl AsRef<Path>,
        output: Option<&Path>,
        others: &[&Path],
    ) -> Result<Self, ExportError> {
        let given = path.as_ref();
        let path = resolve(given).map_err(|error| error.hint_at(ANOTHER_PATH))?;
        refuse_irreplaceable(&path).map_err(|error| error.hint_at(ANOTHER_PATH))?;
        let output = output.map(|output| resolve(output).unwrap_or_else(|_| output.to_owned()));
        if let Some(output) = &output {
            let side_files = SideFiles::of(output);
            let mut files = side_files.all().into_iter().chain([output.as_path()]);
            if files.any(|file| is_same(file, &path)) {
                return Err(conflict(given, "a file of the export"));
            }
        }
        let others = others.iter().map(|other| resolve(other).unwrap_or_else(|_| (*other).into()));
        for other in others {
            if is_same(&other, &path) {
                return Err(conflict(given, &format!("{}, which is needed", other.display())));
            }
        }
        if is_open_stream(&path) {
            return Err(conflict(given, "the file that stdout or stderr goes to"));
        }
        refuse_unless_summary(&path)?;
        let older = Attributes::at(&path).map(|older| (older, AccessList::at(&path)));
        let this = Self { older, path };
        this.refuse_unwritable()?;
        remove_if_exists(&this.path).map_err(|error| this.failed("remove", error))?;
        Ok(this)
    }

    /// Writes the summary and a line feed. Returns warnings about unsupported operations.
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Output`] if it cannot be written. Then no file is left there.
    pub fn write(&self, summary: impl fmt::Display) -> Result<Vec<Warning>, ExportError> {
        let create = if self.older.is_some() { create_private } else { create_public };
        let temporary = self.temporary();
        let text = format!("{summary}\n");
        let synced = write_whole(&temporary, &self.path, create, text.as_bytes())
            .map_err(|error| self.failed("write", error))?;
        let warning = || Warning::NotSynced { path: self.path.clone() };
        let mut warnings: Vec<_> = (!synced).then(warning).into_iter().collect();
        if let Some((older, list)) = &self.older {
            let kept = open_to_read(&self.path).map(|file| older.apply_with(list, &file));
            if kept.as_ref().is_ok_and(|kept| !kept.mode) {
                warnings.push(Warning::ModeNotKept { path: self.path.clone() });
            }
            if kept.is_ok_and(|kept| !kept.list) {
                warnings.push(Warning::AccessListNotKept { path: self.path.clone() });
            }
        }
        Ok(warnings)
    }

    /// Checks before the export starts that a file can be created there.
    fn refuse_unwritable(&self) -> Result<(), ExportError> {
        let temporary = self.temporary();
        let created: io::Result<File> = create_private(&temporary);
        created
            .and_then(|_| remove_if_exists(&temporary))
            .map_err(|error| self.failed("write", error))
    }

    /// A name that is not taken, even if many runs write summaries next to each other.
    fn temporary(&self) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!(".{:016x}.tmp", fastrand::u64(..)));
        folder_of(&self.path).join(name)
    }

    fn failed(&self, action: &str, error: io::Error) -> ExportError {
        let hint = hint_at_cause(&self.path, &error);
        ExportError::output(format!("cannot {action} the summary {}", self.path.display()), error)
            .hint_at(ANOTHER_PATH)
            .hint_if(hint)
    }
}

impl fmt::Debug for SummaryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SummaryFile").field(&self.path).finish()
    }
}

/// Whether two paths are the same file, or would be if it existed.
fn is_same(one: &Path, other: &Path) -> bool {
    let folders = (folder_of(one).canonicalize(), folder_of(other).canonicalize());
    let is_same_name = one.file_name() == other.file_name()
        && matches!(folders, (Ok(one), Ok(other)) if one == other);
    is_same_name || FileId::at(one).is_some_and(|id| FileId::at(other) == Some(id))
}

/// Whether stdout or stderr goes to this file.
#[cfg(unix)]
fn is_open_stream(path: &Path) -> bool {
    use std::os::fd::AsFd;

    let id = |stream: std::os::fd::BorrowedFd<'_>| {
        let file = File::from(stream.try_clone_to_owned().ok()?);
        file.metadata().ok().map(|found| FileId::of(&found))
    };
    let streams = [id(io::stdout().as_fd()), id(io::stderr().as_fd())];
    FileId::at(path).is_some_and(|file| streams.contains(&Some(file)))
}

#[cfg(not(unix))]
fn is_open_stream(_path: &Path) -> bool {
    false
}

/// Fails if the file is neither empty nor the summary of a run.
fn refuse_unless_summary(path: &Path) -> Result<(), ExportError> {
    let mut text = Vec::new();
    match open_to_read(path).and_then(|file| file.take(MAX_LENGTH).read_to_end(&mut text)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let what = format!("cannot read {}, which the summary would replace", path.display());
            let hint = hint_at_cause(path, &error);
            return Err(ExportError::output(what, error).hint_at(ANOTHER_PATH).hint_if(hint));
        }
        Ok(_) => {}
    }
    let word = serde_json::from_slice::<Value>(&text).ok();
    let word = word.as_ref().and_then(|value| value.get("event")?.as_str());
    if text.is_empty() || matches!(word, Some("summary" | "error")) {
        return Ok(());
    }
    let message = format!("{} exists and is not the summary of an export", path.display());
    Err(ExportError::new(ExportErrorKind::Exists, message).hint_at(ANOTHER_PATH))
}

fn conflict(path: &Path, with: &str) -> ExportError {
    let message = format!("the summary {} would overwrite {with}", path.display());
    ExportError::new(ExportErrorKind::Usage, message).hint_at(ANOTHER_PATH)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn begin_removes_an_older_summary_and_refuses_any_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        for older in ["", "{\"event\":\"summary\",\"exit\":0}\n", "{\"event\":\"error\"}"] {
            fs::write(&path, older).unwrap();
            let file = SummaryFile::begin(&path, None, &[]).unwrap();
            assert!(!path.exists(), "{older}");
            assert_eq!(file.write("{}").unwrap(), []);
            assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
            fs::remove_file(&path).unwrap();
        }
        for precious in ["canary-key-1234", "{\"event\":\"page\"}", "[]"] {
            fs::write(&path, precious).unwrap();
            let error = SummaryFile::begin(&path, None, &[]).unwrap_err();
            assert_eq!(error.kind(), ExportErrorKind::Exists);
            assert_eq!(fs::read_to_string(&path).unwrap(), precious);
        }
    }

    #[test]
    fn a_folder_that_is_missing_is_an_error_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let error = SummaryFile::begin(folder.path().join("no/summary.json"), None, &[]);
        assert_eq!(error.unwrap_err().kind(), ExportErrorKind::Output);
    }
}
