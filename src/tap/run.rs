//! `TapRun`: a tap in progress. It receives pages and writes messages.

use std::io;
use std::time::{Duration, SystemTime};

use futures::StreamExt;
use tokio::time::{Instant, sleep_until};

use super::messages::{MessageWriter, Messages};
use super::planner::Planner;
use super::record::{MAX_ADDED, RecordWriter};
use super::selection::Method;
use super::state::{TapState, UnfinishedWalk};
use crate::api_version::ApiVersion;
use crate::error::ErrorKind;
use crate::export::{
    BatchSize, Event, ExportError, ExportErrorKind, Outcome, StopHandle, Summary, Warning, rfc3339,
    system_time, ticks,
};
use crate::plan::Missing;
use crate::query::VideoQuery;
use crate::stream::{End, Page, PageStream, Stats};

/// A tap in progress.
pub(super) struct TapRun {
    pub(super) query: VideoQuery,
    pub(super) out: MessageWriter,
    /// `None` if the catalog does not select the videos.
    pub(super) records: Option<RecordWriter>,
    pub(super) planner: Planner,
    pub(super) state: TapState,
    pub(super) batch_size: BatchSize,
    pub(super) stop: StopHandle,
    /// The version of the records of this run, if it replaces older ones.
    pub(super) version: Option<i64>,
    pub(super) progress: TapProgress,
    pub(super) warnings: Vec<Warning>,
}

/// What a run has done so far.
#[derive(Debug)]
pub(super) struct TapProgress {
    begun_at: SystemTime,
    /// The version of the API of the last page.
    api: ApiVersion,
    /// Videos sent.
    videos: u64,
    /// Pages since the last STATE message, and when the first of them was received.
    pending: u32,
    pending_since: Instant,
    /// The statistics of all walks that have ended.
    done: Stats,
    /// The statistics of the current walk.
    current: Stats,
    total: Option<u64>,
    /// The smallest total that the server reported in the current walk. Videos that are created
    /// meanwhile raise the total and are not listed.
    least_total: Option<u64>,
}

/// How a walk ended.
enum WalkOutcome {
    Complete,
    Stopped,
    /// The server refuses the saved position.
    Refused,
}

impl TapProgress {
    pub(super) fn new(api: ApiVersion) -> Self {
        Self {
            begun_at: SystemTime::now(),
            api,
            videos: 0,
            pending: 0,
            pending_since: Instant::now(),
            done: Stats::default(),
            current: Stats::default(),
            total: None,
            least_total: None,
        }
    }

    fn note(&mut self, pages: &PageStream) {
        self.current = pages.stats();
        self.total = pages.total().or(self.total);
        self.least_total = [self.least_total, pages.total()].into_iter().flatten().min();
    }

    /// Adds what the current walk has done to what the others did.
    fn end_walk(&mut self) {
        self.done = self.stats();
        self.current = Stats::default();
    }

    fn stats(&self) -> Stats {
        self.done.plus(self.current)
    }
}

impl TapRun {
    /// Reports the beginning and what is unusual about the settings.
    pub(super) fn begin(&mut self, warnings: Vec<Warning>, on_event: &mut impl FnMut(&Event)) {
        let resumed = self.state.unfinished.as_ref().map_or(0, |walk| walk.videos);
        on_event(&Event::Started { resumed, begun_at: self.progress.begun_at });
        for warning in warnings {
            self.warn(warning, on_event);
        }
        // A position that cannot be read, such as one of a later release, cannot be resumed.
        if let Some(walk) = self.state.unfinished.take_if(|walk| walk.cursor.is_none()) {
            self.warn(refused(&walk), on_event);
        }
    }

