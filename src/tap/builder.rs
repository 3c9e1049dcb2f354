//! `Tap`: collects the settings of a tap and runs it.

use std::fmt;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::catalog::Catalog;
use super::config::TapConfig;
use super::json::usage;
use super::messages::{MessageWriter, Messages};
use super::planner::Planner;
use super::record::RecordWriter;
use super::run::{TapProgress, TapRun, unix_milliseconds};
use super::state::TapState;
use crate::export::{
    BatchSize, Event, ExportError, StopHandle, Summary, Warning, hash_of, system_time,
};
use crate::plan::PlanSettings;
use crate::query::VideoQuery;

/// A Singer tap: writes the videos of a query as Singer messages.
///
/// # Default
///
/// - everything, INCREMENTAL, without a state
/// - 7 days of look-back
/// - a STATE message after a second or 50 pages
/// - no `ACTIVATE_VERSION` messages
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use heygen_videos::tap::Tap;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(250).start().await?;
/// # let client = simulator.client();
///
/// let tap = Tap::new(client.videos(), std::io::sink());
/// let summary = tap.run(|event| println!("{event:?}")).await?;
/// assert_eq!(summary.videos, 250);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[must_use = "a tap does nothing until it is run"]
pub struct Tap {
    query: VideoQuery,
    out: Box<dyn Write + Send>,
    server: Option<String>,
    state: TapState,
    catalog: Catalog,
    start_date: Option<SystemTime>,
    look_back: Duration,
    activate_version: bool,
    batch_size: BatchSize,
    stop: StopHandle,
    warnings: Vec<Warning>,
}

impl Tap {
    /// Creates a tap of this query's videos that writes its messages to `out`.
    ///
    /// The query may have filters, but nothing else that leaves videos out: a cap, a cursor, a
    /// start token and `created_since` are refused when the tap is run.
    ///
    /// The thread that polls the run also writes, so a slow writer blocks it.
    pub fn new(query: VideoQuery, out: impl Write + Send + 'static) -> Self {
        Self {
            query,
            out: Box::new(out),
            server: None,
            state: TapState::default(),
            catalog: Catalog::default(),
            start_date: None,
            look_back: PlanSettings::default().look_back,
            activate_version: false,
            batch_size: BatchSize::default(),
            stop: StopHandle::new(),
            warnings: Vec::new(),
        }
    }

    /// Applies the settings of a config: the start date, the look-back and whether
    /// `ACTIVATE_VERSION` is sent. The key and the URL belong to the client, and the
    /// [filters](TapConfig::filter) to the query.
    pub fn configure(mut self, config: &TapConfig) -> Self {
        self.start_date = config.start_date.or(self.start_date);
        self.look_back = config.look_back.unwrap_or(self.look_back);
        self.activate_version = config.activate_version.unwrap_or(self.activate_version);
        self.warnings.extend(config.warnings.iter().cloned());
        self
    }

    /// Sets the state that an earlier run wrote last.
    pub fn state(mut self, state: TapState) -> Self {
        self.state = state;
        self
    }

