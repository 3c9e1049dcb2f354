//! `SideFiles`: the names of the files that an unfinished export keeps next to its path.

use std::path::{Path, PathBuf};

/// The files that an unfinished export keeps next to its path.
#[derive(Debug, Clone)]
pub(crate) struct SideFiles {
    /// The videos saved so far.
    pub(crate) partial: PathBuf,
    pub(crate) checkpoint: PathBuf,
    /// A new checkpoint is written here and then renamed.
    pub(crate) temporary: PathBuf,
    /// The saved videos, encoded in the final format.
    pub(crate) encoding: PathBuf,
}

impl SideFiles {
    pub(crate) fn of(path: &Path) -> Self {
        let checkpoint = with_suffix(path, ".checkpoint");
        let temporary = with_suffix(&checkpoint, ".tmp");
        let (partial, encoding) = (with_suffix(path, ".partial"), with_suffix(path, ".encoding"));
        Self { partial, checkpoint, temporary, encoding }
    }

    pub(crate) fn all(&self) -> [&Path; 4] {
        [&self.partial, &self.checkpoint, &self.temporary, &self.encoding]
    }
}

/// The path of the export that would keep a file with this name next to its own.
pub(super) fn export_with_side_file(path: &Path) -> Option<PathBuf> {
    let outer = path.with_extension("");
    let inner = outer.with_extension("");
    [outer, inner].into_iter().find(|export| SideFiles::of(export).all().contains(&path))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
