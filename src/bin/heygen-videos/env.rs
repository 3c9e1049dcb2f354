//! `Env`: everything that a command uses from its environment. Tests create their own.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;

use crate::exit::{Exit, is_closed_by_reader};
use crate::failure::Failure;
use crate::notices::NoticeFeed;

/// The environment variables, streams and time zone of one run.
pub(crate) struct Env {
    pub(crate) vars: HashMap<OsString, OsString>,
    pub(crate) stdin: Box<dyn Read + Send>,
    pub(crate) stdout: Out,
    pub(crate) stderr: Out,
    /// The width of the terminal on stdout, if the terminal reports it.
    pub(crate) columns: Option<usize>,
    /// The time zone in which times are shown.
    pub(crate) zone: TimeZone,
    /// The width of the terminal on stderr, if a progress bar can be drawn there.
    pub(crate) bar: Option<fn() -> u16>,
    /// The library's warnings while the command runs.
    pub(crate) notices: NoticeFeed,
    /// Whether only warnings and errors are shown.
    pub(crate) is_quiet: bool,
    /// Whether the log of requests is written to stderr.
    pub(crate) is_logging: bool,
}

impl Env {
    /// The value of a variable. An empty value counts as not set.
    pub(crate) fn var(&self, name: &str) -> Option<&OsStr> {
        self.vars.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// [`var`](Self::var), if the value is Unicode.
    pub(crate) fn text_var(&self, name: &str) -> Option<&str> {
        self.var(name)?.to_str()
    }

    /// The value of a variable that selects an account or a server, without surrounding white
    /// space. An unusable value is an error, because ignoring it would select another account or
    /// server.
    pub(crate) fn chosen_var(
        &self,
        name: &str,
        exit: Exit,
        word: &'static str,
    ) -> Result<Option<&str>, Failure> {
        let Some(value) = self.vars.get(OsStr::new(name)) else { return Ok(None) };
        let refused = |what: &str| Failure::new(exit, word, format!("{name} {what}"));
        match value.to_str().map(str::trim) {
            Some("") => Err(refused("is set but empty")
                .hint(format!("give it a value, or remove it with 'unset {name}'"))),
            Some(value) => Ok(Some(value)),
            None => Err(refused("is not Unicode")),
        }
    }

    /// Whether the terminal can neither move its cursor nor show colours.
    pub(crate) fn is_dumb(&self) -> bool {
        match self.var("TERM") {
            Some(term) => term == "dumb",
            None => cfg!(unix),
        }
    }

    /// Whether colours are used on a stream of this run.
    pub(crate) fn has_colours(&self, stream: &Out) -> bool {
        stream.is_terminal && self.var("NO_COLOR").is_none() && !self.is_dumb()
    }

    pub(crate) fn say_all(&mut self, lines: impl IntoIterator<Item = String>) {
        lines.into_iter().for_each(|line| self.say(line));
    }

    /// Writes a line to stderr. If that fails, the command continues without the line.
    pub(crate) fn say(&mut self, line: impl fmt::Display) {
        self.stderr.say(line);
    }
}

/// An output stream that several threads can write to, and that detects when its reader has gone.
#[derive(Clone)]
pub(crate) struct Out {
    to: Arc<Mutex<Box<dyn Write + Send>>>,
    closed: Arc<AtomicBool>,
    /// Locked while a line of the log is written.
    log_has_ended: Arc<Mutex<bool>>,
    pub(crate) is_terminal: bool,
}

impl Out {
    pub(crate) fn new(to: impl Write + Send + 'static, is_terminal: bool) -> Self {
        let to: Box<dyn Write + Send> = Box::new(to);
        let (closed, log_has_ended) = (Arc::default(), Arc::default());
        Self { to: Arc::new(Mutex::new(to)), closed, log_has_ended, is_terminal }
    }

    /// Whether a write has failed because the reader closed the stream.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Fails early if the stream cannot be written, before there is anything to write.
    pub(crate) fn check(&mut self) -> io::Result<()> {
        self.write(&[]).map(drop)
    }

    /// Writes a whole line at once, so that lines of two threads are never mixed. Ignores failures.
    pub(crate) fn say(&mut self, line: impl fmt::Display) {
        let line = format!("{line}\n");
        let _ = self.write_all(line.as_bytes()).and_then(|()| self.flush());
    }

    /// Writes a line of the log, unless the log has ended.
    pub(crate) fn say_log(&mut self, line: impl fmt::Display) {
        let log_has_ended = Arc::clone(&self.log_has_ended);
        let log_has_ended = log_has_ended.lock().unwrap_or_else(PoisonError::into_inner);
        if !*log_has_ended {
            self.say(line);
        }
    }

    /// Ends the log. Other threads may still have something to log, and it must not follow the last
    /// event of a run.
    pub(crate) fn end_log(&self) {
        *self.log_has_ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    fn note_closed<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(is_closed_by_reader) {
            self.closed.store(true, Relaxed);
        }
        result
    }
}

impl fmt::Debug for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out").field("is_terminal", &self.is_terminal).finish_non_exhaustive()
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
