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
    // The mock server logs its requests in full, keys included.
    let targets = Targets::new().with_default(LevelFilter::TRACE);
    let targets = targets.with_target("httpmock", LevelFilter::OFF);
    let lines = fmt::layer().with_ansi(false).with_writer(log.clone()).with_filter(targets);
    tracing_subscriber::registry().with(lines).init();
    log
});

impl Log {
    /// Starts keeping log lines, also those of the `log` crate.
    pub(crate) fn keep() -> Self {
        LOG.clone()
    }

    /// All lines so far, also those of other tests in this process.
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
