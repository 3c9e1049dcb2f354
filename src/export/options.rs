//! Values for the settings of an export: `Output`, `Existing` and `StopHandle`.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::error::{ExportError, ExportErrorKind};

/// Where an export writes: a file, or a writer such as stdout.
pub struct Output {
    pub(super) target: Target,
}

pub(super) enum Target {
    File(PathBuf),
    Writer(Box<dyn io::Write + Send>),
}

impl Output {
    /// A file at this path. Until it is complete, `PATH.partial` and `PATH.checkpoint` hold the
    /// videos.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { target: Target::File(path.into()) }
    }

    /// A writer. Without compression, it gets each page as soon as it is received. Such an export
    /// cannot be resumed.
    ///
    /// The thread that polls the export also writes, so a slow writer blocks it. On a
    /// single-threaded runtime, requests in flight also wait and may time out.
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
///
/// Its text form, in `Display`, `FromStr` and serde, is `refuse`, `resume` or `restart`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Existing {
    /// Fail and leave it as it is.
    #[default]
    Refuse,
    /// Continue it, or start a new export if there is none.
    Resume,
    /// Start again. The older export is kept until there is something new to save.
    Restart,
}

impl Existing {
    const ALL: [Self; 3] = [Self::Refuse, Self::Resume, Self::Restart];

    /// The choice as a word: `refuse`, `resume` or `restart`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Resume => "resume",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for Existing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Existing {
    type Err = ExportError;

    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`] for any other word.
    fn from_str(word: &str) -> Result<Self, ExportError> {
        let known = Self::ALL.into_iter().find(|existing| existing.as_str() == word);
        known.ok_or_else(|| {
            ExportError::new(ExportErrorKind::Usage, format!("unknown choice {word:?}"))
                .hint_at("use refuse, resume or restart")
        })
    }
}

/// Stops an export from outside, for example from a signal handler. Clones stop the same export.
#[derive(Debug, Clone)]
pub struct StopHandle(Arc<watch::Sender<bool>>);

impl Default for StopHandle {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl StopHandle {
    /// Creates a handle; pass it to [`Export::stop`](super::Export::stop).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the export save what it has received and return. A page in flight is dropped.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn stopped(&self) {
        // `self` keeps the sender alive, so this returns only when the value is true.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}
