//! `TapRun`: a tap in progress. It receives pages and writes messages.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use futures::StreamExt;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::messages::{MessageWriter, Messages};
use super::record::RecordWriter;
use super::selection::{Method, Selection};
use super::state::{TapState, UnfinishedWalk};
use crate::error::ErrorKind;
use crate::export::{
    BatchSize, Event, ExportError, ExportErrorKind, Outcome, StopHandle, Summary, TICK, Warning,
    rfc3339, system_time, unix_now,
};
use crate::plan::{History, Missing, Mode, NextRun, PlanSettings, SETTLED, Seen, UnfinishedRun};
use crate::query::VideoQuery;
use crate::stream::{End, Page, PageStream, Stats};
use crate::video::Video;

/// Videos that were created longer ago count as settled, whatever their status is.
const UNSETTLED_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The settings that a run needs.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) start_date: Option<SystemTime>,
    pub(super) look_back: Duration,
    pub(super) activate_version: bool,
    pub(super) batch_size: BatchSize,
}

/// A tap in progress.
pub(super) struct TapRun {
    query: VideoQuery,
    out: MessageWriter,
    /// `None` if the catalog does not select the videos.
    records: Option<RecordWriter>,
    method: Method,
    state: TapState,
    settings: Settings,
    stop: StopHandle,
    begun_at: i64,
    /// The version of the records of this run.
    version: Option<i64>,
    /// Videos sent by this run.
    videos: u64,
    /// Pages that no STATE message counts yet, and when the first of them was received.
    pending: u32,
    pending_since: Instant,
    /// What earlier walks of this run did.
    done: Stats,
    /// What the current walk has done, and the server's total.
    current: (Stats, Option<u64>),
    api: crate::api_version::ApiVersion,
    warnings: Vec<Warning>,
}

/// How a walk ended.
enum Walked {
    Complete,
    Stopped,
    /// The server did not accept the position that it was to begin at.
    Refused,
}

impl TapRun {
    pub(super) fn new(
        query: VideoQuery,
        out: Box<dyn Write + Send>,
        selection: Option<Selection>,
        state: TapState,
        settings: Settings,
        stop: StopHandle,
    ) -> Self {
        let is_selected = selection.is_some();
        let selection = selection.unwrap_or_default();
        let messages = Messages::new(&selection.stream, selection.method);
        Self {
            api: query.clone().pages().cursor().api,
            query,
            out: MessageWriter::new(out, messages),
            method: selection.method,
            records: is_selected.then(|| RecordWriter::new(selection)),
            state,
            settings,
            stop,
            begun_at: unix_now(),
            version: None,
            videos: 0,
            pending: 0,
            pending_since: Instant::now(),
            done: Stats::default(),
            current: (Stats::default(), None),
            warnings: Vec::new(),
        }
    }

    /// Reports the beginning and what is unusual about the settings.
    pub(super) fn begin(&mut self, warnings: Vec<Warning>, on_event: &mut impl FnMut(&Event)) {
        let resumed = self.state.unfinished.as_ref().map_or(0, |walk| walk.videos);
        on_event(&Event::Started { resumed, begun_at: system_time(self.begun_at) });
        for warning in warnings {
            self.warn(warning, on_event);
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
        let mut is_full = self.method == Method::FullTable;
        loop {
            let walk = self.next_walk(is_full);
            let is_resumed = walk.cursor.is_some();
            match self.walk(walk, on_event).await? {
                Walked::Complete => self.conclude(on_event)?,
                Walked::Stopped => return Ok(Outcome::Stopped),
                Walked::Refused => continue,
            }
            if !is_resumed {
                return Ok(Outcome::Complete);
            }
            // The resumed walk lacks the videos that were created since it was begun.
            is_full = false;
        }
    }

    fn plan(&self, is_full: bool) -> PlanSettings {
        PlanSettings {
            look_back: self.settings.look_back,
            unsettled_for: UNSETTLED_FOR,
            // FULL_TABLE resumes what was begun recently. INCREMENTAL has no full runs of its own.
            full_every: if is_full { Duration::ZERO } else { Duration::MAX },
            full: is_full,
            allow_empty: false,
        }
    }

    fn history(&self, now: i64) -> History {
        History {
            full_at: Some(now),
            high_water: self.state.bookmark,
            oldest_unsettled: self.state.oldest_unsettled,
            unfinished: self.state.unfinished.as_ref().map(|walk| walk.run),
        }
    }

    /// The walk that comes next: the rest of the unfinished one, or a new one.
    fn next_walk(&mut self, is_full: bool) -> UnfinishedWalk {
        let now = unix_now();
        let unfinished = self.state.unfinished.take();
        let mut history = self.history(now);
        // A position that cannot be read cannot be resumed.
        let resumable = unfinished.filter(|walk| walk.cursor.is_some());
        history.unfinished = resumable.as_ref().map(|walk| walk.run);
        let run = match (self.plan(is_full).next_run(&history, now), resumable) {
            (NextRun::Resume(_), Some(walk)) => {
                self.version = walk.version;
                return walk;
            }
            (NextRun::Begin { mode, floor }, _) => UnfinishedRun { mode, begun_at: now, floor },
            (NextRun::Resume(run), None) => run,
        };
        let start_date = self.settings.start_date.filter(|_| self.method == Method::Incremental);
        let start_date =
            start_date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok());
        let start_date = start_date.and_then(|date| i64::try_from(date.as_secs()).ok());
        if self.version.is_none() && is_full && self.settings.activate_version {
            // Targets compare versions, so a later run needs a larger one.
            self.version = Some(now.saturating_mul(1_000));
        }
        UnfinishedWalk {
            run: UnfinishedRun { floor: run.floor.or(start_date), ..run },
            cursor: None,
            newest: None,
            oldest_unsettled: None,
            videos: 0,
            skipped: 0,
            version: self.version,
        }
    }

