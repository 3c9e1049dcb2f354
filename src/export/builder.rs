//! `Export`: collects the settings of an export and runs it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::encode::{Compression, Encoder, Format};
use super::error::ExportError;
use super::event::Event;
use super::fields::{refuse_dropped, refuse_unusable};
use super::options::{Existing, Output, StopHandle, Target};
use super::run::{BatchSize, ExportRun, Pending};
use super::sink::Sink;
use super::spool::{BackgroundWriter, Checkpoint, ExportIdentity, Found, PartialFile};
use super::summary::{Outcome, Summary};
use crate::query::VideoQuery;

/// A bulk export: writes the videos of a query to a file or a writer.
///
/// # Default
///
/// - format and compression by the file name; for a writer, JSON lines without compression
/// - all fields; for CSV `video_id`, `title`, `status`, `type`, `folder_id` and `created_at`
/// - in CSV, an apostrophe before text that looks like a formula; no presigned URLs
/// - an existing file or unfinished export is not touched
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
    query: VideoQuery,
    server: Option<String>,
    output: Output,
    format: Option<Format>,
    compression: Option<Compression>,
    fields: Option<Vec<String>>,
    csv_guard: bool,
    keep_urls: bool,
    existing: Existing,
    force: bool,
    batch_size: BatchSize,
    stop: StopHandle,
}

impl Export {
    /// Creates an export of this query's videos with the default settings.
    ///
    /// A cap of the query counts all videos in the file, including those of earlier runs.
    pub fn new(query: VideoQuery, output: Output) -> Self {
        Self {
            query,
            server: None,
            output,
            format: None,
            compression: None,
            fields: None,
            csv_guard: true,
            keep_urls: false,
            existing: Existing::default(),
            force: false,
            batch_size: BatchSize { time: Duration::from_secs(1), pages: 50 },
            stop: StopHandle::new(),
        }
    }

