//! `ExportRun`, an export under way: pages in, bytes and checkpoints out.

use std::io;
use std::mem;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::encode::{Encoder, pack};
use super::error::{ExportError, ExportErrorKind};
use super::event::Event;
use super::options::StopHandle;
use super::sink::Sink;
use super::spool::{Batch, ExportIdentity};
use super::summary::{Outcome, Summary};
use crate::cursor::Cursor;
use crate::{End, Page, PageStream, Stats};

/// How often an export tells that it waits.
const TICK: Duration = Duration::from_secs(1);

/// An export under way.
pub(super) struct ExportRun {
    pub(super) identity: ExportIdentity,
    pub(super) encoder: Encoder,
    pub(super) sink: Sink,
    pub(super) pages: PageStream,
    pub(super) pending: Pending,
    /// Received so far, those from before a resume included.
    pub(super) videos: u64,
    /// Whether an earlier run had received everything.
    pub(super) complete: bool,
    pub(super) every: (Duration, u32),
    pub(super) stop: StopHandle,
}

/// What was received and is not saved yet.
pub(super) struct Pending {
    bytes: Vec<u8>,
    pages: u32,
    since: Instant,
    /// The place after it.
    cursor: Cursor,
}

impl Pending {
    /// Nothing yet, at this place.
    pub(super) fn at(cursor: Cursor) -> Self {
        Self { bytes: Vec::new(), pages: 0, since: Instant::now(), cursor }
    }
}

impl ExportRun {
    pub(super) async fn walk(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Outcome, ExportError> {
        if self.complete {
            return Ok(Outcome::Complete);
        }
        let mut tick = interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if self.sink.length() == 0 {
            self.encoder.begin(&mut self.pending.bytes).map_err(encoding)?;
        }
        loop {
            let due = self.pending.since.checked_add(self.every.0);
            tokio::select! {
                biased;
                () = self.stop.stopped() => {
                    self.save_all(false, on_event).await?;
                    return Ok(Outcome::Stopped);
                }
                saved = self.sink.saved(), if self.sink.is_saving() => tell(saved?, on_event),
                page = self.pages.next() => match page {
                    Some(Ok(page)) => {
                        self.receive(page, on_event)?;
                        tick.reset();
                        let waited = self.pending.since.elapsed();
                        if self.pending.pages >= self.every.1 || waited >= self.every.0 {
                            self.save(false, on_event).await?;
                        }
                    }
                    Some(Err(error)) => {
                        self.save_all(false, on_event).await?;
                        let resumable = self.sink.is_file() && error.is_retryable();
                        return Err(ExportError::listing(error).resumable(resumable));
                    }
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)),
                    if self.pending.pages > 0 && due.is_some() => self.save(false, on_event).await?,
                _ = tick.tick() => on_event(&Event::Waiting { stats: self.pages.stats() }),
            }
        }
        match self.pages.end() {
            Some(End::Exhausted | End::CapReached { .. }) => self.save_all(true, on_event).await?,
            _ => {
                let message = "the listing stopped without an end";
                return Err(ExportError::new(ExportErrorKind::Api, message));
            }
        }
        Ok(Outcome::Complete)
    }

    /// Writes a page to what is not saved yet.
    fn receive(
        &mut self,
        mut page: Page,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<(), ExportError> {
        if self.pending.pages == 0 {
            self.pending.since = Instant::now();
        }
        self.encoder.write(&mut self.pending.bytes, &mut page.videos).map_err(encoding)?;
        self.pending.pages += 1;
        self.pending.cursor = page.cursor();
        self.videos += page.videos.len() as u64;
        let (total, stats) = (self.pages.total(), self.pages.stats());
        on_event(&Event::Page { videos: self.videos, total, stats });
        Ok(())
    }

    /// Makes everything received so far last, and waits until it does.
    async fn save_all(
        &mut self,
        complete: bool,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        self.save(complete, on_event).await?;
        tell(self.sink.saved().await?, on_event);
        Ok(())
    }

    /// Begins to make everything received so far last, once what is being saved does.
    async fn save(
        &mut self,
        complete: bool,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<(), ExportError> {
        tell(self.sink.saved().await?, on_event);
        if self.pending.pages == 0 && !complete {
            return Ok(());
        }
        // The end of a listing is a place of its own, which no page need have told.
        if complete {
            self.pending.cursor = self.pages.cursor();
        }
        self.pending.pages = 0;
        let bytes = &mut self.pending.bytes;
        match &mut self.sink {
            Sink::File(file, _) => {
                let bytes = mem::replace(bytes, mem::take(&mut file.spare));
                let (identity, cursor) = (self.identity.clone(), self.pending.cursor.clone());
                file.begin(Batch { bytes, identity, cursor, videos: self.videos, complete });
            }
            Sink::Writer(writer, length) => {
                let begun = *length > 0;
                let packed = pack(self.identity.compression, bytes, begun, complete)?;
                let written = writer.write_all(&packed).and_then(|()| writer.flush());
                written.map_err(|error| ExportError::output("cannot write the output", error))?;
                *length += packed.len() as u64;
                bytes.clear();
            }
            Sink::Done(..) => {}
        }
        Ok(())
    }

    pub(super) fn summary(&self, outcome: Outcome, elapsed: Duration) -> Summary {
        let Stats { pages, requests, retries, bytes, .. } = self.pages.stats();
        let total = self.pages.total();
        let identity = &self.identity;
        let whole = outcome == Outcome::Complete
            && (&identity.folder_id, &identity.title, identity.max_items) == (&None, &None, None);
        let warning = total.filter(|total| whole && *total != self.videos).map(|total| {
            format!(
                "the server counts {total} videos in the account, {} were listed: some were made \
                 or deleted meanwhile, or it counts otherwise",
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
            path: match &self.sink {
                Sink::File(_, path) | Sink::Done(_, path) => Some(path.clone()),
                Sink::Writer(..) => None,
            },
            total,
            warning,
        }
    }
}

fn tell(event: Option<Event>, on_event: &mut impl FnMut(&Event)) {
    if let Some(event) = event {
        on_event(&event);
    }
}

fn encoding(error: io::Error) -> ExportError {
    ExportError::output("cannot write a video in this format", error)
}
