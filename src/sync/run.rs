//! `SyncRun`: a sync in progress. It receives pages and saves them in batches.

use futures::StreamExt;
use tokio::time::{Instant, sleep_until};

use super::error::{SyncError, SyncErrorKind};
use super::event::SyncEvent;
use super::store::{SavedBatch, StoreThread, VideoBatch};
use super::summary::Changes;
use super::warning::SyncWarning;
use crate::api_version::ApiVersion;
use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind};
use crate::export::{BatchSize, Outcome, StopHandle, system_time, ticks, unix_now};
use crate::plan::{History, NextRun, PlanSettings, SeenVideos, ServerTotal, SyncMode};
use crate::query::VideoQuery;
use crate::stream::{End, Page, PageStream, Stats};
use crate::video::Video;

/// A sync in progress.
pub(super) struct SyncRun {
    pub(super) query: VideoQuery,
    pub(super) settings: PlanSettings,
    pub(super) store: StoreThread,
    pub(super) history: History,
    /// The position of the unfinished run; an error if its text cannot be read.
    pub(super) position: Option<Result<Cursor, ()>>,
    pub(super) batch_size: BatchSize,
    pub(super) stop: StopHandle,
    pub(super) totals: Totals,
    pub(super) warnings: Vec<SyncWarning>,
}

/// What the sync did so far, in all its runs.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) mode: SyncMode,
    /// When the last run was first started.
    pub(super) begun_at: i64,
    /// When the unfinished run that this sync continued was started.
    pub(super) resumed_from: Option<i64>,
    /// Videos received.
    pub(super) received: u64,
    /// Videos in the database that are not marked as deleted.
    pub(super) videos: u64,
    pub(super) changes: Changes,
    pub(super) dropped_urls: u64,
    pub(super) total: Option<u64>,
    /// The statistics of all listings that have ended.
    pub(super) stats: Stats,
    pub(super) api: ApiVersion,
}

/// How a walk ended.
enum Walked {
    /// All videos are saved. The next run starts from this.
    Complete(History),
    Stopped,
    /// The server does not know the saved position.
    Refused,
}

/// A walk, and what was received but not saved yet.
struct SyncWalk {
    pages: PageStream,
    is_resumed: bool,
    videos: Vec<Video>,
    pending_pages: u32,
    since: Instant,
    /// The position after the last page.
    cursor: Cursor,
    /// The statistics that the last batch included.
    saved: Stats,
    /// The first total that the server reported in this walk.
    first_total: Option<u64>,
}

impl SyncRun {
    /// Runs until the database is equal to the listing, or until it fails or is stopped.
    ///
    /// After an unfinished run, another one begins at the newest video. So what was created before
    /// the sync was started is in the database at the end.
    pub(super) async fn run(
        &mut self,
        on_event: &mut (impl FnMut(&SyncEvent) + Send),
    ) -> Result<Outcome, SyncError> {
        for warning in self.warnings.clone() {
            on_event(&SyncEvent::Warning { warning });
        }
        loop {
            let next = self.settings.next_run(&self.history, unix_now());
            let is_resumed = matches!(next, NextRun::Resume(_));
            match self.walk(next, on_event).await? {
                Walked::Stopped => return Ok(Outcome::Stopped),
                Walked::Refused => {
                    let begun_at = system_time(self.totals.begun_at);
                    self.warn(SyncWarning::PositionRefused { begun_at }, on_event);
                    self.history.unfinished = None;
                }
                Walked::Complete(history) => {
                    self.settings.full &= self.totals.mode != SyncMode::Full;
                    (self.history, self.position) = (history, None);
                    if !is_resumed {
                        return Ok(Outcome::Complete);
                    }
                }
            }
        }
    }