    /// Sends the videos of a walk until it ends, fails or is stopped.
    async fn walk(
        &mut self,
        walk: UnfinishedWalk,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Walked, ExportError> {
        let mut query = self.query.clone();
        if let Some(floor) = walk.run.floor {
            query = query.created_since(system_time(floor));
        }
        let (begun_at, skipped_before) = (walk.run.begun_at, walk.skipped);
        let resumed = walk.cursor.clone();
        if let Some(cursor) = &resumed {
            query = query.go_on_from(cursor.clone());
        }
        let mut pages = query.pages();
        self.state.unfinished = Some(walk);
        let mut tick = interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // If the time overflows, only the number of pages counts.
            let due = self.pending_since.checked_add(self.settings.batch_size.time);
            let due = due.filter(|_| self.pending > 0);
            tokio::select! {
                biased;
                () = self.stop.stopped() => {
                    self.write_state(on_event)?;
                    return Ok(Walked::Stopped);
                }
                page = pages.next() => {
                    self.note(&pages);
                    match page {
                        Some(Ok(page)) => {
                            self.receive(page, skipped_before, on_event)?;
                            tick.reset();
                            let size = self.settings.batch_size;
                            if self.pending >= size.pages
                                || self.pending_since.elapsed() >= size.time
                            {
                                self.save(on_event)?;
                            }
                        }
                        Some(Err(error)) if error.kind() == ErrorKind::Cursor
                            && resumed.is_some() && pages.stats().pages == 0 =>
                        {
                            self.finish_walk();
                            self.state.unfinished = None;
                            let begun_at = system_time(begun_at);
                            self.warn(Warning::PositionRefused { begun_at }, on_event);
                            return Ok(Walked::Refused);
                        }
                        Some(Err(error)) => {
                            self.write_state(on_event)?;
                            let is_resumable = resumed.is_some() || pages.stats().pages > 0;
                            return Err(ExportError::listing(error).resumable(is_resumable));
                        }
                        None => break,
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.save(on_event)?;
                }
                _ = tick.tick() => {
                    self.note(&pages);
                    on_event(&Event::Waiting { stats: self.stats() });
                }
            }
        }
        if !matches!(pages.end(), Some(End::Exhausted | End::SinceReached)) {
            let message = "the listing ended before its last page";
            return Err(ExportError::new(ExportErrorKind::Api, message));
        }
        self.finish_walk();
        Ok(Walked::Complete)
    }

    /// Writes the records of a page.
    fn receive(
        &mut self,
        page: Page,
        skipped_before: u64,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<(), ExportError> {
        if self.pending == 0 {
            self.pending_since = Instant::now();
        }
        self.pending += 1;
        let received_at = rfc3339(SystemTime::now());
        let after_record = Messages::after_record(&received_at, self.version);
        let (records, mut messages) = (self.records.as_mut(), Vec::new());
        if let Some(records) = records {
            records
                .write(&mut messages, &page.videos, &self.out.messages, &after_record)
                .map_err(|error| ExportError::output("cannot write a video as a record", error))?;
        }
        self.out.write(&messages).map_err(output)?;
        let unsettled_since = self.plan(false).unsettled_since(self.begun_at);
        if let Some(walk) = &mut self.state.unfinished {
            for video in &page.videos {
                walk.newest = walk.newest.max(video.created_at);
                if let Some(at) = unsettled_at(video).filter(|at| *at >= unsettled_since) {
                    walk.oldest_unsettled =
                        Some(walk.oldest_unsettled.map_or(at, |oldest| oldest.min(at)));
                }
            }
            walk.cursor = Some(page.cursor());
            walk.videos += page.videos.len() as u64;
            walk.skipped = skipped_before + self.current.0.skipped;
            self.api = page.cursor().api;
        }
        self.videos += page.videos.len() as u64;
        let (stats, total) = (self.stats(), self.current.1);
        on_event(&Event::Page { videos: self.videos, total, stats });
        Ok(())
    }

    /// Writes a STATE message if records were written since the last one.
    fn save(&mut self, on_event: &mut impl FnMut(&Event)) -> Result<(), ExportError> {
        if self.pending == 0 {
            return Ok(());
        }
        self.write_state(on_event)
    }

    fn write_state(&mut self, on_event: &mut impl FnMut(&Event)) -> Result<(), ExportError> {
        self.pending = 0;
        self.out.state(&self.state).map_err(output)?;
        on_event(&Event::Checkpoint { videos: self.videos, bytes: self.out.bytes });
        Ok(())
    }

    /// Moves the bookmark after a complete walk.
    fn conclude(&mut self, on_event: &mut impl FnMut(&Event)) -> Result<(), ExportError> {
        let Some(walk) = self.state.unfinished.take() else { return Ok(()) };
        let seen = Seen {
            mode: walk.run.mode,
            begun_at: walk.run.begun_at,
            newest: walk.newest,
            videos: walk.videos,
            skipped: walk.skipped,
        };
        let is_full = self.method == Method::FullTable && walk.run.mode == Mode::Full;
        let history = self.history(walk.run.begun_at);
        let conclusion =
            self.plan(is_full).conclude(&seen, &history, self.state.bookmark.is_some());
        self.state.bookmark = conclusion.high_water;
        self.state.oldest_unsettled = walk.oldest_unsettled;
        if let (true, Some(version)) = (is_full, walk.version) {
            if conclusion.missing == Missing::Deleted {
                self.out.activate_version(version).map_err(output)?;
            } else {
                self.warn(Warning::VersionNotActivated, on_event);
            }
        }
        self.write_state(on_event)
    }

    fn note(&mut self, pages: &PageStream) {
        self.current = (pages.stats(), pages.total().or(self.current.1));
    }

    /// Adds the statistics of a walk that ended to those of the run.
    fn finish_walk(&mut self) {
        self.done = self.stats();
        self.current.0 = Stats::default();
    }

    fn stats(&self) -> Stats {
        let (one, other) = (self.done, self.current.0);
        Stats {
            pages: one.pages + other.pages,
            items: one.items + other.items,
            repeated: one.repeated + other.repeated,
            requests: one.requests + other.requests,
            retries: one.retries + other.retries,
            bytes: one.bytes + other.bytes,
            skipped: one.skipped + other.skipped,
        }
    }

    pub(super) fn summary(&mut self, outcome: Outcome, elapsed: Duration) -> Summary {
        let Stats { pages, requests, retries, bytes, skipped, repeated, .. } = self.stats();
        if let Some(records) = &self.records {
            let fields = records.not_kept.iter().cloned();
            self.warnings.extend(fields.map(|field| Warning::ValuesNotKept { field }));
        }
        Summary {
            outcome,
            path: None,
            begun_at: system_time(self.begun_at),
            finished_at: SystemTime::now(),
            resumed_from: None,
            elapsed,
            videos: self.videos,
            total: self.current.1,
            pages,
            requests,
            retries,
            repeated,
            skipped,
            dropped_urls: self.records.as_ref().map_or(0, RecordWriter::dropped_urls),
            guarded: 0,
            bytes_received: bytes,
            bytes_written: self.out.bytes,
            api: self.api,
            warnings: self.warnings.clone(),
        }
    }

    fn warn(&mut self, warning: Warning, on_event: &mut impl FnMut(&Event)) {
        on_event(&Event::Warning { warning: warning.clone() });
        self.warnings.push(warning);
    }
}

/// The creation time of a video that may still change by itself.
fn unsettled_at(video: &Video) -> Option<i64> {
    let is_settled = video.status.as_ref().is_some_and(|status| SETTLED.contains(&status.as_str()));
    video.created_at.filter(|_| !is_settled)
}

fn output(error: io::Error) -> ExportError {
    ExportError::output("cannot write the messages", error)
}
