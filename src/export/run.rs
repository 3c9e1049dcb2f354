//! `ExportRun`: an export in progress; pages in, batches out.

use std::io;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::encode::Encoder;
use super::error::{ExportError, ExportErrorKind};
use super::event::Event;
use super::options::StopHandle;
use super::sink::Sink;
use super::spool::{Checkpoint, ExportIdentity};
use super::summary::{Outcome, Summary};
use crate::cursor::Cursor;
use crate::stream::{End, Page, PageStream, Stats};

/// How often a waiting export reports that it waits.
const TICK: Duration = Duration::from_secs(1);

/// An export in progress.
pub(super) struct ExportRun {
    pub(super) identity: ExportIdentity,
    pub(super) encoder: Encoder,
    pub(super) sink: Sink,
    pub(super) pages: PageStream,
    pub(super) pending: Pending,
    /// Videos received so far, including those from before a resume.
    pub(super) videos: u64,
    pub(super) batch_size: BatchSize,
    pub(super) stop: StopHandle,
}

/// How much may be received before it is saved, whichever comes first.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchSize {
    pub(super) time: Duration,
    pub(super) pages: u32,
}

/// What was received and is not saved yet.
pub(super) struct Pending {
    bytes: Vec<u8>,
    pages: u32,
    since: Instant,
    /// The position after the last page.
    cursor: Cursor,
}

impl Pending {
    /// Nothing yet, at this position.
    pub(super) fn at(cursor: Cursor) -> Self {
        Self { bytes: Vec::new(), pages: 0, since: Instant::now(), cursor }
    }

    fn is_full(&self, size: BatchSize) -> bool {
        self.pages >= size.pages || self.since.elapsed() >= size.time
    }
}

impl ExportRun {
    /// Receives and saves until the listing ends, fails or is stopped.
    pub(super) async fn walk(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Outcome, ExportError> {
        let mut tick = interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if self.sink.length() == 0 {
            self.encoder.begin(&mut self.pending.bytes);
        }
        loop {
            // Without a due time, only the number of pages counts.
            let due = self.pending.since.checked_add(self.batch_size.time);
            let due = due.filter(|_| self.pending.pages > 0);
            tokio::select! {
                biased;
                () = self.stop.stopped() => {
                    self.save_and_wait(on_event).await?;
                    return Ok(Outcome::Stopped);
                }
                saved = self.sink.saved(), if self.sink.is_saving() => report(saved?, on_event),
                page = self.pages.next() => match page {
                    Some(Ok(page)) => {
                        self.receive(page, on_event)?;
                        tick.reset();
                        if self.pending.is_full(self.batch_size) {
                            self.save(on_event).await?;
                        }
                    }
                    Some(Err(error)) => {
                        self.save_and_wait(on_event).await?;
                        let resumable = self.sink.is_file() && error.is_retryable();
                        return Err(ExportError::listing(error).resumable(resumable));
                    }
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.save(on_event).await?;
                }
                _ = tick.tick() => on_event(&Event::Waiting { stats: self.pages.stats() }),
            }
        }
        self.save_end(on_event).await?;
        Ok(Outcome::Complete)
    }

    /// Adds a page to the next batch.
    fn receive(
        &mut self,
        page: Page,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<(), ExportError> {
        if self.pending.pages == 0 {
            self.pending.since = Instant::now();
        }
        self.encoder.write(&mut self.pending.bytes, &page.videos).map_err(encoding)?;
        self.pending.pages += 1;
        self.pending.cursor = page.cursor();
        self.videos += page.videos.len() as u64;
        let (total, stats) = (self.pages.total(), self.pages.stats());
        on_event(&Event::Page { videos: self.videos, total, stats });
        Ok(())
    }

    /// Starts to save everything received so far, after the batch before it.
    async fn save(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        report(self.sink.saved().await?, on_event);
        if self.pending.pages == 0 {
            return Ok(());
        }
        self.write_pending(false)
    }

    /// Saves everything received so far and waits until it is on disk.
    async fn save_and_wait(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        self.save(on_event).await?;
        report(self.sink.saved().await?, on_event);
        Ok(())
    }

    /// Saves the last batch, even an empty one: it says that the listing is complete.
    async fn save_end(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        let is_complete = matches!(
            self.pages.end(),
            Some(End::Exhausted | End::SinceReached | End::CapReached { .. })
        );
        if !is_complete {
            let message = "the listing ended before its last page";
            return Err(ExportError::new(ExportErrorKind::Api, message));
        }
        report(self.sink.saved().await?, on_event);
        // The end has its own cursor; the last page may not carry it.
        self.pending.cursor = self.pages.cursor();
        self.write_pending(true)?;
        report(self.sink.saved().await?, on_event);
        Ok(())
    }

    fn write_pending(&mut self, complete: bool) -> Result<(), ExportError> {
        let (identity, cursor) = (self.identity.clone(), self.pending.cursor.clone());
        let checkpoint = Checkpoint::new(identity, cursor, self.videos, complete);
        self.pending.pages = 0;
        self.sink.write(&mut self.pending.bytes, checkpoint)
    }

    pub(super) fn summary(&self, outcome: Outcome, elapsed: Duration) -> Summary {
        let Stats { pages, requests, retries, bytes, .. } = self.pages.stats();
        let total = self.pages.total();
        let whole = outcome == Outcome::Complete && self.identity.is_whole_account();
        let warning = total.filter(|total| whole && *total != self.videos).map(|total| {
            format!(
                "the server reports {total} videos in the account, but {} were listed: videos were \
                 added or deleted during the export, or the server counts differently",
                self.videos
            )
        });
        Summary {
            outcome,
            videos: self.videos,
            pages,
            requests,
            retries,
            bytes_received: bytes,
            bytes_written: self.sink.length(),
            elapsed,
            path: self.sink.path().map(Into::into),
            total,
            warning,
        }
    }
}

fn report(event: Option<Event>, on_event: &mut impl FnMut(&Event)) {
    if let Some(event) = event {
        on_event(&event);
    }
}

fn encoding(error: io::Error) -> ExportError {
    ExportError::output("cannot write a video in this format", error)
}