    /// Sets a name for the server, which the checkpoint holds instead of the base URL.
    ///
    /// An export can only be resumed from the server it was started with. Use a name for a server
    /// whose address changes between runs, such as a simulator on a free port.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server = Some(name.into());
        self
    }

    /// Sets the format; the file name no longer matters for it.
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets the compression; the file name no longer matters for it.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Sets which fields are written and in which order; any field that the API sends can be named.
    ///
    /// Of a field that a video lacks, JSON lines have nothing and CSV has an empty value. An empty
    /// list, an empty name and a repeated name are refused.
    pub fn fields<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.fields = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets whether CSV gets an apostrophe before text that a spreadsheet would run as a formula.
    pub fn csv_guard(mut self, guard: bool) -> Self {
        self.csv_guard = guard;
        self
    }

    /// Sets whether presigned URLs are written; until they expire, anyone who has one can download
    /// the video.
    ///
    /// Only v3 sends them.
    pub fn keep_urls(mut self, keep: bool) -> Self {
        self.keep_urls = keep;
        self
    }

    /// Sets what to do with an unfinished export of the same file.
    pub fn existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// Sets whether an existing file is replaced, once the new one is complete.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Sets after which time, or how many pages, received videos are saved.
    ///
    /// Up to this many pages are held in memory, and as many again while they are being saved. After
    /// a crash they are requested again.
    pub fn checkpoint_every(mut self, time: Duration, pages: u32) -> Self {
        self.batch_size = BatchSize { time, pages: pages.max(1) };
        self
    }

    /// Sets the handle that can stop the export.
    pub fn stop(mut self, handle: StopHandle) -> Self {
        self.stop = handle;
        self
    }

    /// Runs the export to its end and reports its progress to `on_event`.
    ///
    /// # Errors
    ///
    /// An [`ExportError`]. If it [is resumable](ExportError::is_resumable), the same export with
    /// [`Existing::Resume`] goes on from what was saved.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has the effect of a crash: what was saved can be resumed, at once. The
    /// drop waits for a write that is in progress.
    pub async fn run(
        self,
        mut on_event: impl FnMut(&Event) + Send,
    ) -> Result<Summary, ExportError> {
        let started = Instant::now();
        let mut run = match self.open()? {
            Opened::Walk(run) => run,
            Opened::Received { file, saved, path } => {
                on_event(&Event::Started { resumed: saved.videos });
                let summary = Summary::of_received(&saved, path, started.elapsed());
                file.map_or(Ok(()), PartialFile::finish)?;
                return Ok(summary);
            }
        };
        on_event(&Event::Started { resumed: run.videos });
        let outcome = match run.walk(&mut on_event).await {
            Ok(outcome) => outcome,
            Err(error) => {
                run.sink.leave();
                return Err(error);
            }
        };
        let summary = run.summary(outcome, started.elapsed());
        match outcome {
            Outcome::Complete => run.sink.finish()?,
            Outcome::Stopped => run.sink.leave(),
        }
        Ok(summary)
    }

    fn open(self) -> Result<Opened, ExportError> {
        let (format, compression) = self.format_and_compression()?;
        if let Some(fields) = &self.fields {
            refuse_unusable(fields)?;
        }
        let (csv_guard, keep_urls) = (self.csv_guard, self.keep_urls);
        let mut encoder = Encoder { format, fields: self.fields, csv_guard, keep_urls };
        let identity = ExportIdentity::new(&self.query, self.server, &encoder, compression);
        if identity.is_v3() && !keep_urls {
            refuse_dropped(encoder.fields.as_deref().unwrap_or_default())?;
        }
        // v1 sends no presigned URLs, so there is nothing to look for.
        encoder.keep_urls |= !identity.is_v3();

        let mut batch_size = self.batch_size;
        let (sink, saved) = match self.output.target {
            Target::Writer(writer) => {
                if compression == Compression::None {
                    batch_size = BatchSize { time: Duration::ZERO, pages: 1 };
                }
                (Sink::Writer(writer, 0), None)
            }
            Target::File(path) => {
                match PartialFile::open(&path, self.existing, self.force, &identity)? {
                    Found::Fresh(file) => (Sink::File(BackgroundWriter::new(file), path), None),
                    Found::Unfinished(file, saved) if saved.complete => {
                        return Ok(Opened::Received { file: Some(file), saved, path });
                    }
                    Found::Unfinished(file, saved) => {
                        (Sink::File(BackgroundWriter::new(file), path), Some(saved))
                    }
                    Found::Finished(saved) => {
                        return Ok(Opened::Received { file: None, saved, path });
                    }
                }
            }
        };
        let mut query = self.query;
        let videos = saved.as_ref().map_or(0, |saved| saved.videos);
        if let Some(saved) = saved {
            query = query.resume_from(saved.cursor);
            if let Some(cap) = identity.max_items {
                query = query.max_items(cap.saturating_sub(videos));
            }
        }
        let pages = query.pages();
        let pending = Pending::at(pages.cursor());
        let stop = self.stop;
        Ok(Opened::Walk(ExportRun {
            identity,
            encoder,
            sink,
            pages,
            pending,
            videos,
            batch_size,
            stop,
        }))
    }

    /// What was set, else what the file name says.
    fn format_and_compression(&self) -> Result<(Format, Compression), ExportError> {
        let (format, compression) = match &self.output.target {
            Target::File(path) => {
                (self.format.map_or_else(|| Format::of_path(path), Ok)?, Compression::of_path(path))
            }
            Target::Writer(_) => (self.format.unwrap_or(Format::Jsonl), Compression::None),
        };
        Ok((format, self.compression.unwrap_or(compression)))
    }
}

/// An export that was opened.
#[allow(clippy::large_enum_variant, reason = "there is one for each export")]
enum Opened {
    Walk(ExportRun),
    /// An earlier run received everything; what is left is to finish the file, if it is not.
    Received {
        file: Option<PartialFile>,
        saved: Checkpoint,
        path: PathBuf,
    },
}
