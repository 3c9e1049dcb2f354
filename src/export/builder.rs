//! `Export`: collects the settings of an export and runs it.

use std::time::Duration;

use super::batch_size::BatchSize;
use super::encode::{Compression, Format};
use super::options::{Existing, Output, StopHandle};
use crate::query::VideoQuery;
use crate::video::VideoStatus;

/// An older export is not resumed: its file would lack the videos created since then.
const MAX_RESUME_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// A bulk export: writes the videos of a query to a file or a writer.
///
/// # Default
///
/// - format and compression from the file name; for a writer, JSON lines without compression
/// - all fields; for CSV and XLSX only `video_id`, `video_title`, `status`, `type`, `folder_id` and
///   `created_at`
/// - in CSV, an apostrophe before text that looks like a formula; no presigned URLs
/// - an existing file or an unfinished export is left as it is
/// - an unfinished export can be resumed for a day after it was started, and only with the same key
///
/// ```
/// # #[cfg(feature = "simulator")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use heygen_videos::export::{Export, Outcome, Output};
/// # use heygen_videos::simulator::Simulator;
/// # let simulator = Simulator::builder().videos(250).start().await?;
/// # let client = simulator.client();
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("videos.jsonl");
///
/// let export = Export::new(client.videos(), Output::file(&path));
/// let summary = export.run(|event| println!("{event:?}")).await?;
/// assert_eq!((summary.outcome, summary.videos), (Outcome::Complete, 250));
/// assert_eq!(std::fs::read_to_string(&path)?.lines().count(), 250);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "simulator"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
#[must_use = "an export does nothing until it is run"]
pub struct Export {
    pub(super) query: VideoQuery,
    pub(super) server: Option<String>,
    pub(super) since_name: Option<String>,
    pub(super) statuses: Option<Vec<VideoStatus>>,
    pub(super) output: Output,
    pub(super) format: Option<Format>,
    pub(super) compression: Option<Compression>,
    pub(super) fields: Option<Vec<String>>,
    pub(super) account: Option<String>,
    pub(super) raw: bool,
    pub(super) csv_guard: bool,
    pub(super) bom: bool,
    pub(super) keep_urls: bool,
    pub(super) existing: Existing,
    pub(super) force: bool,
    pub(super) key_rotated: bool,
    pub(super) max_resume_age: Duration,
    pub(super) min_items: u64,
    pub(super) batch_size: BatchSize,
    pub(super) stop: StopHandle,
}

impl Export {
    /// Creates an export of this query's videos with the default settings.
    ///
    /// If the query has a cap, it counts all videos in the file, including those of earlier runs.
    pub fn new(query: VideoQuery, output: Output) -> Self {
        Self {
            query,
            server: None,
            since_name: None,
            statuses: None,
            output,
            format: None,
            compression: None,
            fields: None,
            account: None,
            raw: false,
            csv_guard: true,
            bom: false,
            keep_urls: false,
            existing: Existing::default(),
            force: false,
            key_rotated: false,
            max_resume_age: MAX_RESUME_AGE,
            min_items: 0,
            batch_size: BatchSize::default(),
            stop: StopHandle::new(),
        }
    }

