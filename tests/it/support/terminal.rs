//! A terminal that the program writes to, and the text that appears on it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A pseudo terminal.
pub(crate) struct Terminal {
    path: PathBuf,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Opens a terminal of this width.
    #[track_caller]
    pub(crate) fn open(columns: u16) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let path = ptsname(&terminal, Vec::new()).unwrap();
        let path = PathBuf::from(OsStr::from_bytes(path.to_bytes()));
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut screen, all) = (File::from(terminal), Arc::clone(&shown));
        // Reading fails while no process has the terminal open, and the program starts later. So
        // keep it open here.
        let kept = opened(&path);
        thread::spawn(move || {
            let _kept = kept;
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = screen.read(&mut bytes) {
                all.lock().unwrap().extend(&bytes[..read]);
            }
        });
        Self { path, shown }
    }

    /// A standard stream for a program.
    #[track_caller]
    pub(crate) fn stream(&self) -> Stdio {
        opened(&self.path).into()
    }

    /// Everything written to it so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }
}

/// The side of the terminal that programs use.
#[track_caller]
fn opened(path: &Path) -> OwnedFd {
    open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap()
}
