//! Runs an export from beginning to end, and decides which files it leaves.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::encode::Encoding;
use super::error::{ExportError, ExportErrorKind};
use super::event::Event;
use super::finish::finish;
use super::recent::SavedIds;
use super::run::{ExportRun, ticks};
use super::sink::Sink;
use super::spool::Counts;
use super::summary::{Outcome, Summary};
use super::time::system_time;
use super::warning::Warning;
use crate::stream::Stats;

impl ExportRun {
    /// Runs the export and leaves either the finished file or files that can be resumed.
    pub(super) async fn run(
        &mut self,
        verify: bool,
        encoding: Option<Encoding>,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Outcome, ExportError> {
        let result = self.try_run(verify, encoding, on_event).await;
        self.take_warnings(on_event);
        let Sink::File(file, ..) = &self.sink else { return result };
        let mut file = file.take();
        if let (Err(error), Some(file)) = (&result, &mut file)
            && error.kind() == ExportErrorKind::TooFew
        {
            // If this fails, the next run removes the files.
            let _ = file.give_up();
        }
        let is_resumable = file.is_some_and(|mut file| file.keep_if_resumable());
        result.map_err(|error| error.resumable(is_resumable))
    }

    async fn try_run(
        &mut self,
        verify: bool,
        encoding: Option<Encoding>,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Outcome, ExportError> {
        if verify && !self.verify(on_event).await? {
            return Ok(Outcome::Stopped);
        }
        // These warnings are reported after the `Started` event.
        if let Sink::File(file, ..) = &self.sink {
            self.warnings.extend(file.warnings());
        }
        let complete = self.resumed.as_ref().is_some_and(|saved| saved.complete);
        let (resumed, begun_at) = (self.counts.videos, system_time(self.begun_at));
        on_event(&Event::Started { resumed, begun_at });
        for warning in &self.warnings {
            on_event(&Event::Warning { warning: warning.clone() });
        }
        self.refuse_too_many()?;
        let outcome = if complete { Outcome::Complete } else { self.walk(on_event).await? };
        self.warn_of_notices(on_event);
        self.note_total(outcome, on_event);
        match &mut self.sink {
            Sink::Writer(stream) => {
                stream.end()?;
                if outcome == Outcome::Complete {
                    self.refuse_too_few()?;
                }
                self.finished.bytes = self.sink.length();
                if let Some((guarded, unseen)) = self.sink.found_by_stream() {
                    (self.finished.guarded, self.finished.unseen) = (guarded, unseen);
                }
                self.warn_of_unseen(on_event);
                Ok(outcome)
            }
            Sink::File(file, ..) if outcome == Outcome::Stopped => {
                self.finished.bytes = file.length;
                Ok(outcome)
            }
            Sink::File(..) => {
                self.refuse_too_few()?;
                self.finish(encoding, on_event).await
            }
        }
    }

    /// Verifies what was saved; returns false if it was stopped before it was done.
    async fn verify(
        &mut self,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<bool, ExportError> {
        let Sink::File(file, ..) = &self.sink else { return Ok(true) };
        let mut step = file.step(|file, cancel| file.verify(cancel));
        let mut tick = ticks();
        let recent = loop {
            tokio::select! {
                done = step.done() => break done?,
                () = self.stop.stopped() => {
                    file.cancel();
                    break step.done().await?;
                }
                _ = tick.tick() => on_event(&Event::Waiting { stats: self.pages.stats() }),
            }
        };
        let is_done = recent.is_some();
        if self.resumed.is_some() {
            self.recent = recent.unwrap_or_else(SavedIds::default);
        }
        Ok(is_done)
    }

    /// Turns what was saved into the finished file.
    async fn finish(
        &mut self,
        mut encoding: Option<Encoding>,
        on_event: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Outcome, ExportError> {
        let Sink::File(file, ..) = &self.sink else { return Ok(Outcome::Complete) };
        if let Some(encoding) = &mut encoding {
            // If the export was restarted during this run, its start time has changed.
            encoding.begun_at = self.begun_at;
        }
        let (written, of) = (Arc::new(AtomicU64::new(0)), self.counts.videos);
        let so_far = Arc::clone(&written);
        let mut step = file.step(move |file, cancel| {
            let mut on_record = |records| so_far.store(records, Ordering::Relaxed);
            finish(file, encoding.as_ref(), cancel, &mut on_record)
        });
        let mut tick = ticks();
        let finished = loop {
            tokio::select! {
                done = step.done() => break done?,
                () = self.stop.stopped() => {
                    file.cancel();
                    break step.done().await?;
                }
                _ = tick.tick() => {
                    on_event(&Event::Encoding { videos: written.load(Ordering::Relaxed), of });
                }
            }
        };
        match finished {
            Some(finished) => {
                self.finished = finished;
                self.warn_of_unseen(on_event);
                Ok(Outcome::Complete)
            }
            None => {
                self.finished.bytes = file.length;
                Ok(Outcome::Stopped)
            }
        }
    }

    fn warn_of_unseen(&mut self, on_event: &mut impl FnMut(&Event)) {
        // Without any videos, we cannot tell whether a field name is wrong.
        if self.counts.videos == 0 {
            return;
        }
        for field in mem::take(&mut self.finished.unseen) {
            self.warn(Warning::FieldNotSeen { field }, on_event);
        }
    }

    pub(super) fn summary(&self, outcome: Outcome, elapsed: Duration) -> Summary {
        let Stats { pages, requests, retries, bytes, skipped, .. } = self.pages.stats();
        let Counts { videos, repeated, dropped_urls, not_selected } = self.counts;
        Summary {
            outcome,
            path: self.sink.path().map(Into::into),
            begun_at: system_time(self.begun_at),
            finished_at: SystemTime::now(),
            resumed_from: self.resumed.as_ref().map(|saved| system_time(saved.saved_at)),
            elapsed,
            videos,
            total: self.pages.total(),
            pages,
            requests,
            retries,
            repeated,
            skipped,
            not_selected,
            dropped_urls,
            guarded: self.finished.guarded,
            bytes_received: bytes,
            bytes_written: self.finished.bytes,
            api: self.pages.cursor().api,
            warnings: self.warnings.clone(),
        }
    }

    fn take_warnings(&mut self, on_event: &mut impl FnMut(&Event)) {
        let Sink::File(file, ..) = &self.sink else { return };
        for warning in file.warnings() {
            self.warn(warning, on_event);
        }
    }
}
