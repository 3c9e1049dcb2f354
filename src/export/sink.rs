//! `Sink`: where the videos of an export go.

use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use super::encode::{Compression, Compressor, Encoder};
use super::error::ExportError;
use super::spool::{BackgroundWriter, Batch, Saved};
use crate::record::write_json_line;
use crate::video::Video;

/// Where the videos go: a file, which is spooled, or a writer.
pub(super) enum Sink {
    /// The path as it was given.
    File(BackgroundWriter, PathBuf),
    Writer(Box<StreamSink>),
}

/// A writer and the form in which it gets the videos.
pub(super) struct StreamSink {
    encoder: Encoder,
    out: Compressor<Counted>,
}

/// A writer that counts its bytes.
struct Counted {
    writer: Box<dyn io::Write + Send>,
    bytes: u64,
}

impl StreamSink {
    pub(super) fn new(
        encoder: Encoder,
        compression: Compression,
        writer: Box<dyn io::Write + Send>,
    ) -> Result<Self, ExportError> {
        let out = Compressor::new(compression, Counted { writer, bytes: 0 }).map_err(failed)?;
        Ok(Self { encoder, out })
    }

    fn write(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.out.write_all(bytes)?;
        bytes.clear();
        self.out.flush()
    }

    /// Ends what was written, so that a compressed stream can be read to its end.
    pub(super) fn end(&mut self) -> Result<(), ExportError> {
        self.out.end().map_err(failed)
    }
}

impl Sink {
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(_, path) => Some(path),
            Self::Writer(_) => None,
        }
    }

    /// How many bytes were saved or written.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::File(file, _) => file.length,
            Self::Writer(stream) => stream.out.get_ref().bytes,
        }
    }

    pub(super) fn is_saving(&self) -> bool {
        matches!(self, Self::File(file, _) if file.is_saving())
    }

    /// Appends what the output begins with.
    pub(super) fn begin(&self, to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::File(..) => Ok(()),
            Self::Writer(stream) => stream.encoder.begin(to),
        }
    }

    /// Appends videos in the form of this sink.
    pub(super) fn encode(&self, to: &mut Vec<u8>, videos: &mut [Video]) -> io::Result<()> {
        match self {
            Self::File(..) => videos.iter().try_for_each(|video| write_json_line(to, video, None)),
            Self::Writer(stream) => stream.encoder.write(to, videos),
        }
    }

    /// Waits until the batch that is being saved is on disk.
    pub(super) async fn saved(&mut self) -> Result<Option<Saved>, ExportError> {
        match self {
            Self::File(file, _) => file.saved().await,
            Self::Writer(_) => Ok(None),
        }
    }

    /// Starts to save a batch in a file, or writes it to a writer; leaves an empty buffer.
    ///
    /// The batch before must be saved.
    pub(super) fn write(&mut self, bytes: &mut Vec<u8>, batch: Batch) -> Result<(), ExportError> {
        match self {
            Self::File(file, _) => {
                let bytes = mem::replace(bytes, mem::take(&mut file.spare));
                file.begin(Batch { bytes, ..batch });
                Ok(())
            }
            Self::Writer(stream) => stream.write(bytes).map_err(failed),
        }
    }
}

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn failed(error: io::Error) -> ExportError {
    ExportError::output("cannot write the output", error)
}