    async fn walk(
        &mut self,
        next: NextRun,
        on_event: &mut (impl FnMut(&SyncEvent) + Send),
    ) -> Result<Walked, SyncError> {
        let position = self.position.take();
        let (mut query, floor) = match next {
            NextRun::Begin { floor, .. } => (self.query.clone(), floor),
            NextRun::Resume(run) => match position {
                Some(Ok(cursor)) => (self.query.clone().go_on_from(cursor), run.floor),
                _ => {
                    self.totals.begun_at = run.begun_at;
                    return Ok(Walked::Refused);
                }
            },
        };
        if let Some(floor) = floor {
            query = query.created_since(system_time(floor));
        }
        let is_resumed = matches!(next, NextRun::Resume(_));
        let SeenVideos { mode, begun_at, .. } =
            self.store.step(move |store| store.begin(next)).await?;
        (self.totals.mode, self.totals.begun_at) = (mode, begun_at);
        if is_resumed {
            self.totals.resumed_from = Some(begun_at);
        }
        on_event(&SyncEvent::Started {
            mode,
            resumed: is_resumed,
            begun_at: system_time(begun_at),
            floor: floor.map(system_time),
        });
        let mut walk = SyncWalk::new(query.pages(), is_resumed);
        let walked = self.receive_all(&mut walk, on_event).await;
        self.totals.stats = self.totals.stats.plus(walk.pages.stats());
        walked
    }

    /// Receives and saves until the listing ends, fails or is stopped.
    async fn receive_all(
        &mut self,
        walk: &mut SyncWalk,
        on_event: &mut (impl FnMut(&SyncEvent) + Send),
    ) -> Result<Walked, SyncError> {
        let mut tick = ticks();
        loop {
            let due = self.batch_size.due(walk.pending_pages, walk.since);
            tokio::select! {
                biased;
                () = self.stop.stopped() => {
                    self.save_and_wait(walk, on_event).await?;
                    return Ok(Walked::Stopped);
                }
                saved = self.store.saved(), if self.store.is_saving() => {
                    self.report(saved?, on_event);
                }
                page = walk.pages.next() => match page {
                    Some(Ok(page)) => {
                        self.receive(walk, page, on_event);
                        self.warn_of_notices(on_event);
                        tick.reset();
                        if self.batch_size.is_reached(walk.pending_pages, walk.since) {
                            self.save(walk, on_event).await?;
                        }
                    }
                    Some(Err(error)) if walk.is_refused_position(&error) => {
                        return Ok(Walked::Refused);
                    }
                    Some(Err(error)) => {
                        self.save_and_wait(walk, on_event).await?;
                        return Err(SyncError::listing(error));
                    }
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.save(walk, on_event).await?;
                }
                _ = tick.tick() => on_event(&SyncEvent::Waiting { stats: walk.pages.stats() }),
            }
        }
        self.save_end(walk, on_event).await
    }

    fn receive(&mut self, walk: &mut SyncWalk, page: Page, on_event: &mut impl FnMut(&SyncEvent)) {
        if walk.pending_pages == 0 {
            walk.since = Instant::now();
        }
        walk.pending_pages += 1;
        walk.cursor = page.cursor();
        self.totals.received += page.videos.len() as u64;
        self.totals.api = walk.cursor.api;
        walk.first_total = walk.first_total.or(walk.pages.total());
        self.totals.total = walk.pages.total().or(self.totals.total);
        walk.videos.extend(page.videos);
        let Totals { received: videos, total, .. } = self.totals;
        on_event(&SyncEvent::Page { videos, total, stats: walk.pages.stats() });
    }

    /// Starts to save everything received so far, once the previous batch is saved.
    async fn save(
        &mut self,
        walk: &mut SyncWalk,
        on_event: &mut (impl FnMut(&SyncEvent) + Send),
    ) -> Result<(), SyncError> {
        let saved = self.store.saved().await?;
        self.report(saved, on_event);
        if walk.pending_pages > 0 {
            self.write_pending(walk, false);
        }
        Ok(())
    }

    /// Saves everything received so far and waits until it is in the database.
    async fn save_and_wait(
        &mut self,
        walk: &mut SyncWalk,
        on_event: &mut (impl FnMut(&SyncEvent) + Send),
    ) -> Result<(), SyncError> {
        self.save(walk, on_event).await?;
        let saved = self.store.saved().await?;
        self.report(saved, on_event);
        Ok(())
    }

