//! `Sink`: where the videos of an export go.

use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use super::encode::{Compression, Compressor, Encoder};
use super::error::ExportError;
use super::spool::{BackgroundWriter, Batch, Saved};
use crate::api_version::ApiVersion;
use crate::video::Video;

/// Where the videos go: a file, which is written through a spool, or a writer.
pub(super) enum Sink {
    /// The writer of the spool, the path as it was given, and the encoder of the spool's lines.
    File(BackgroundWriter, PathBuf, Box<Encoder>),
    Writer(Box<StreamSink>),
}

/// A writer and the encoder for its format.
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

    /// Ends the output, so that a compressed stream is complete.
    pub(super) fn end(&mut self) -> Result<(), ExportError> {
        self.out.end().map_err(failed)
    }
}

impl Sink {
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(_, path, _) => Some(path),
            Self::Writer(_) => None,
        }
    }

    /// How many bytes were saved or written.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::File(file, ..) => file.length,
            Self::Writer(stream) => stream.out.get_ref().bytes,
        }
    }

    pub(super) fn is_saving(&self) -> bool {
        matches!(self, Self::File(file, ..) if file.is_saving())
    }

    /// Appends the beginning of the output.
    pub(super) fn begin(&mut self, to: &mut Vec<u8>) {
        self.encoder().begin(to);
    }

    /// Appends videos in the format of this sink. Returns how many presigned URLs were left out.
    pub(super) fn encode(
        &mut self,
        to: &mut Vec<u8>,
        videos: &[Video],
        api: ApiVersion,
    ) -> io::Result<u64> {
        let encoder = self.encoder();
        let dropped_before = encoder.dropped_urls();
        encoder.write(to, videos, api)?;
        Ok(encoder.dropped_urls() - dropped_before)
    }

    fn encoder(&mut self) -> &mut Encoder {
        match self {
            Self::File(_, _, lines) => lines,
            Self::Writer(stream) => &mut stream.encoder,
        }
    }

    /// Results of encoding a stream; `None` for a file, which is encoded at the end.
    pub(super) fn found_by_stream(&self) -> Option<(u64, Vec<String>)> {
        match self {
            Self::File(..) => None,
            Self::Writer(stream) => Some((stream.encoder.guarded(), stream.encoder.unseen())),
        }
    }

    /// Waits until the batch that is being saved is on disk.
    pub(super) async fn saved(&mut self) -> Result<Option<Saved>, ExportError> {
        match self {
            Self::File(file, ..) => file.saved().await,
            Self::Writer(_) => Ok(None),
        }
    }

    /// Starts to save a batch in a file, or writes it to a writer. Leaves an empty buffer.
    ///
    /// The previous batch must be saved first.
    pub(super) fn write(&mut self, bytes: &mut Vec<u8>, batch: Batch) -> Result<(), ExportError> {
        match self {
            Self::File(file, ..) => {
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
    ExportError::writer("cannot write the output", error)
}
