//! Turns what was saved into the finished file.

use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use super::encode::{Encoded, Encoding, encode_spool};
use super::error::{ExportError, ExportErrorKind};
use super::spool::PartialFile;

/// The finished file.
#[derive(Debug, Clone, Default)]
pub(super) struct Finished {
    pub(super) bytes: u64,
    /// Cells of a CSV that got an apostrophe.
    pub(super) guarded: u64,
    /// The named fields that no video had.
    pub(super) unseen: Vec<String>,
}

/// Encodes what was saved and renames it to the final path; `None` if it was cancelled.
///
/// Without an encoding, the partial file itself becomes the final file.
pub(super) fn finish(
    file: &mut PartialFile,
    encoding: Option<&Encoding>,
    cancel: &AtomicBool,
    on_record: &mut dyn FnMut(u64),
) -> Result<Option<Finished>, ExportError> {
    let Some(encoding) = encoding else {
        let bytes = file.finish_plain()?;
        return Ok(Some(Finished { bytes, ..Finished::default() }));
    };
    let result = encode(file, encoding, cancel, on_record);
    if result.is_err() {
        // If this fails, nothing is lost, and the first error is the one to report.
        let _ = file.drop_encoding();
    }
    match result {
        Err(_) if cancel.load(Ordering::Relaxed) => Ok(None),
        result => result.map(Some),
    }
}

fn encode(
    file: &mut PartialFile,
    encoding: &Encoding,
    cancel: &AtomicBool,
    on_record: &mut dyn FnMut(u64),
) -> Result<Finished, ExportError> {
    let out = file.begin_encoding()?;
    let lines = Cancellable { inner: file.lines()?, cancel };
    let mut lines = BufReader::with_capacity(128 << 10, lines);
    let (out, encoded) = encode_spool(&mut lines, Some(file.length), encoding, out, on_record)?;
    let Encoded { records, guarded, unseen } = encoded;
    drop(lines);
    let videos = file.videos();
    if records != videos {
        let message = format!("{videos} videos were saved, but the file has {records}");
        return Err(ExportError::new(ExportErrorKind::Output, message)
            .hint_at("another program has changed it: restart the export"));
    }
    let bytes = file.finish_encoded(&out)?;
    Ok(Finished { bytes, guarded, unseen })
}

/// A reader that fails once it is cancelled.
struct Cancellable<'a, R> {
    inner: R,
    cancel: &'a AtomicBool,
}

impl<R: Read> Read for Cancellable<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(io::Error::other("the export was stopped"));
        }
        self.inner.read(to)
    }
}
