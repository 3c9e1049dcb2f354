//! `Env`: all that a command may use of the machine it runs on. Tests make their own.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressDrawTarget;
use jiff::tz::TimeZone;

/// The environment variables, streams and time zone of one run.
pub(crate) struct Env {
    pub(crate) vars: HashMap<OsString, OsString>,
    pub(crate) stdin: Box<dyn Read + Send>,
    pub(crate) stdout: Out,
    pub(crate) stderr: Out,
    /// The time zone in which people see times.
    pub(crate) zone: TimeZone,
    /// Where to draw a progress bar, if stderr is a terminal.
    pub(crate) bar: Option<fn() -> ProgressDrawTarget>,
}

impl Env {
    /// The value of a variable; an empty one counts as not set.
    pub(crate) fn var(&self, name: &str) -> Option<&OsStr> {
        self.vars.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// [`var`](Self::var), if the value is Unicode.
    pub(crate) fn text_var(&self, name: &str) -> Option<&str> {
        self.var(name)?.to_str()
    }

    pub(crate) fn say_all(&mut self, lines: impl IntoIterator<Item = String>) {
        lines.into_iter().for_each(|line| self.say(line));
    }

    /// Writes a line to stderr. A failed write is ignored: the command goes on without it.
    pub(crate) fn say(&mut self, line: impl fmt::Display) {
        self.stderr.say(line);
    }
}

/// An output stream that several threads can write to, and that knows when its reader has gone.
#[derive(Clone)]
pub(crate) struct Out {
    to: Arc<Mutex<Box<dyn Write + Send>>>,
    closed: Arc<AtomicBool>,
    pub(crate) is_terminal: bool,
}

impl Out {
    pub(crate) fn new(to: impl Write + Send + 'static, is_terminal: bool) -> Self {
        let to: Box<dyn Write + Send> = Box::new(to);
        Self { to: Arc::new(Mutex::new(to)), closed: Arc::default(), is_terminal }
    }

    /// Whether a write has failed because the reader closed the stream.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Writes a whole line at once, so that two threads never share a line. Ignores failures.
    pub(crate) fn say(&mut self, line: impl fmt::Display) {
        let line = format!("{line}\n");
        let _ = self.write_all(line.as_bytes()).and_then(|()| self.flush());
    }

    fn note_closed<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.closed.store(true, Relaxed);
        }
        result
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
        self.note_closed(written)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.to.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes);
        self.note_closed(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.lock().unwrap_or_else(PoisonError::into_inner).flush();
        self.note_closed(flushed)
    }
}
