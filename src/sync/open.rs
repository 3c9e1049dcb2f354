//! Opens a sync, runs it, and closes its database.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::builder::Sync;
use super::error::{SyncError, SyncErrorKind};
use super::event::SyncEvent;
use super::run::{SyncRun, Totals};
use super::store::{Binding, OpenedStore, Store, StoreThread, not_joined};
use super::summary::{Changes, SyncSummary};
use crate::export::{Outcome, system_time, unix_now};
use crate::plan::SyncMode;
use crate::stream::Stats;

impl Sync {
    /// Runs the sync to its end and reports its progress to `on_event`.
    ///
    /// # Errors
    ///
    /// A [`SyncError`]. If it [is resumable](SyncError::is_resumable), the next sync continues from
    /// what was saved.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has the same effect as a crash. The next sync continues from what was
    /// saved. The drop waits for a transaction that is in progress.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub async fn run(
        self,
        mut on_event: impl FnMut(&SyncEvent) + Send,
    ) -> Result<SyncSummary, SyncError> {
        let started = Instant::now();
        if let Some(setting) = self.query.cut() {
            let message = format!("the query of a sync must not have {setting}");
            return Err(SyncError::new(SyncErrorKind::Usage, message)
                .hint_at("remove it; only filters are allowed"));
        }
        let (path, dry_run) = (self.path.clone(), self.dry_run);
        let mut run = self.open().await?;
        let result = run.run(&mut on_event).await;
        let store = run.store.take();
        let result = close(store, result).await;
        let outcome = result?;
        Ok(run.summary(outcome, path, dry_run, started.elapsed()))
    }

    async fn open(self) -> Result<SyncRun, SyncError> {
        let Self { query, path, server, plan, key_rotated, dry_run, batch_size, stop } = self;
        let binding = Binding::new(&query, server);
        let opening =
            spawn_blocking(move || Store::open(&path, binding, key_rotated, dry_run, &plan));
        let opened = opening.await.unwrap_or_else(|error| Err(not_joined(error)))?;
        let OpenedStore { store, history, position, videos, warning } = opened;
        let totals = Totals {
            mode: SyncMode::Full,
            begun_at: unix_now(),
            resumed_from: None,
            received: 0,
            videos,
            changes: Changes::default(),
            dropped_urls: 0,
            total: None,
            stats: Stats::default(),
            api: query.client().inner.first_version(),
        };
        Ok(SyncRun {
            query,
            settings: plan,
            store: StoreThread::new(store),
            history,
            position,
            batch_size,
            stop,
            totals,
            warnings: warning.into_iter().collect(),
        })
    }
}

/// Closes the database, and says whether the next sync can continue.
async fn close(
    store: Option<Box<Store>>,
    result: Result<Outcome, SyncError>,
) -> Result<Outcome, SyncError> {
    let Some(store) = store else { return result };
    let closing = spawn_blocking(move || {
        // After an error of the database itself, the next sync can continue if the database exists
        // and is not damaged.
        // After any other error, it can continue only if an unfinished run has a saved position.
        let resumable = match &result {
            Err(error) if error.is_damage() => false,
            Err(error) if error.kind() == SyncErrorKind::Output => store.exists(),
            _ => store.has_position(),
        };
        store.close();
        result.map_err(|error| error.resumable(resumable))
    });
    closing.await.unwrap_or_else(|error| Err(not_joined(error)))
}

impl SyncRun {
    fn summary(
        &self,
        outcome: Outcome,
        path: PathBuf,
        dry_run: bool,
        elapsed: Duration,
    ) -> SyncSummary {
        let Totals {
            mode,
            begun_at,
            resumed_from,
            videos,
            changes,
            dropped_urls,
            total,
            stats,
            api,
            ..
        } = self.totals;
        let Stats { pages, requests, retries, repeated, bytes, skipped, .. } = stats;
        SyncSummary {
            outcome,
            path,
            dry_run,
            mode,
            begun_at: system_time(begun_at),
            finished_at: SystemTime::now(),
            resumed_from: resumed_from.map(system_time),
            elapsed,
            videos,
            changes,
            total,
            pages,
            requests,
            retries,
            repeated,
            skipped,
            dropped_urls,
            bytes_received: bytes,
            api,
            warnings: self.warnings.clone(),
        }
    }
}
