//! `Sink`: where the bytes of an export go.

use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use super::error::ExportError;
use super::event::Event;
use super::spool::{BackgroundWriter, Batch, Checkpoint, PartialFile, pack};

/// Where the bytes go: a spooled file with its final path, or a writer and the bytes it has.
pub(super) enum Sink {
    File(BackgroundWriter, PathBuf),
    Writer(Box<dyn io::Write + Send>, u64),
}

impl Sink {
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File(..))
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(_, path) => Some(path),
            Self::Writer(..) => None,
        }
    }

    pub(super) fn length(&self) -> u64 {
        match self {
            Self::File(file, _) => file.length,
            Self::Writer(_, length) => *length,
        }
    }

    pub(super) fn is_saving(&self) -> bool {
        matches!(self, Self::File(file, _) if file.is_saving())
    }

    /// Waits until the batch that is being saved is on disk; returns the event of that.
    pub(super) async fn saved(&mut self) -> Result<Option<Event>, ExportError> {
        match self {
            Self::File(file, _) => file.saved().await,
            Self::Writer(..) => Ok(None),
        }
    }

    /// Starts to save the bytes in a file, or writes them to a writer; leaves an empty buffer.
    ///
    /// The batch before must be saved.
    pub(super) fn write(
        &mut self,
        bytes: &mut Vec<u8>,
        checkpoint: Checkpoint,
    ) -> Result<(), ExportError> {
        match self {
            Self::File(file, _) => {
                let bytes = mem::replace(bytes, mem::take(&mut file.spare));
                file.begin(Batch { bytes, checkpoint });
            }
            Self::Writer(writer, length) => {
                let packed = pack(bytes, &checkpoint, *length)?;
                let written = writer.write_all(&packed).and_then(|()| writer.flush());
                written.map_err(|error| ExportError::output("cannot write the output", error))?;
                *length += packed.len() as u64;
                bytes.clear();
            }
        }
        Ok(())
    }

    /// Gives a complete file its name.
    pub(super) fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::File(file, _) => file.take().map_or(Ok(()), PartialFile::finish),
            Self::Writer(..) => Ok(()),
        }
    }

    /// Keeps what can be resumed, and removes a file that cannot.
    pub(super) fn leave(self) {
        if let Self::File(file, _) = self
            && let Some(file) = file.take()
        {
            file.leave();
        }
    }
}
