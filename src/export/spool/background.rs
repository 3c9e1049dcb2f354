//! `BackgroundWriter`: makes what was received last on a thread of its own, one batch at a time.

use std::borrow::Cow;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::{JoinHandle, spawn_blocking};

use super::checkpoint::Checkpoint;
use super::partial_file::PartialFile;
use crate::export::encode::compress;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::event::Event;

/// A file, and the thread that writes to it while pages go on coming in.
#[derive(Debug)]
pub(crate) struct BackgroundWriter {
    /// Its lock is held while a batch is saved; nothing is saved once the file was taken out.
    file: Arc<Mutex<Option<PartialFile>>>,
    /// The batch that is being saved.
    task: Option<JoinHandle<Result<Saved, ExportError>>>,
    /// How long the file is, up to the last checkpoint.
    pub(crate) length: u64,
    /// Room for the next batch, so that the memory taken does not depend on how long an export is.
    pub(crate) spare: Vec<u8>,
}

/// What is saved at once.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    /// The checkpoint that counts the bytes.
    pub(crate) checkpoint: Checkpoint,
}

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

    /// Waits for the batch under way to last, if there is one, and gives the event of that.
    ///
    /// It may be dropped and called anew.
    pub(crate) async fn saved(&mut self) -> Result<Option<Event>, ExportError> {
        let Some(task) = &mut self.task else { return Ok(None) };
        let joined = task.await;
        self.task = None;
        let saved = match joined {
            Ok(saved) => saved?,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => return Err(not_begun()),
            },
        };
        (self.length, self.spare) = (saved.length, saved.spare);
        Ok(Some(Event::Checkpoint { videos: saved.videos, bytes: saved.length }))
    }

    /// Begins to save a batch; the one before must have been waited for.
    pub(crate) fn begin(&mut self, batch: Batch) {
        let file = Arc::clone(&self.file);
        self.task = Some(spawn_blocking(move || {
            let mut file = lock(&file);
            match &mut *file {
                Some(file) => batch.save(file),
                None => Err(not_begun()),
            }
        }));
    }

    /// Takes the file back. What is being written is waited for, what was not begun never will be.
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

/// The bytes to append to an output of this length: compressed, a member or frame of their own.
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
    /// Whoever drops an export may resume it at once: nobody writes the file any more.
    fn drop(&mut self) {
        drop(self.take());
    }
}

fn not_begun() -> ExportError {
    let message = "the export was taken down, or its runtime, before it could save";
    ExportError::new(ExportErrorKind::Output, message)
        .hint_at("resume it: what was saved before is kept")
        .resumable(true)
}

fn lock(file: &Mutex<Option<PartialFile>>) -> MutexGuard<'_, Option<PartialFile>> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}
