//! `BackgroundWriter`: works on the partial file on a thread for blocking work, one step at a time.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use super::checkpoint::{Checkpoint, Counts};
use super::partial_file::PartialFile;
use crate::cursor::Cursor;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::warning::Warning;

/// A partial file and the thread that works on it while more pages are received.
#[derive(Debug)]
pub(crate) struct BackgroundWriter {
    /// The mutex is locked while a batch is saved. Once the file is taken, nothing more is saved.
    file: Arc<Mutex<Option<Box<PartialFile>>>>,
    /// The batch that is being saved.
    task: Option<JoinHandle<Result<Saved, ExportError>>>,
    /// Set to end a long step early.
    cancel: Arc<AtomicBool>,
    /// The length of the file at the last checkpoint.
    pub(crate) length: u64,
    /// An empty buffer for the next batch: two buffers serve an export of any length.
    pub(crate) spare: Vec<u8>,
}

/// The videos that are saved together.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    /// The position after them.
    pub(crate) cursor: Cursor,
    /// The counts, including these videos.
    pub(crate) counts: Counts,
    /// Whether they are the last.
    pub(crate) complete: bool,
}

/// The result of saving a batch.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) videos: u64,
    pub(crate) length: u64,
    /// What the file system could not do, such as syncing a file.
    pub(crate) warnings: Vec<Warning>,
    spare: Vec<u8>,
}

impl BackgroundWriter {
    pub(crate) fn new(file: Box<PartialFile>) -> Self {
        let (length, spare) = (file.length, Vec::new());
        let file = Arc::new(Mutex::new(Some(file)));
        Self { file, task: None, cancel: Arc::default(), length, spare }
    }

    pub(crate) fn is_saving(&self) -> bool {
        self.task.is_some()
    }

    /// Sets the first checkpoint of a new export.
    pub(crate) fn begin_export(&mut self, first: Checkpoint) {
        if let Some(file) = &mut *lock(&self.file) {
            file.begin(first);
        }
        self.length = 0;
    }

    /// Waits until the batch that is being saved is on disk.
    ///
    /// Cancel-safe: the next call waits for the same batch.
    pub(crate) async fn saved(&mut self) -> Result<Option<Saved>, ExportError> {
        let Some(task) = &mut self.task else { return Ok(None) };
        let joined = task.await;
        self.task = None;
        let mut saved = joined.unwrap_or_else(|error| Err(not_joined(error)))?;
        self.length = saved.length;
        self.spare = std::mem::take(&mut saved.spare);
        Ok(Some(saved))
    }

    /// Starts to save a batch; call [`saved`](Self::saved) first for the batch before it.
    pub(crate) fn begin(&mut self, batch: Batch) {
        let file = Arc::clone(&self.file);
        self.task = Some(spawn_blocking(move || {
            let mut file = lock(&file);
            file.as_mut().map_or_else(|| Err(shut_down()), |file| batch.save(file))
        }));
    }

    /// Starts any other step on the file. The step should end early once the flag is set.
    pub(crate) fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut PartialFile, &AtomicBool) -> Result<T, ExportError> + Send + 'static,
    ) -> JoinHandle<Result<T, ExportError>> {
        let (file, cancel) = (Arc::clone(&self.file), Arc::clone(&self.cancel));
        spawn_blocking(move || {
            let mut file = lock(&file);
            file.as_mut().map_or_else(|| Err(shut_down()), |file| step(file, &cancel))
        })
    }

    /// Makes a step end early.
    pub(crate) fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// The warnings since the last call. Waits until a running step has ended.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        lock(&self.file).as_mut().map_or_else(Vec::new, |file| std::mem::take(&mut file.warnings))
    }

    /// Takes the file back. Waits for a batch that is being written, and drops one that has not
    /// started.
    pub(crate) fn take(&self) -> Option<Box<PartialFile>> {
        lock(&self.file).take()
    }
}

impl Batch {
    fn save(self, file: &mut PartialFile) -> Result<Saved, ExportError> {
        let Self { mut bytes, cursor, counts, complete } = self;
        file.commit(&bytes, cursor, counts, complete)?;
        bytes.clear();
        let warnings = std::mem::take(&mut file.warnings);
        Ok(Saved { videos: counts.videos, length: file.length, warnings, spare: bytes })
    }
}

impl Drop for BackgroundWriter {
    /// Nothing writes to the file after the drop, so the caller may resume at once.
    fn drop(&mut self) {
        self.cancel();
        drop(self.take());
    }
}

/// The error of a step that the runtime cancelled. A panic of the step is resumed here.
pub(crate) fn not_joined(error: JoinError) -> ExportError {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => shut_down(),
    }
}

fn shut_down() -> ExportError {
    let message = "the export or its runtime was shut down before it could save";
    ExportError::new(ExportErrorKind::Output, message)
        .hint_at("resume it: what was saved before is kept")
        .resumable(true)
}

fn lock(file: &Mutex<Option<Box<PartialFile>>>) -> MutexGuard<'_, Option<Box<PartialFile>>> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}
