//! `ExportRun`: an export in progress. It receives pages and saves them in batches.

use std::io;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use super::batch_size::BatchSize;
use super::error::{ExportError, ExportErrorKind};
use super::event::Event;
use super::finish::Finished;
use super::options::StopHandle;
use super::recent::SavedIds;
use super::selection::Selection;
use super::sink::Sink;
use super::spool::{Batch, Checkpoint, Counts, ExportIdentity, Saved};
use super::summary::Outcome;
use super::time::{system_time, unix_now};
use super::warning::Warning;
use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind};
use crate::query::VideoQuery;
use crate::stream::{End, Page, PageStream};
use crate::video::Video;

/// How often a run reports that it is waiting.
const TICK: Duration = Duration::from_secs(1);

/// An export in progress.
pub(super) struct ExportRun {
    pub(super) identity: ExportIdentity,
    pub(super) selection: Selection,
    pub(super) sink: Sink,
    /// The query as it was given, from its first page and with its full cap.
    pub(super) query: VideoQuery,
    pub(super) pages: PageStream,
    /// How many videos `pages` has left out as repeated, up to the last page added to `counts`.
    pub(super) repeated_in_pages: u64,
    pub(super) pending: Pending,
    /// What was received so far, including what earlier runs received.
    pub(super) counts: Counts,
    pub(super) recent: SavedIds,
    /// When the export was first started, by this run or by an earlier one.
    pub(super) begun_at: i64,
    /// The checkpoint that this run resumed from.
    pub(super) resumed: Option<Checkpoint>,
    pub(super) min_items: u64,
    /// How many videos the format of the file holds at most.
    pub(super) max_videos: Option<u64>,
    pub(super) batch_size: BatchSize,
    pub(super) stop: StopHandle,
    pub(super) warnings: Vec<Warning>,
    pub(super) finished: Finished,
}

/// What was received but not saved yet.
pub(super) struct Pending {
    bytes: Vec<u8>,
    pages: u32,
    since: Instant,
    /// The position after the last page.
    cursor: Cursor,
}

impl Pending {
    /// An empty batch at this position.
    pub(super) fn at(cursor: Cursor) -> Self {
        Self { bytes: Vec::new(), pages: 0, since: Instant::now(), cursor }
    }
}

