//! Opens an export: checks its settings, looks for existing files, and decides where to start.

use std::mem;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::batch_size::BatchSize;
use super::builder::Export;
use super::encode::{Compression, Encoder, Encoding, Format};
use super::error::{ExportError, ExportErrorKind};
use super::event::Event;
use super::fields::{refuse_dropped, refuse_unusable};
use super::files::resolve;
use super::finish::Finished;
use super::options::Target;
use super::recent::SavedIds;
use super::run::{ExportRun, Pending};
use super::selection::Selection;
use super::sink::{Sink, StreamSink};
use super::spool::{
    BackgroundWriter, Checkpoint, Counts, ExportIdentity, Found, PartialFile, Preflight, SideFiles,
};
use super::summary::Summary;
use super::time::{system_time, unix_now};
use super::warning::Warning;
use crate::record::Shape;
use crate::stream::Since;

/// An export that was opened.
pub(super) enum Opened {
    /// There are videos to receive, or a file to finish.
    Run {
        run: Box<ExportRun>,
        /// Whether the saved videos must be verified first.
        verify: bool,
        /// How to encode the finished file; `None` if it is the partial file itself.
        encoding: Option<Encoding>,
    },
    /// The file is already complete.
    Done(Box<Summary>),
}

/// Which videos an export saves.
struct Job {
    identity: ExportIdentity,
    selection: Selection,
    /// How many videos the format of the file holds at most.
    max_videos: Option<u64>,
}

/// Where an export starts.
#[derive(Default)]
struct Start {
    resumed: Option<Checkpoint>,
    warning: Option<Warning>,
    verify: bool,
}

impl Export {
    /// Runs the export to its end and reports its progress to `on_event`.
    ///
    /// # Errors
    ///
    /// An [`ExportError`]. If it [is resumable](ExportError::is_resumable), the same export with
    /// [`Existing::Resume`](super::Existing::Resume) continues from what was saved.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has the same effect as a crash. The export can be resumed immediately
    /// from what was saved. The drop waits for a write that is in progress.
    pub async fn run(
        self,
        mut on_event: impl FnMut(&Event) + Send,
    ) -> Result<Summary, ExportError> {
        let started = Instant::now();
        let (mut run, verify, encoding) = match self.open()? {
            Opened::Run { run, verify, encoding } => (run, verify, encoding),
            Opened::Done(summary) => {
                let Summary { videos: resumed, begun_at, .. } = *summary;
                on_event(&Event::Started { resumed, begun_at });
                for warning in &summary.warnings {
                    on_event(&Event::Warning { warning: warning.clone() });
                }
                return Ok(*summary);
            }
        };
        let outcome = run.run(verify, encoding, &mut on_event).await?;
        Ok(run.summary(outcome, started.elapsed()))
    }

    pub(super) fn open(mut self) -> Result<Opened, ExportError> {
        let (format, compression) = self.format_and_compression()?;
        if let Some(fields) = &self.fields {
            refuse_unusable(fields)?;
        }
        if self.raw && (format != Format::Jsonl || self.fields.is_some()) {
            let message = "raw videos are written as JSON lines with all their fields";
            return Err(ExportError::new(ExportErrorKind::Usage, message)
                .hint_at("choose JSON lines, and name no fields"));
        }
        let server = self.server.take();
        let selection = Selection::new(self.statuses.take(), self.query.cap())?;
        let identity = ExportIdentity::new(&self.query, server, self.keep_urls, self.raw)
            .selecting(self.since_name.take(), selection.words().map(<[String]>::to_vec));
        let keep_urls = self.keep_urls;
        if !keep_urls {
            refuse_dropped(self.fields.as_deref().unwrap_or_default())?;
        }
        self.refuse_impossible_minimum()?;
        if selection.words().is_some() {
            let since = self.query.since();
            self.query = self.query.limited(None, since);
        }
        let job = Job { identity, selection, max_videos: format.max_videos() };
        let encoding = Encoding {
            format,
            compression,
            fields: self.fields.take(),
            csv_guard: self.csv_guard,
            bom: self.bom,
            begun_at: unix_now(),
            account: self.account.take(),
        };
        match mem::replace(&mut self.output.target, Target::File(PathBuf::new())) {
            Target::Writer(writer) => {
                if compression == Compression::None {
                    self.batch_size = BatchSize::new(Duration::ZERO, 1);
                }
                let encoder = Encoder::stream(&encoding, self.shape(), keep_urls);
                let sink = Sink::Writer(Box::new(StreamSink::new(encoder, compression, writer)?));
                let run = self.begin(sink, job, Start::default());
                Ok(Opened::Run { run, verify: false, encoding: None })
            }
            Target::File(path) => self.open_file(path, job, keep_urls, encoding),
        }
    }

