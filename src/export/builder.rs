//! `Export`: collects the settings of an export, and runs it.

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

/// A bulk export: the videos of a query into a file or a writer.
///
/// # Default
///
/// - format and compression as the file's name says, JSON lines and none for a writer
/// - all fields, for CSV `video_id`, `title`, `status`, `type`, `folder_id` and `created_at`
/// - formulas guarded in CSV, presigned URLs dropped
/// - nothing that exists is touched
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
    /// An export of this query's videos with the defaults.
    ///
    /// A cap of the query counts the videos in the file, those from before a resume included.
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

    /// Sets how a checkpoint names the server, in place of its base URL.
    ///
    /// An export is resumed only from the server it was begun with. Where one has another address
    /// from run to run, such as a simulator on any free port, a name tells that it is the same.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server = Some(name.into());
        self
    }

    /// Sets the format, whatever the file's name says.
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets the compression, whatever the file's name says.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Sets which fields are written, in which order; any field that the API sends can be named.
    ///
    /// JSON lines leave out a field that a video lacks, CSV leaves it empty. An empty list, an
    /// empty name and a name given twice are refused.
    pub fn fields<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.fields = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets whether CSV puts an apostrophe before a text that a spreadsheet would run.
    pub fn csv_guard(mut self, guard: bool) -> Self {
        self.csv_guard = guard;
        self
    }

    /// Sets whether presigned URLs are written, with which anybody can fetch a video for a while.
    ///
    /// Only v3 sends them.
    pub fn keep_urls(mut self, keep: bool) -> Self {
        self.keep_urls = keep;
        self
    }

    /// Sets what becomes of an unfinished export of the same file.
    pub fn existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// Sets whether a finished file of the same name is replaced, once the new one is complete.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Sets how long, and for how many pages, what was received may wait to be saved.
    ///
    /// Up to so many pages are held in memory, and as many again while they are being saved; a
    /// crash costs their requests, and nothing else.
    pub fn checkpoint_every(mut self, time: Duration, pages: u32) -> Self {
        self.batch_size = BatchSize { time, pages: pages.max(1) };
        self
    }

    /// Has this handle stop the export.
    pub fn stop(mut self, handle: StopHandle) -> Self {
        self.stop = handle;
        self
    }

    /// Runs the export to its end, telling `on_event` how it goes.
    ///
    /// # Errors
    ///
    /// An [`ExportError`]; where it [is resumable](ExportError::is_resumable), the same export with
    /// [`Existing::Resume`] goes on from what was saved.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is as good as a crash: what was saved by then can be resumed, at once.
    /// What is being written to the file at that moment is waited for.
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
enum Opened {
    Walk(ExportRun),
    /// An earlier run received everything; what is left is to finish the file, if it is not.
    Received {
        file: Option<PartialFile>,
        saved: Checkpoint,
        path: PathBuf,
    },
}