    /// Sets a name for the server. The checkpoint stores it instead of the base URL.
    ///
    /// An export can only be resumed from the server it was started with. Use a name for a server
    /// whose address changes between runs, such as a simulator on a free port.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server = Some(name.into());
        self
    }

    /// Sets a name for the time of the query's [`created_since`](VideoQuery::created_since), such as
    /// `7d`. The checkpoint stores it next to the time, and only the name is compared.
    ///
    /// Use it for a time that is relative to now: a resumed export with the same name continues
    /// with the time of the first run. Without a name, it must be given the same time, in whole
    /// seconds.
    pub fn since_name(mut self, name: impl Into<String>) -> Self {
        self.since_name = Some(name.into());
        self
    }

    /// Exports only videos with one of these statuses, compared word by word.
    ///
    /// The API has no such filter, so all pages are requested. The cap and
    /// [`min_items`](Self::min_items) count only videos with these statuses;
    /// [`Summary::not_selected`](super::Summary::not_selected) counts the others. v1 gives a
    /// finished translation the status `success` instead of `completed`.
    ///
    /// An empty list is an error, and so is a word that is not a known status but close to one. Any
    /// other word may be a status that this release does not know.
    ///
    /// ```
    /// # #[cfg(feature = "simulator")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use heygen_videos::export::{Export, Output};
    /// # use heygen_videos::simulator::Simulator;
    /// # let simulator = Simulator::builder().videos(250).start().await?;
    /// # let client = simulator.client();
    ///
    /// let export = Export::new(client.videos(), Output::writer(std::io::sink()));
    /// let summary = export.statuses(["completed", "failed"]).run(|_event| {}).await?;
    /// assert_eq!(summary.videos + summary.not_selected, 250);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "simulator"))]
    /// # fn main() {}
    /// ```
    pub fn statuses<T: Into<VideoStatus>>(mut self, statuses: impl IntoIterator<Item = T>) -> Self {
        self.statuses = Some(statuses.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the format. Without this, it is inferred from the file name.
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets the compression. Without this, it is inferred from the file name.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Sets which fields are written and in which order; any field that the API sends can be named.
    ///
    /// If a video lacks a named field, JSON lines have `null` and CSV has an empty value. An empty
    /// list, an empty name or a repeated name is an error.
    pub fn fields<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.fields = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the name of the account: the value of the field `account`, which is written to every
    /// record if it is [named](Self::fields).
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.account = Some(name.into());
        self
    }

    /// Sets whether JSON lines contain the API's objects as they were received, instead of the
    /// records that all formats share.
    ///
    /// Presigned URLs are removed from these objects, too, unless they are [kept](Self::keep_urls).
    pub fn raw(mut self, raw: bool) -> Self {
        self.raw = raw;
        self
    }

    /// Sets whether CSV gets an apostrophe before text that a spreadsheet would run as a formula.
    pub fn csv_guard(mut self, guard: bool) -> Self {
        self.csv_guard = guard;
        self
    }

    /// Sets whether a CSV begins with a byte order mark. Some spreadsheets need it to recognize
    /// UTF-8.
    pub fn bom(mut self, bom: bool) -> Self {
        self.bom = bom;
        self
    }

    /// Sets whether presigned URLs are written. Until a URL expires, anyone who has it can download
    /// the video.
    ///
    /// By default they are left out. HeyGen sends them with v3, but any that v1 sends are left out
    /// too. If they are written, only the owner of the file can read it.
    pub fn keep_urls(mut self, keep: bool) -> Self {
        self.keep_urls = keep;
        self
    }

    /// Sets what to do with an unfinished export of the same file.
    pub fn existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// Sets whether an existing file is replaced when the new one is complete.
    ///
    /// The new file gets the mode and owner of the old one, as far as the system allows.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Sets whether the key is a new key of the same account. An export that was started with the
    /// old key can then be resumed.
    pub fn key_rotated(mut self, rotated: bool) -> Self {
        self.key_rotated = rotated;
        self
    }

    /// Sets the age at which an unfinished export is restarted instead of resumed. The age counts
    /// from when the export was first started.
    ///
    /// The listing continues towards older videos, so a resumed export lacks the videos created
    /// since it was started.
    pub fn max_resume_age(mut self, age: Duration) -> Self {
        self.max_resume_age = age;
        self
    }

    /// Sets how many videos the listing must have at least. If it has fewer, the export fails with
    /// [`ExportErrorKind::TooFew`](super::ExportErrorKind::TooFew) and an existing file is kept.
    pub fn min_items(mut self, videos: u64) -> Self {
        self.min_items = videos;
        self
    }

    /// Sets how often received videos are saved: after this time or this many pages, whichever
    /// comes first.
    ///
    /// Up to this many pages are held in memory, and as many again while they are being saved.
    /// After a crash, pages that were not saved are requested again.
    pub fn checkpoint_every(mut self, time: Duration, pages: u32) -> Self {
        self.batch_size = BatchSize::new(time, pages);
        self
    }

    /// Sets the handle that can stop the export.
    pub fn stop(mut self, handle: StopHandle) -> Self {
        self.stop = handle;
        self
    }
}