    /// Saves the last batch, even an empty one, with what the complete run concludes.
    async fn save_end(
        &mut self,
        walk: &mut SyncWalk,
        on_event: &mut (impl FnMut(&SyncEvent) + Send),
    ) -> Result<Walked, SyncError> {
        if !matches!(walk.pages.end(), Some(End::Exhausted | End::SinceReached)) {
            let message = "the listing ended before its last page";
            return Err(SyncError::new(SyncErrorKind::Api, message));
        }
        let saved = self.store.saved().await?;
        self.report(saved, on_event);
        self.warn_of_notices(on_event);
        walk.cursor = walk.pages.cursor();
        self.write_pending(walk, true);
        let saved = self.store.saved().await?;
        let history = saved.as_ref().and_then(|saved| saved.history.clone());
        self.report(saved, on_event);
        Ok(Walked::Complete(history.unwrap_or_default()))
    }

    fn write_pending(&mut self, walk: &mut SyncWalk, complete: bool) {
        let stats = walk.pages.stats();
        let batch = VideoBatch {
            videos: std::mem::take(&mut walk.videos),
            cursor: walk.cursor.clone(),
            stats: stats.since(walk.saved),
            total: self.server_total(walk),
            complete,
            warnings: self.warnings.clone(),
            settings: self.settings,
        };
        (walk.pending_pages, walk.saved) = (0, stats);
        self.store.save(batch);
    }

    /// How many videos the server counts.
    fn server_total(&self, walk: &SyncWalk) -> ServerTotal {
        let is_whole = self.query.filters().iter().all(Option::is_none);
        let received_none = walk.pages.stats().items == 0;
        match walk.pages.total().filter(|_| is_whole) {
            // Only v1 sends a total. A page without videos does not prove that its total is right.
            _ if is_whole
                && walk.is_resumed
                && walk.cursor.api == ApiVersion::V1
                && received_none =>
            {
                ServerTotal::Unproven
            }
            // The walk cannot see videos that were created after it began, so a total that has
            // grown does not count.
            Some(last) => ServerTotal::Videos(walk.first_total.map_or(last, |it| it.min(last))),
            None => ServerTotal::None,
        }
    }

    fn report(&mut self, saved: Option<SavedBatch>, on_event: &mut impl FnMut(&SyncEvent)) {
        let Some(saved) = saved else { return };
        self.totals.changes += saved.changes;
        self.totals.dropped_urls += saved.dropped_urls;
        self.totals.videos = saved.videos;
        for warning in saved.warnings {
            self.warn(warning, on_event);
        }
        on_event(&SyncEvent::Checkpoint { changes: self.totals.changes });
    }

    /// Reports what the server announced so far.
    fn warn_of_notices(&mut self, on_event: &mut impl FnMut(&SyncEvent)) {
        for text in self.query.client().notices() {
            self.warn(SyncWarning::Notice { text }, on_event);
        }
    }

    /// Reports a warning, once.
    fn warn(&mut self, warning: SyncWarning, on_event: &mut impl FnMut(&SyncEvent)) {
        if !self.warnings.contains(&warning) {
            on_event(&SyncEvent::Warning { warning: warning.clone() });
            self.warnings.push(warning);
        }
    }
}

impl SyncWalk {
    fn new(pages: PageStream, is_resumed: bool) -> Self {
        let (since, cursor) = (Instant::now(), pages.cursor());
        let (videos, pending_pages, saved) = (Vec::new(), 0, Stats::default());
        Self { pages, is_resumed, videos, pending_pages, since, cursor, saved, first_total: None }
    }

    /// Whether the saved position cannot be used: the server rejected it in the first request, or
    /// it belongs to the other version of the API.
    fn is_refused_position(&self, error: &Error) -> bool {
        let is_first = self.is_resumed && self.pages.stats().pages == 0;
        is_first && error.kind() == ErrorKind::Cursor
    }
}
