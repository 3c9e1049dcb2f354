//! `Sink`: where the bytes of an export go.

use std::io;
use std::path::PathBuf;

use super::error::ExportError;
use super::event::Event;
use super::spool::{BackgroundWriter, PartialFile};

/// Where the bytes go.
pub(super) enum Sink {
    File(BackgroundWriter, PathBuf),
    Writer(Box<dyn io::Write + Send>, u64),
    Done(u64, PathBuf),
}

impl Sink {
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File(..))
    }

    pub(super) fn is_saving(&self) -> bool {
        matches!(self, Self::File(file, _) if file.is_saving())
    }

    /// Waits for what is being saved, if there is something, and gives the event of that.
    pub(super) async fn saved(&mut self) -> Result<Option<Event>, ExportError> {
        match self {
            Self::File(file, _) => file.saved().await,
            Self::Writer(..) | Self::Done(..) => Ok(None),
        }
    }

    pub(super) fn length(&self) -> u64 {
        match self {
            Self::File(file, _) => file.length,
            Self::Writer(_, length) | Self::Done(length, _) => *length,
        }
    }

    pub(super) fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::File(file, _) => file.take().map_or(Ok(()), PartialFile::finish),
            Self::Writer(..) | Self::Done(..) => Ok(()),
        }
    }

    pub(super) fn leave(self) {
        if let Self::File(file, _) = self
            && let Some(file) = file.take()
        {
            file.leave();
        }
    }
}
