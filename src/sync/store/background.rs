//! `StoreThread`: works on the database, one step at a time, on a thread for blocking work.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use super::database::{SavedBatch, Store, VideoBatch};
use crate::sync::error::{SyncError, SyncErrorKind};

/// A database, and the thread that writes it while more pages are received.
#[derive(Debug)]
pub(crate) struct StoreThread {
    /// The mutex is locked during each step. After the store is taken, nothing more is written.
    store: Arc<Mutex<Option<Box<Store>>>>,
    /// The batch that is being saved.
    task: Option<JoinHandle<Result<SavedBatch, SyncError>>>,
}

impl StoreThread {
    pub(crate) fn new(store: Box<Store>) -> Self {
        Self { store: Arc::new(Mutex::new(Some(store))), task: None }
    }

    pub(crate) fn is_saving(&self) -> bool {
        self.task.is_some()
    }

    /// Waits until the batch that is being saved is in the database.
    ///
    /// Cancel-safe: the next call waits for the same batch.
    pub(crate) async fn saved(&mut self) -> Result<Option<SavedBatch>, SyncError> {
        let Some(task) = &mut self.task else { return Ok(None) };
        let joined = task.await;
        self.task = None;
        joined.unwrap_or_else(|error| Err(not_joined(error))).map(Some)
    }

    /// Starts to save a batch. First call [`saved`](Self::saved) for the previous batch.
    pub(crate) fn save(&mut self, batch: VideoBatch) {
        self.task = Some(self.start(|store| store.save(batch)));
    }

    /// Does any other step.
    pub(crate) async fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Store) -> Result<T, SyncError> + Send + 'static,
    ) -> Result<T, SyncError> {
        self.start(step).await.unwrap_or_else(|error| Err(not_joined(error)))
    }

    fn start<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Store) -> Result<T, SyncError> + Send + 'static,
    ) -> JoinHandle<Result<T, SyncError>> {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || {
            let mut store = lock(&store);
            store.as_mut().map_or_else(|| Err(shut_down()), |store| step(store))
        })
    }

    /// Takes the database. Waits for a batch that is being written, and drops one that has not been
    /// started.
    pub(crate) fn take(&self) -> Option<Box<Store>> {
        lock(&self.store).take()
    }
}

impl Drop for StoreThread {
    /// After the drop, nothing writes to the database, so the caller may sync again at once.
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// The error for a step whose thread was cancelled. A panic is propagated.
pub(crate) fn not_joined(error: JoinError) -> SyncError {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => shut_down(),
    }
}

fn shut_down() -> SyncError {
    let message = "the sync or its runtime was shut down before it could save";
    SyncError::new(SyncErrorKind::Output, message)
        .hint_at("sync again: what was saved before is kept")
        .resumable(true)
}

fn lock(store: &Mutex<Option<Box<Store>>>) -> MutexGuard<'_, Option<Box<Store>>> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
