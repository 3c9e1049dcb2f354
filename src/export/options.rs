//! Where an export goes.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

/// Where an export goes: a file, or a writer such as stdout.
pub struct Output {
    pub(super) target: Target,
}

pub(super) enum Target {
    File(PathBuf),
    Writer(Box<dyn io::Write + Send>),
}

impl Output {
    /// A file at this path, with `.partial` and `.checkpoint` beside it until it is complete.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { target: Target::File(path.into()) }
    }

    /// A writer, which gets every page as it comes; there is nothing to resume.
    ///
    /// It is written to on the thread that polls the export, and may keep that waiting. On a runtime
    /// of one thread, the requests that are under way wait with it, and may time out.
    #[must_use]
    pub fn writer(writer: impl io::Write + Send + 'static) -> Self {
        Self { target: Target::Writer(Box::new(writer)) }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::File(path) => f.debug_tuple("File").field(path).finish(),
            Target::Writer(_) => f.write_str("Writer"),
        }
    }
}

/// What to do with an unfinished export of the same file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Existing {
    /// Refuse to touch it.
    #[default]
    Refuse,
    /// Go on with it; begin where there is none.
    Resume,
    /// Begin anew; what is there goes once there is something new to save.
    Restart,
}

/// Stops an export from outside, such as from a signal's handler; clones stop the same one.
#[derive(Debug, Clone)]
pub struct StopHandle(Arc<watch::Sender<bool>>);

impl Default for StopHandle {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl StopHandle {
    /// A handle that has stopped nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the export save what it has and return; the page in flight is dropped.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn stopped(&self) {
        // The sender is here, so this ends only when the value is true.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}