    /// Sets the catalog: which fields are sent, and how the videos are replicated.
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalog = catalog;
        self
    }

    /// Sets the earliest creation time that an INCREMENTAL run without a bookmark sends.
    pub fn start_date(mut self, time: SystemTime) -> Self {
        self.start_date = Some(time);
        self
    }

    /// Sets how far before the bookmark an INCREMENTAL run begins. Changes to older videos are not
    /// noticed, except to those that were still being processed.
    pub fn look_back(mut self, time: Duration) -> Self {
        self.look_back = time;
        self
    }

    /// Sets whether a complete `FULL_TABLE` run ends with an `ACTIVATE_VERSION` message, so that the
    /// target drops the rows of videos that are no longer listed. Its records then have a `version`.
    ///
    /// The message is not part of the specification, so a target may ignore or refuse it. It is not
    /// sent if the listing is empty although there were videos before, if it is not filtered and
    /// shorter than the server's total, or if entries were skipped.
    pub fn activate_version(mut self, activate: bool) -> Self {
        self.activate_version = activate;
        self
    }

    /// Sets a name for the server, which the state is bound to instead of the base URL.
    ///
    /// Use a name for a server whose address changes between runs.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server = Some(name.into());
        self
    }

    /// Sets how often a STATE message is written: after this time or this many pages, whichever
    /// comes first.
    pub fn state_every(mut self, time: Duration, pages: u32) -> Self {
        self.batch_size = BatchSize::new(time, pages);
        self
    }

    /// Sets the handle that can stop the run.
    pub fn stop(mut self, handle: StopHandle) -> Self {
        self.stop = handle;
        self
    }

    /// Runs the tap to its end and reports its progress to `on_event`. A
    /// [`Checkpoint`](Event::Checkpoint) is a STATE message.
    ///
    /// # Errors
    ///
    /// An [`ExportError`]. If it [is resumable](ExportError::is_resumable), a run with the last
    /// state that was written continues there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has the same effect as a crash: a run with the last state that was
    /// written sends the rest.
    pub async fn run(
        self,
        mut on_event: impl FnMut(&Event) + Send,
    ) -> Result<Summary, ExportError> {
        let started = Instant::now();
        if let Some(cut) = self.query.cut() {
            return Err(usage(format!("a tap lists everything, but the query has {cut}")));
        }
        let scope = self.scope();
        let is_other = |of: &String| *of != scope;
        let (mut state, mut warnings) = (self.state, self.warnings);
        if state.scope.as_ref().is_some_and(is_other) {
            state = TapState::default();
            warnings.push(Warning::StateNotUsed);
        }
        state.scope = Some(scope);
        // Otherwise no video would be sent until then. Clocks can be wrong, and other taps write
        // milliseconds.
        if let Some(later) = state.limit_bookmark(unix_milliseconds().div_euclid(1_000)) {
            warnings.push(Warning::BookmarkInFuture { bookmark: system_time(later) });
        }
        let is_first = state.bookmark.is_none() && state.unfinished.is_none();
        let later = self.start_date.filter(|date| is_first && *date > SystemTime::now());
        warnings.extend(later.map(|since| Warning::SinceInFuture { since }));
        if !self.catalog.is_selected() {
            warnings.push(Warning::NothingSelected);
        }
        let is_selected = self.catalog.is_selected();
        let selection = self.catalog.selection.unwrap_or_default();
        let messages = Messages::new(&selection.stream, selection.method);
        let start_date = self.start_date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        let mut run = TapRun {
            planner: Planner {
                method: selection.method,
                look_back: self.look_back,
                start_date: start_date.and_then(|date| i64::try_from(date.as_secs()).ok()),
                activate_version: self.activate_version,
            },
            progress: TapProgress::new(self.query.clone().pages().cursor().api),
            query: self.query,
            out: MessageWriter::new(self.out, messages),
            records: is_selected.then(|| RecordWriter::new(selection)),
            state,
            batch_size: self.batch_size,
            stop: self.stop,
            version: None,
            warnings: Vec::new(),
        };
        run.begin(warnings, &mut on_event);
        let outcome = run.run(&mut on_event).await?;
        Ok(run.summary(outcome, started.elapsed()))
    }

    /// What the state belongs to, as a hash. The bookmark of another account, server or filter
    /// would hide older videos.
    fn scope(&self) -> String {
        let account = &self.query.client().inner;
        let server = self.server.as_deref().unwrap_or(&account.base_url);
        let [folder_id, title] = self.query.filters();
        let parts =
            [Some(server), Some(account.api_key.as_str()), folder_id.as_deref(), title.as_deref()];
        // Debug quotes each part, so that no two lists give the same text.
        hash_of(format!("{parts:?}").as_bytes())
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .field("query", &self.query)
            .field("catalog", &self.catalog)
            .field("start_date", &self.start_date)
            .field("look_back", &self.look_back)
            .field("activate_version", &self.activate_version)
            .finish_non_exhaustive()
    }
}
