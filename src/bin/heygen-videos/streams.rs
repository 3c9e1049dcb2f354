//! The standard streams. A write waits if it would block, and an unusable stdout is detected.

use std::io::{self, IsTerminal, Write};

use crate::env::Out;

/// Writes to stdout. If stdout is unusable, every write fails, even an empty one.
pub(crate) fn stdout() -> Out {
    let stream = io::stdout();
    match unwritable(&stream) {
        Some(why) => Out::new(Unwritable(why), false),
        None => Out::new(Patient(stream), io::stdout().is_terminal()),
    }
}

/// Writes to stderr.
pub(crate) fn stderr() -> Out {
    Out::new(Patient(io::stderr()), io::stderr().is_terminal())
}

/// The width in columns of the terminal on stdout, if there is one and it reports its width.
pub(crate) fn stdout_columns() -> Option<usize> {
    columns(&io::stdout()).map(usize::from)
}

/// The width of the terminal on stderr in columns.
pub(crate) fn stderr_columns() -> u16 {
    columns(&io::stderr()).unwrap_or(80)
}

/// An unusable stdout. std would silently ignore the failed writes.
struct Unwritable(&'static str);

impl Write for Unwritable {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::Error::other(self.0))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream that may be non-blocking. A write waits until there is room. An empty write fails if
/// the reader has gone.
struct Patient<S>(S);

#[cfg(unix)]
mod unix {
    use std::fs::{self, File};
    use std::io::{self, Write};
    use std::os::fd::AsFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{OFlags, fcntl_getfl};
    use rustix::io::Errno;
    use rustix::termios::tcgetwinsize;

    use super::Patient;

    impl<S: Write + AsFd> Write for Patient<S> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if bytes.is_empty() && has_lost_its_reader(&self.0) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            loop {
                match self.0.write(bytes) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait(&self.0)?,
                    written => return written,
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            loop {
                match self.0.flush() {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait(&self.0)?,
                    flushed => return flushed,
                }
            }
        }
    }

    /// Waits until the stream is writable.
    fn wait(stream: &impl AsFd) -> io::Result<()> {
        let mut streams = [PollFd::new(stream, PollFlags::OUT)];
        match poll(&mut streams, None) {
            Err(error) if error != Errno::INTR => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn has_lost_its_reader(stream: &impl AsFd) -> bool {
        let mut streams = [PollFd::new(stream, PollFlags::OUT)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut streams, Some(&now)).is_ok()
            && streams[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
    }

    /// Why output to the stream would be lost; `None` if it would not.
    pub(super) fn unwritable(stream: &impl AsFd) -> Option<&'static str> {
        let Ok(flags) = fcntl_getfl(stream) else { return Some("it is closed") };
        let mode = flags & OFlags::RWMODE;
        if mode == OFlags::RDONLY {
            return Some("it is open for reading only");
        }
        // If the program is started with the stream closed, std opens /dev/null in its place, for
        // reading and writing.
        (mode == OFlags::RDWR && is_null(stream))
            .then_some("it is closed, or it is /dev/null opened for reading and writing")
    }

    fn is_null(stream: &impl AsFd) -> bool {
        let found =
            stream.as_fd().try_clone_to_owned().and_then(|file| File::from(file).metadata());
        let (Ok(found), Ok(null)) = (found, fs::metadata("/dev/null")) else { return false };
        found.file_type().is_char_device() && found.rdev() == null.rdev()
    }

    pub(super) fn columns(stream: &impl AsFd) -> Option<u16> {
        tcgetwinsize(stream).ok().map(|size| size.ws_col).filter(|columns| *columns > 0)
    }
}

#[cfg(unix)]
use unix::{columns, unwritable};

#[cfg(not(unix))]
impl<S: Write> Write for Patient<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(not(unix))]
fn unwritable(_stream: &impl Write) -> Option<&'static str> {
    None
}

#[cfg(not(unix))]
fn columns(_stream: &impl Write) -> Option<u16> {
    None
}