impl ExportRun {
    /// Receives and saves until the listing ends, fails or is stopped.
    pub(super) async fn walk(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Outcome, ExportError> {
        let mut tick = ticks();
        self.sink.begin(&mut self.pending.bytes);
        while !self.is_full() {
            let due = self.batch_size.due(self.pending.pages, self.pending.since);
            tokio::select! {
                biased;
                () = self.stop.stopped() => {
                    self.save_and_wait(on_event).await?;
                    return Ok(Outcome::Stopped);
                }
                saved = self.sink.saved(), if self.sink.is_saving() => self.report(saved?, on_event),
                page = self.pages.next() => match page {
                    Some(Ok(page)) => {
                        self.receive(page, on_event)?;
                        tick.reset();
                        self.refuse_more_than_fit(on_event).await?;
                        if self.batch_size.is_reached(self.pending.pages, self.pending.since) {
                            self.save(on_event).await?;
                        }
                    }
                    Some(Err(error)) if self.is_refused_position(&error) => {
                        let begun_at = system_time(self.begun_at);
                        self.restart(Warning::PositionRefused { begun_at }, on_event);
                    }
                    Some(Err(error)) => {
                        self.save_and_wait(on_event).await?;
                        return Err(ExportError::listing(error));
                    }
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.save(on_event).await?;
                }
                _ = tick.tick() => on_event(&Event::Waiting { stats: self.pages.stats() }),
            }
        }
        self.refuse_too_few()?;
        self.save_end(on_event).await?;
        Ok(Outcome::Complete)
    }

    /// Whether the server rejected the saved position in the first request of a resumed run.
    fn is_refused_position(&self, error: &Error) -> bool {
        let is_first = self.resumed.is_some() && self.pages.stats().pages == 0;
        is_first && error.kind() == ErrorKind::Cursor
    }

    /// Restarts from the first page. What was saved stays on disk until there is something new.
    fn restart(&mut self, warning: Warning, on_event: &mut impl FnMut(&Event)) {
        self.warn(warning, on_event);
        (self.begun_at, self.resumed) = (unix_now(), None);
        (self.counts, self.recent) = (Counts::default(), SavedIds::default());
        (self.pages, self.repeated_in_pages) = (self.query.clone().pages(), 0);
        self.pending = Pending::at(self.pages.cursor());
        self.begin_file();
    }

    /// Sets the content of the file's first checkpoint.
    pub(super) fn begin_file(&mut self) {
        if let Sink::File(file, ..) = &mut self.sink {
            let cursor = self.pages.cursor();
            let (identity, since) = (self.identity.clone(), self.query.since());
            file.begin_export(Checkpoint::first(identity, cursor, self.begun_at, since));
        }
    }

    /// Adds a page to the next batch.
    fn receive(
        &mut self,
        mut page: Page,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<(), ExportError> {
        if self.pending.pages == 0 {
            self.pending.since = Instant::now();
        }
        self.select(&mut page.videos);
        // The page stream has left out other repeated videos itself.
        let repeated = self.pages.stats().repeated;
        self.counts.repeated += repeated - self.repeated_in_pages;
        self.repeated_in_pages = repeated;
        self.pending.cursor = page.cursor();
        let (bytes, api) = (&mut self.pending.bytes, self.pending.cursor.api);
        let dropped = self.sink.encode(bytes, &page.videos, api).map_err(encoding)?;
        self.counts.dropped_urls += dropped;
        self.pending.pages += 1;
        self.counts.videos += page.videos.len() as u64;
        let (total, stats) = (self.pages.total(), self.pages.stats());
        on_event(&Event::Page { videos: self.counts.videos, total, stats });
        self.warn_of_notices(on_event);
        Ok(())
    }

    /// Leaves out videos that are not exported, and those that were saved before.
    fn select(&mut self, videos: &mut Vec<Video>) {
        let mut room = self.selection.room(self.counts.videos);
        videos.retain(|video| {
            if room == Some(0) {
                return false;
            }
            if !self.selection.includes(video) {
                self.counts.not_selected += 1;
                return false;
            }
            if !self.recent.insert(&video.video_id) {
                self.counts.repeated += 1;
                return false;
            }
            room = room.map(|room| room - 1);
            true
        });
    }

    /// Whether the export has as many videos as the cap of its selection allows.
    fn is_full(&self) -> bool {
        self.selection.room(self.counts.videos) == Some(0)
    }

    /// Starts to save everything received so far, once the previous batch is saved.
    async fn save(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        let saved = self.sink.saved().await?;
        self.report(saved, on_event);
        if self.pending.pages == 0 {
            return Ok(());
        }
        self.write_pending(false)
    }

    /// Fails once it is known that the listing has more videos than the file can hold. What was
    /// received is saved, except for the first page of a new export, which is not worth keeping.
    async fn refuse_more_than_fit(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        let Err(error) = self.refuse_too_many() else { return Ok(()) };
        if self.resumed.is_some() || self.pages.stats().pages > 1 {
            self.save_and_wait(on_event).await?;
        }
        Err(error)
    }

    /// Saves everything received so far and waits until it is on disk.
    async fn save_and_wait(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        self.save(on_event).await?;
        let saved = self.sink.saved().await?;
        self.report(saved, on_event);
        Ok(())
    }

    /// Saves the last batch, even an empty one, because it records that the listing is complete.
    async fn save_end(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        if !self.is_full() && matches!(self.pages.end(), None | Some(End::Failed)) {
            let message = "the listing ended before its last page";
            return Err(ExportError::new(ExportErrorKind::Api, message));
        }
        let saved = self.sink.saved().await?;
        self.report(saved, on_event);
        // The end has its own cursor; the last page may not carry it.
        self.pending.cursor = self.pages.cursor();
        self.write_pending(true)?;
        let saved = self.sink.saved().await?;
        self.report(saved, on_event);
        Ok(())
    }

    fn write_pending(&mut self, complete: bool) -> Result<(), ExportError> {
        let (bytes, cursor, counts) = (Vec::new(), self.pending.cursor.clone(), self.counts);
        self.pending.pages = 0;
        self.sink.write(&mut self.pending.bytes, Batch { bytes, cursor, counts, complete })
    }

    fn report(&mut self, saved: Option<Saved>, on_event: &mut impl FnMut(&Event)) {
        let Some(Saved { videos, length, warnings, .. }) = saved else { return };
        for warning in warnings {
            self.warn(warning, on_event);
        }
        on_event(&Event::Checkpoint { videos, bytes: length });
    }

    /// Reports what the server announced so far.
    pub(super) fn warn_of_notices(&mut self, on_event: &mut impl FnMut(&Event)) {
        for text in self.query.client().notices() {
            self.warn(Warning::Notice { text }, on_event);
        }
    }

    /// Reports a warning, once.
    pub(super) fn warn(&mut self, warning: Warning, on_event: &mut impl FnMut(&Event)) {
        if !self.warnings.contains(&warning) {
            on_event(&Event::Warning { warning: warning.clone() });
            self.warnings.push(warning);
        }
    }
}

/// Ticks while a run waits; reset it when something happens.
pub(crate) fn ticks() -> Interval {
    let mut ticks = interval_at(Instant::now() + TICK, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn encoding(error: io::Error) -> ExportError {
    ExportError::output("cannot write a video in this format", error)
}
