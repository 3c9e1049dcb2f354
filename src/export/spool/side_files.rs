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
    /// The saved videos in the requested format.
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

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
