//! `BackgroundWriter`: works on the partial file, one step at a time, on a thread of its own.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use tokio::sync::oneshot;

use super::checkpoint::{Checkpoint, Counts};
use super::partial_file::PartialFile;
use crate::cursor::Cursor;
use crate::export::error::{ExportError, ExportErrorKind};
use crate::export::warning::Warning;

/// A partial file, and the thread that writes it while more pages are received.
///
/// The thread is started first and stays until the end: one that is started later can fail when
/// there is something to lose. tokio's threads for blocking work panic if they cannot be started.
#[derive(Debug)]
pub(crate) struct BackgroundWriter {
    /// The mutex is locked while a batch is saved. After the file is taken, nothing more is saved.
    file: SharedFile,
    /// The thread ends when this is dropped.
    work: mpsc::Sender<Work>,
    /// The batch that is being saved.
    saving: Option<SpoolStep<Saved>>,
    /// Set to make a long step end early.
    cancel: Arc<AtomicBool>,
    /// The length of the file at the last checkpoint.
    pub(crate) length: u64,
    /// An empty buffer for the next batch. Two buffers are enough for an export of any length.
    pub(crate) spare: Vec<u8>,
}

type SharedFile = Arc<Mutex<Option<Box<PartialFile>>>>;
type Work = Box<dyn FnOnce() + Send>;

/// A step on the thread.
#[derive(Debug)]
pub(crate) struct SpoolStep<T>(oneshot::Receiver<thread::Result<Result<T, ExportError>>>);

/// A batch: what is saved at once.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    /// The position after these videos.
    pub(crate) cursor: Cursor,
    /// The counts including these videos.
    pub(crate) counts: Counts,
    /// Whether these are the last videos.
    pub(crate) complete: bool,
}

/// The result of saving a batch.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) videos: u64,
    pub(crate) length: u64,
    /// Warnings about operations that the file system does not support.
    pub(crate) warnings: Vec<Warning>,
    spare: Vec<u8>,
}

impl BackgroundWriter {
    /// Starts the thread. If the system refuses that, the file is returned with the error.
    pub(crate) fn start(file: Box<PartialFile>) -> Result<Self, (Box<PartialFile>, ExportError)> {
        let (work, received) = mpsc::channel::<Work>();
        let run = move || received.into_iter().for_each(|work| work());
        if let Err(error) = thread::Builder::new().name("writer".into()).spawn(run) {
            return Err((file, no_thread(error)));
        }
        let (length, spare) = (file.length, Vec::new());
        let file = Arc::new(Mutex::new(Some(file)));
        Ok(Self { file, work, saving: None, cancel: Arc::default(), length, spare })
    }

    pub(crate) fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Sets the first checkpoint of an export that starts from the beginning.
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
        let Some(saving) = &mut self.saving else { return Ok(None) };
        let saved = saving.done().await;
        self.saving = None;
        let mut saved = saved?;
        self.length = saved.length;
        self.spare = std::mem::take(&mut saved.spare);
        Ok(Some(saved))
    }

    /// Starts to save a batch. First call [`saved`](Self::saved) for the previous batch.
    pub(crate) fn begin(&mut self, batch: Batch) {
        self.saving = Some(self.step(move |file, _| batch.save(file)));
    }

    /// Starts any other step on the file. The step must end early when the flag is set.
    pub(crate) fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut PartialFile, &AtomicBool) -> Result<T, ExportError> + Send + 'static,
    ) -> SpoolStep<T> {
        let (file, cancel) = (Arc::clone(&self.file), Arc::clone(&self.cancel));
        let (sender, receiver) = oneshot::channel();
        let run = move || {
            let result = catch_unwind(AssertUnwindSafe(|| {
                let mut file = lock(&file);
                file.as_mut().map_or_else(|| Err(shut_down()), |file| step(file, &cancel))
            }));
            // If this fails, nobody waits for the result any more.
            let _ = sender.send(result);
        };
        // Without a thread the work is dropped, and the receiver gets an error.
        let _ = self.work.send(Box::new(run));
        SpoolStep(receiver)
    }

    /// Begins no further step until the sender is dropped.
    #[cfg(test)]
    pub(crate) fn hold_up(&self) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel();
        let _ = self.work.send(Box::new(move || {
            let _ = released.recv();
        }));
        release
    }

    /// Makes a step end early.
    pub(crate) fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Warnings since the last call about unsupported operations. Waits for a running step.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        lock(&self.file).as_mut().map_or_else(Vec::new, |file| std::mem::take(&mut file.warnings))
    }

    /// Takes the file out. Waits for a batch that is being written; drops one that has not started.
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
    /// After the drop, nothing writes to the file, so the caller may resume at once.
    fn drop(&mut self) {
        self.cancel();
        drop(self.take());
    }
}

impl<T> SpoolStep<T> {
    /// Waits for the result of the step. A panic is propagated.
    ///
    /// Cancel-safe. Once it has returned a result, it must not be called again.
    pub(crate) async fn done(&mut self) -> Result<T, ExportError> {
        match (&mut self.0).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(shut_down()),
        }
    }
}

fn no_thread(error: io::Error) -> ExportError {
    ExportError::output("cannot start the thread that writes the export", error)
        .hint_at("raise the limit of processes and threads, or end other programs")
}

fn shut_down() -> ExportError {
    let message = "the export was shut down before it could save";
    ExportError::new(ExportErrorKind::Output, message)
        .hint_at("resume it: what was saved before is kept")
        .resumable(true)
}

fn lock(file: &SharedFile) -> MutexGuard<'_, Option<Box<PartialFile>>> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}
