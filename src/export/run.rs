//! `Run`, an export under way: pages in, bytes and checkpoints out.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::checkpoint::Job;
use super::compress::compress;
use super::error::{ExportError, ExportErrorKind};
use super::event::{Event, Outcome, Summary};
use super::file::PartialFile;
use super::job::StopHandle;
use super::rows::Rows;
use crate::{Cursor, End, PageStream, Stats};

/// How often an export tells that it waits.
const TICK: Duration = Duration::from_secs(1);

/// An export under way.
pub(super) struct Run {
    pub(super) job: Job,
    pub(super) rows: Rows,
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

/// Where the bytes go.
pub(super) enum Sink {
    File(PartialFile, PathBuf),
    Writer(Box<dyn io::Write + Send>, u64),
    Done(u64, PathBuf),
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

impl Run {
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
            self.rows.begin(&mut self.pending.bytes).map_err(encoding)?;
        }
        loop {
            let due = self.pending.since.checked_add(self.every.0);
            tokio::select! {
                biased;
                () = self.stop.stopped() => {
                    self.save(false, on_event)?;
                    return Ok(Outcome::Stopped);
                }
                page = self.pages.next() => match page {
                    Some(Ok(mut page)) => {
                        if self.pending.pages == 0 {
                            self.pending.since = Instant::now();
                        }
                        let written = self.rows.write(&mut self.pending.bytes, &mut page.videos);
                        written.map_err(encoding)?;
                        self.pending.pages += 1;
                        self.pending.cursor = page.cursor();
                        self.videos += page.videos.len() as u64;
                        on_event(&Event::Page {
                            videos: self.videos,
                            total: self.pages.total(),
                            stats: self.pages.stats(),
                        });
                        tick.reset();
                        let waited = self.pending.since.elapsed();
                        if self.pending.pages >= self.every.1 || waited >= self.every.0 {
                            self.save(false, on_event)?;
                        }
                    }
                    Some(Err(error)) => {
                        self.save(false, on_event)?;
                        let resumable = self.sink.is_file() && error.is_retryable();
                        return Err(ExportError::listing(error).resumable(resumable));
                    }
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)),
                    if self.pending.pages > 0 && due.is_some() => self.save(false, on_event)?,
                _ = tick.tick() => on_event(&Event::Waiting { stats: self.pages.stats() }),
            }
        }
        match self.pages.end() {
            Some(End::Exhausted | End::CapReached { .. }) => self.save(true, on_event)?,
            _ => {
                let message = "the listing stopped without an end";
                return Err(ExportError::new(ExportErrorKind::Api, message));
            }
        }
        Ok(Outcome::Complete)
    }

    /// Makes everything received so far last.
    fn save(
        &mut self,
        complete: bool,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<(), ExportError> {
        if self.pending.pages == 0 && !complete {
            return Ok(());
        }
        // The end of a listing is a place of its own, which no page need have told.
        if complete {
            self.pending.cursor = self.pages.cursor();
        }
        let bytes = &self.pending.bytes[..];
        // An empty listing makes an empty archive, not an empty file.
        let some = !bytes.is_empty() || (complete && self.sink.length() == 0);
        let bytes = match some {
            true => compress(self.job.compression, bytes).map_err(encoding)?,
            false => bytes.into(),
        };
        let cursor = self.pending.cursor.clone();
        match &mut self.sink {
            Sink::File(file, _) => file.commit(&bytes, &self.job, cursor, self.videos, complete)?,
            Sink::Writer(writer, length) => {
                let written = writer.write_all(&bytes).and_then(|()| writer.flush());
                written.map_err(|error| ExportError::output("cannot write the output", error))?;
                *length += bytes.len() as u64;
            }
            Sink::Done(..) => {}
        }
        // Its room stays, so that the memory taken does not depend on how long an export is.
        self.pending.bytes.clear();
        self.pending.pages = 0;
        if self.sink.is_file() {
            on_event(&Event::Checkpoint { videos: self.videos, bytes: self.sink.length() });
        }
        Ok(())
    }

    pub(super) fn summary(&self, outcome: Outcome, elapsed: Duration) -> Summary {
        let Stats { pages, requests, retries, bytes, .. } = self.pages.stats();
        let total = self.pages.total();
        let job = &self.job;
        let whole = outcome == Outcome::Complete
            && (&job.folder_id, &job.title, job.max_items) == (&None, &None, None);
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

impl Sink {
    fn is_file(&self) -> bool {
        matches!(self, Self::File(..))
    }

    fn length(&self) -> u64 {
        match self {
            Self::File(file, _) => file.length,
            Self::Writer(_, length) | Self::Done(length, _) => *length,
        }
    }

    pub(super) fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::File(file, _) => file.finish(),
            Self::Writer(..) | Self::Done(..) => Ok(()),
        }
    }

    pub(super) fn leave(self) {
        if let Self::File(file, _) = self {
            file.leave();
        }
    }
}

fn encoding(error: io::Error) -> ExportError {
    ExportError::output("cannot write a video in this format", error)
}
