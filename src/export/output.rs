//! Where an export goes.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where an export goes: a file, or a writer such as stdout.
pub struct Output {
    pub(super) to: To,
}

pub(super) enum To {
    File(PathBuf),
    Writer(Box<dyn io::Write + Send>),
}

impl Output {
    /// A file at this path, with `.partial` and `.checkpoint` beside it until it is complete.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { to: To::File(path.into()) }
    }

    /// A writer, which gets every page as it comes; there is nothing to resume.
    ///
    /// It is written to on the thread that polls the export, and may keep that waiting. On a runtime
    /// of one thread, the requests that are under way wait with it, and may time out.
    #[must_use]
    pub fn writer(writer: impl io::Write + Send + 'static) -> Self {
        Self { to: To::Writer(Box::new(writer)) }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.to {
            To::File(path) => f.debug_tuple("File").field(path).finish(),
            To::Writer(_) => f.write_str("Writer"),
        }
    }
}