    fn open_file(
        self,
        path: PathBuf,
        job: Job,
        keep_urls: bool,
        mut encoding: Encoding,
    ) -> Result<Opened, ExportError> {
        let resolved = resolve(&path)?;
        let at = Preflight {
            files: SideFiles::of(&resolved),
            path: resolved,
            existing: self.existing,
            force: self.force,
            identity: job.identity.clone(),
            key_rotated: self.key_rotated,
            max_age: self.max_resume_age,
            private: self.keep_urls,
        };
        let (file, start) = match PartialFile::open(at)? {
            Found::Fresh(file) => (file, Start::default()),
            Found::Unfinished(file, saved) => {
                (file, Start { resumed: Some(*saved), verify: true, ..Start::default() })
            }
            Found::Replaced { file, warning, verify } => {
                (file, Start { warning, verify, ..Start::default() })
            }
            Found::Done(saved) => {
                let api = self.query.clone().pages().cursor().api;
                return Ok(Opened::Done(Box::new(Summary::of_complete(
                    path,
                    saved.map(|saved| *saved),
                    api,
                ))));
            }
        };
        let verify = start.verify;
        let writer = BackgroundWriter::start(file).map_err(|(mut file, error)| {
            let is_resumable = file.keep_if_resumable();
            error.resumable(is_resumable)
        })?;
        let encoder = Encoder::spool(self.shape(), keep_urls);
        let sink = Sink::File(writer, path, Box::new(encoder));
        let run = self.begin(sink, job, start);
        encoding.begun_at = run.begun_at;
        let is_spool = encoding.format == Format::Jsonl
            && encoding.compression == Compression::None
            && encoding.fields.is_none();
        Ok(Opened::Run { run, verify, encoding: (!is_spool).then_some(encoding) })
    }

    fn begin(self, sink: Sink, job: Job, start: Start) -> Box<ExportRun> {
        let Job { identity, selection, max_videos } = job;
        let Start { resumed, warning, .. } = start;
        let counts = resumed.as_ref().map_or(Counts::default(), |saved| saved.counts);
        let since = resumed.as_ref().map_or(self.query.since(), |saved| saved.since);
        // A part of a second was rounded up.
        let later = since.map(Since::seconds).filter(|since| *since > unix_now() + 1);
        let in_future = later.map(|since| Warning::SinceInFuture { since: system_time(since) });
        let mut query = self.query.clone();
        if let Some(saved) = &resumed {
            let cap = query.cap().map(|cap| cap.saturating_sub(counts.videos));
            query = query.go_on_from(saved.cursor.clone()).limited(cap, saved.since);
        }
        let pages = query.pages();
        let mut run = Box::new(ExportRun {
            identity,
            selection,
            sink,
            query: self.query,
            pending: Pending::at(pages.cursor()),
            pages,
            repeated_in_pages: 0,
            counts,
            recent: SavedIds::default(),
            begun_at: resumed.as_ref().map_or_else(unix_now, |saved| saved.begun_at),
            resumed,
            min_items: self.min_items,
            max_videos,
            batch_size: self.batch_size,
            stop: self.stop,
            warnings: warning.into_iter().chain(in_future).collect(),
            finished: Finished::default(),
        });
        if run.resumed.is_none() {
            run.begin_file();
        }
        run
    }

    fn shape(&self) -> Shape {
        if self.raw { Shape::Raw } else { Shape::Schema }
    }

    fn refuse_impossible_minimum(&self) -> Result<(), ExportError> {
        match self.query.cap() {
            Some(cap) if cap < self.min_items => {
                let message = format!(
                    "at least {} videos are required, but at most {cap} are listed",
                    self.min_items
                );
                Err(ExportError::new(ExportErrorKind::Usage, message)
                    .hint_at("require fewer, or list more"))
            }
            _ => Ok(()),
        }
    }

    /// The configured format and compression, or those inferred from the file name.
    fn format_and_compression(&self) -> Result<(Format, Compression), ExportError> {
        let (format, compression) = match &self.output.target {
            Target::File(path) => {
                (self.format.map_or_else(|| Format::of_path(path), Ok)?, Compression::of_path(path))
            }
            Target::Writer(_) => (self.format.unwrap_or(Format::Jsonl), Compression::None),
        };
        let compression = self.compression.unwrap_or(compression);
        format.check(compression)?;
        if matches!(self.output.target, Target::Writer(_)) {
            format.check_stream()?;
        }
        Ok((format, compression))
    }
}
