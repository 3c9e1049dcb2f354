//! `Sync`: collects the settings of a sync.

use std::path::PathBuf;
use std::time::Duration;

use crate::export::{BatchSize, StopHandle};
use crate::plan::PlanSettings;
use crate::query::VideoQuery;

/// A sync: makes a SQLite database equal to the listing of a query.
///
/// [`run`](Self::run) does it once. Run it as often as you like.
///
/// # Default
///
/// - full the first time and every 30 days, otherwise from the newest video down to 7 days before
///   the newest that is known
/// - videos that are not settled are checked again for 30 days
/// - a listing without videos is not accepted if the database has some
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use heygen_videos::sync::Sync;
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(250).start().await?;
/// # let client = simulator.client();
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("videos.db");
///
/// let first = Sync::new(client.videos(), &path).run(|event| println!("{event:?}")).await?;
/// assert_eq!((first.videos, first.changes.inserted), (250, 250));
///
/// let second = Sync::new(client.videos(), &path).run(|_| {}).await?;
/// assert_eq!((second.videos, second.changes.inserted), (250, 0));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
#[must_use = "a sync does nothing until it is run"]
pub struct Sync {
    pub(super) query: VideoQuery,
    pub(super) path: PathBuf,
    pub(super) server: Option<String>,
    pub(super) plan: PlanSettings,
    pub(super) key_rotated: bool,
    pub(super) dry_run: bool,
    pub(super) batch_size: BatchSize,
    pub(super) stop: StopHandle,
}

impl Sync {
    /// Creates a sync of this query's videos with the default settings.
    ///
    /// The query may have filters, but nothing else that leaves videos out: a cap, a cursor, a
    /// start token and `created_since` are refused when the sync is run.
    pub fn new(query: VideoQuery, path: impl Into<PathBuf>) -> Self {
        Self {
            query,
            path: path.into(),
            server: None,
            plan: PlanSettings::default(),
            key_rotated: false,
            dry_run: false,
            batch_size: BatchSize::default(),
            stop: StopHandle::new(),
        }
    }

    /// Sets a name for the server. The database stores it instead of the base URL.
    ///
    /// A database can only be synced with the server it was created with. Use a name for a server
    /// whose address changes between runs, such as a simulator on a free port.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server = Some(name.into());
        self
    }

    /// Sets how far an incremental run looks back from the newest video that is known. It notices
    /// changes of the videos that were created since then.
    pub fn look_back(mut self, time: Duration) -> Self {
        self.plan.look_back = time;
        self
    }

    /// Sets how long after its creation a video that is not settled is checked again.
    ///
    /// A video is settled once its status is `completed`, `success` or `failed`. An incremental run
    /// goes down to the oldest video that is not settled, which costs a request for each 100 videos.
    pub fn unsettled_for(mut self, time: Duration) -> Self {
        self.plan.unsettled_for = time;
        self
    }

    /// Sets the longest time between two full runs. Only a full run notices deleted videos and
    /// changes of old ones.
    ///
    /// With zero, every run is full.
    pub fn full_every(mut self, time: Duration) -> Self {
        self.plan.full_every = time;
        self
    }

    /// Sets whether this run must be full. An unfinished incremental run is abandoned, and
    /// an unfinished full run continues.
    pub fn full(mut self, full: bool) -> Self {
        self.plan.full = full;
        self
    }

    /// Sets whether a full run that finds no video marks all videos of the database as deleted.
    pub fn allow_empty(mut self, allow: bool) -> Self {
        self.plan.allow_empty = allow;
        self
    }

    /// Sets whether the key is a new key of the same account.
    pub fn key_rotated(mut self, rotated: bool) -> Self {
        self.key_rotated = rotated;
        self
    }

    /// Sets whether the run only counts what it would change. It sends the same requests, and
    /// changes neither the database nor the position of an unfinished run.
    pub fn dry_run(mut self, dry: bool) -> Self {
        self.dry_run = dry;
        self
    }

    /// Sets how often received videos are saved: after this time or this many pages, whichever
    /// comes first. Each batch is one transaction.
    ///
    /// Up to this many pages are held in memory, and as many again while they are being saved.
    /// After a crash, pages that were not saved are requested again.
    pub fn checkpoint_every(mut self, time: Duration, pages: u32) -> Self {
        self.batch_size = BatchSize::new(time, pages);
        self
    }

    /// Sets the handle that can stop the sync.
    pub fn stop(mut self, handle: StopHandle) -> Self {
        self.stop = handle;
        self
    }
}