    /// Writes all messages.
    pub(super) async fn run(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Outcome, ExportError> {
        let Some(records) = &self.records else {
            self.out.state(&self.state).map_err(output)?;
            return Ok(Outcome::Complete);
        };
        self.out.schema(records.fields()).map_err(output)?;
        let mut is_full = self.planner.method == Method::FullTable;
        loop {
            let walk = self.planner.next(&mut self.state, is_full, unix_milliseconds());
            let is_resumed = walk.cursor.is_some();
            // After a resumed FULL_TABLE walk, newer videos are sent with the same version.
            self.version = walk.version.or(self.version);
            match self.walk(walk, on_event).await? {
                WalkOutcome::Complete => self.conclude(on_event)?,
                WalkOutcome::Stopped => return Ok(Outcome::Stopped),
                WalkOutcome::Refused => continue,
            }
            if !is_resumed {
                return Ok(Outcome::Complete);
            }
            // The resumed walk lacks the videos that were created since it was started.
            is_full = false;
        }
    }

    /// Sends the videos of a walk until it ends, fails or is stopped.
    async fn walk(
        &mut self,
        walk: UnfinishedWalk,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<WalkOutcome, ExportError> {
        let mut query = self.query.clone();
        if let Some(floor) = walk.run.floor {
            query = query.created_since(system_time(floor));
        }
        let (is_resumed, skipped_before) = (walk.cursor.is_some(), walk.skipped);
        if let Some(cursor) = walk.cursor.clone() {
            query = query.go_on_from(cursor);
        }
        let mut pages = query.pages();
        self.progress.least_total = None;
        self.state.unfinished = Some(walk);
        let mut tick = ticks();
        loop {
            let TapProgress { pending, pending_since, .. } = self.progress;
            let due = self.batch_size.due(pending, pending_since);
            tokio::select! {
                biased;
                () = self.stop.stopped() => {
                    // Count the request that may be in progress.
                    self.progress.note(&pages);
                    self.write_state(on_event)?;
                    return Ok(WalkOutcome::Stopped);
                }
                page = pages.next() => {
                    self.progress.note(&pages);
                    match page {
                        Some(Ok(page)) => {
                            self.receive(page, skipped_before, on_event)?;
                            tick.reset();
                            if self.is_batch_full() {
                                self.write_state(on_event)?;
                            }
                        }
                        Some(Err(error)) if error.kind() == ErrorKind::Cursor
                            && is_resumed && pages.stats().pages == 0 =>
                        {
                            self.progress.end_walk();
                            if let Some(walk) = self.state.unfinished.take() {
                                self.warn(refused(&walk), on_event);
                            }
                            return Ok(WalkOutcome::Refused);
                        }
                        Some(Err(error)) => {
                            self.write_state(on_event)?;
                            let is_resumable = is_resumed || pages.stats().pages > 0;
                            return Err(ExportError::listing(error).resumable(is_resumable));
                        }
                        None => break,
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.write_state(on_event)?;
                }
                _ = tick.tick() => {
                    self.progress.note(&pages);
                    on_event(&Event::Waiting { stats: self.progress.stats() });
                }
            }
        }
        if !matches!(pages.end(), Some(End::Exhausted | End::SinceReached)) {
            let message = "the listing ended before its last page";
            return Err(ExportError::new(ExportErrorKind::Api, message));
        }
        self.progress.end_walk();
        Ok(WalkOutcome::Complete)
    }

    fn is_batch_full(&self) -> bool {
        let TapProgress { pending, pending_since, .. } = self.progress;
        self.batch_size.is_reached(pending, pending_since)
    }

    /// Writes the records of a page.
    fn receive(
        &mut self,
        page: Page,
        skipped_before: u64,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<(), ExportError> {
        if self.progress.pending == 0 {
            self.progress.pending_since = Instant::now();
        }
        self.progress.pending += 1;
        let after_record = Messages::after_record(&rfc3339(SystemTime::now()), self.version);
        let mut messages = Vec::new();
        if let Some(records) = &mut self.records {
            records
                .write(&mut messages, &page.videos, &self.out.messages, &after_record)
                .map_err(|error| ExportError::output("cannot write a video as a record", error))?;
        }
        self.out.write(&messages).map_err(output)?;
        self.warn_of_values(on_event);
        let (cursor, progress) = (page.cursor(), &mut self.progress);
        progress.api = cursor.api;
        progress.videos += page.videos.len() as u64;
        if let Some(walk) = &mut self.state.unfinished {
            self.planner.note(walk, &page.videos);
            walk.cursor = Some(cursor);
            walk.skipped = skipped_before + progress.current.skipped;
        }
        let TapProgress { videos, total, .. } = *progress;
        on_event(&Event::Page { videos, total, stats: progress.stats() });
        Ok(())
    }

    /// Writes a STATE message, which covers all records that were written.
    fn write_state(&mut self, on_event: &mut impl FnMut(&Event)) -> Result<(), ExportError> {
        self.progress.pending = 0;
        self.out.state(&self.state).map_err(output)?;
        on_event(&Event::Checkpoint { videos: self.progress.videos, bytes: self.out.bytes });
        Ok(())
    }

    /// Moves the bookmark after a complete walk.
    fn conclude(&mut self, on_event: &mut impl FnMut(&Event)) -> Result<(), ExportError> {
        let Some(walk) = self.state.unfinished.take() else { return Ok(()) };
        let missing = self.planner.conclude(&mut self.state, &walk);
        match (missing, walk.version) {
            (Missing::Unknown, _) | (_, None) => {}
            (Missing::Deleted, Some(version)) if !self.is_short(walk.videos) => {
                self.out.activate_version(version).map_err(output)?;
            }
            (
                Missing::Deleted
                | Missing::EmptyListing
                | Missing::SkippedEntries
                | Missing::FewerThanTotal,
                Some(_),
            ) => {
                self.warn(Warning::VersionNotActivated, on_event);
            }
        }
        self.write_state(on_event)
    }

    /// Whether a complete walk listed fewer videos than the server says the account has. The total
    /// does not depend on filters, so it says nothing about a filtered listing.
    fn is_short(&self, listed: u64) -> bool {
        let is_filtered = self.query.filters().iter().any(Option::is_some);
        !is_filtered && self.progress.least_total.is_some_and(|total| listed < total)
    }

    pub(super) fn summary(&self, outcome: Outcome, elapsed: Duration) -> Summary {
        let TapProgress { begun_at, api, videos, total, .. } = self.progress;
        let Stats { pages, requests, retries, bytes, skipped, repeated, .. } =
            self.progress.stats();
        Summary {
            outcome,
            path: None,
            begun_at,
            finished_at: SystemTime::now(),
            resumed_from: None,
            elapsed,
            videos,
            total,
            pages,
            requests,
            retries,
            repeated,
            skipped,
            not_selected: 0,
            dropped_urls: self.records.as_ref().map_or(0, RecordWriter::dropped_urls),
            guarded: 0,
            bytes_received: bytes,
            bytes_written: self.out.bytes,
            api,
            warnings: self.warnings.clone(),
        }
    }

    /// Warns once of each field with values that were written as null, and of fields that were left
    /// out.
    fn warn_of_values(&mut self, on_event: &mut impl FnMut(&Event)) {
        let fields = self.records.iter().flat_map(|records| records.not_kept.iter().cloned());
        let mut warnings: Vec<_> = fields.map(|field| Warning::ValuesNotKept { field }).collect();
        if self.records.as_ref().is_some_and(|records| records.has_left_out) {
            warnings.push(Warning::FieldsLeftOut { limit: MAX_ADDED });
        }
        for warning in warnings {
            if !self.warnings.contains(&warning) {
                self.warn(warning, on_event);
            }
        }
    }

    fn warn(&mut self, warning: Warning, on_event: &mut impl FnMut(&Event)) {
        on_event(&Event::Warning { warning: warning.clone() });
        self.warnings.push(warning);
    }
}

/// The warning that a walk cannot continue where it was cut short.
fn refused(walk: &UnfinishedWalk) -> Warning {
    Warning::PositionRefused { begun_at: system_time(walk.run.begun_at) }
}

pub(super) fn unix_milliseconds() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

fn output(error: io::Error) -> ExportError {
    ExportError::writer("cannot write the messages", error)
}
