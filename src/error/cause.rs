//! `Cause`: the text of an underlying error.

use std::error::Error as StdError;
use std::fmt;

/// An underlying error, copied as text so that secrets could be removed.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    text: String,
    source: Option<Box<Self>>,
}

impl Cause {
    /// Copies `error` and its sources. Each text is passed through `redact`.
    pub(crate) fn chain(error: &(dyn StdError + 'static), redact: &dyn Fn(&str) -> String) -> Self {
        Self {
            text: redact(&error.to_string()),
            source: error.source().map(|below| Box::new(Self::chain(below, redact))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|cause| cause as _)
    }
}
