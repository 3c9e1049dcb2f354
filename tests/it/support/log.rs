//! One subscriber for the whole test binary, which keeps all log lines of all crates.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::prelude::*;

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    // The mock server logs its requests in full, including keys.
    let targets = Targets::new().with_default(LevelFilter::TRACE);
    let targets = targets.with_target("httpmock", LevelFilter::OFF);
    let lines = fmt::layer().with_ansi(false).with_writer(log.clone()).with_filter(targets);
    tracing_subscriber::registry().with(lines).init();
    log
});

impl Log {
    /// Starts keeping log lines, including those of the `log` crate.
    pub(crate) fn keep() -> Self {
        LOG.clone()
    }

    /// An empty log, and a subscriber that writes the lines of this crate to it.
    pub(crate) fn subscriber() -> (Self, impl tracing::Subscriber + Send + Sync) {
        let log = Self::default();
        let ours = Targets::new().with_target("heygen_videos", LevelFilter::TRACE);
        let lines = fmt::layer().with_ansi(false).with_writer(log.clone()).with_filter(ours);
        (log, tracing_subscriber::registry().with(lines))
    }

    /// All lines so far, including those of other tests in this process.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The lines that this thread logs from now on, for one test on a single-threaded runtime.
pub(crate) struct Lines {
    log: Log,
    _until_dropped: tracing::subscriber::DefaultGuard,
}

impl Lines {
    pub(crate) fn keep() -> Self {
        let (log, subscriber) = Log::subscriber();
        Self { log, _until_dropped: tracing::subscriber::set_default(subscriber) }
    }

    /// The lines with this text.
    pub(crate) fn with(&self, text: &str) -> Vec<String> {
        let lines = self.log.text();
        lines.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}
