//! `BackgroundWriter`: saves batches on a thread for blocking work, one at a time.

use std::borrow::Cow;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::{JoinHandle, spawn_blocking};

use super::checkpoint::Checkpoint;
use super::partial_file::PartialFile;
use crate::export::encode::compress;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::event::Event;

/// A partial file and the thread that writes to it while more pages are received.
#[derive(Debug)]
pub(crate) struct BackgroundWriter {
    /// The mutex is locked while a batch is saved. Once the file is taken, nothing more is saved.
    file: Arc<Mutex<Option<PartialFile>>>,
    /// The batch that is being saved.
    task: Option<JoinHandle<Result<Saved, ExportError>>>,
    /// The length of the file at the last checkpoint.
    pub(crate) length: u64,
    /// An empty buffer for the next batch: two buffers serve an export of any length.
    pub(crate) spare: Vec<u8>,
}

/// What is saved at once.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    /// The checkpoint that counts the bytes.
    pub(crate) checkpoint: Checkpoint,
}

/// The result of saving a batch.
#[derive(Debug)]
struct Saved {
    videos: u64,
    length: u64,
    spare: Vec<u8>,
}

impl BackgroundWriter {
    pub(crate) fn new(file: PartialFile) -> Self {
        let (length, spare) = (file.length, Vec::new());
        Self { file: Arc::new(Mutex::new(Some(file))), task: None, length, spare }
    }

    pub(crate) fn is_saving(&self) -> bool {
        self.task.is_some()
    }

    /// Waits until the batch that is being saved is on disk; returns the event for it.
    ///
    /// Cancel-safe: the next call waits for the same batch.
    pub(crate) async fn saved(&mut self) -> Result<Option<Event>, ExportError> {
        let Some(task) = &mut self.task else { return Ok(None) };
        let joined = task.await;
        self.task = None;
        let saved = match joined {
            Ok(saved) => saved?,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => return Err(shut_down()),
            },
        };
        (self.length, self.spare) = (saved.length, saved.spare);
        Ok(Some(Event::Checkpoint { videos: saved.videos, bytes: saved.length }))
    }

    /// Starts to save a batch; call [`saved`](Self::saved) first for the batch before it.
    pub(crate) fn begin(&mut self, batch: Batch) {
        let file = Arc::clone(&self.file);
        self.task = Some(spawn_blocking(move || {
            let mut file = lock(&file);
            match &mut *file {
                Some(file) => batch.save(file),
                None => Err(shut_down()),
            }
        }));
    }

    /// Takes the file back. Waits for a batch that is being written; one not yet started is dropped.
    pub(crate) fn take(&self) -> Option<PartialFile> {
        lock(&self.file).take()
    }
}

impl Batch {
    fn save(self, file: &mut PartialFile) -> Result<Saved, ExportError> {
        let Self { mut bytes, checkpoint } = self;
        let videos = checkpoint.videos;
        let packed = pack(&bytes, &checkpoint, file.length)?;
        file.commit(&packed, checkpoint)?;
        drop(packed);
        bytes.clear();
        Ok(Saved { videos, length: file.length, spare: bytes })
    }
}

/// The bytes to append to an output of this length, compressed to a member or frame of their own.
pub(crate) fn pack<'a>(
    bytes: &'a [u8],
    checkpoint: &Checkpoint,
    length: u64,
) -> Result<Cow<'a, [u8]>, ExportError> {
    // An empty listing becomes an empty archive, not an empty file.
    let is_whole_output = checkpoint.complete && length == 0;
    if bytes.is_empty() && !is_whole_output {
        return Ok(Cow::Borrowed(bytes));
    }
    compress(checkpoint.identity.compression, bytes)
        .map_err(|error| ExportError::output("cannot compress the videos", error))
}

impl Drop for BackgroundWriter {
    /// After the drop nothing writes to the file, so the caller may resume at once.
    fn drop(&mut self) {
        drop(self.take());
    }
}

fn shut_down() -> ExportError {
    let message = "the export or its runtime was shut down before it could save";
    ExportError::new(ExportErrorKind::Output, message)
        .hint_at("resume it: what was saved before is kept")
        .resumable(true)
}

fn lock(file: &Mutex<Option<PartialFile>>) -> MutexGuard<'_, Option<PartialFile>> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}
