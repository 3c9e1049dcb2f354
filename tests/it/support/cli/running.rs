//! A program that a test has started, and its output and exit code once it has ended.

use std::io::Read;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;

use super::Scratch;

/// How long a test waits before it fails instead of hanging.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The exit code and the output of a run.
#[derive(Debug)]
pub(crate) struct Ended {
    /// As in a shell: 128 plus the signal number if a signal ended the program.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The last line of stderr, which is an event.
    #[track_caller]
    pub(crate) fn last_event(&self) -> Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(last)
            .unwrap_or_else(|_| panic!("no event at the end: {}", self.stderr))
    }
}

/// A running program. It is killed when this is dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    stderr: Option<Drain>,
    _home: Scratch,
}

impl Running {
    pub(super) fn new(mut child: Child, home: Scratch) -> Self {
        let stderr = child.stderr.take().map(Drain::start);
        Self { child, stderr, _home: home }
    }

    /// Sends a signal by its name, such as `INT`.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill exists").success(), "{name} was not sent");
    }

    /// Whether the program has written this to stderr.
    #[track_caller]
    pub(crate) fn has_said(&self, text: &str) -> bool {
        self.stderr.as_ref().is_some_and(|stderr| stderr.text().contains(text))
    }

    /// Kills the program after a random time of less than this many microseconds. Returns whether it
    /// had already ended with success.
    #[track_caller]
    pub(crate) fn killed_within(mut self, longest: u64, rng: &mut Rng) -> bool {
        thread::sleep(Duration::from_micros(rng.u64(0..longest)));
        let had_ended = self.child.try_wait().unwrap().is_some();
        self.child.kill().unwrap();
        let ended = self.ended();
        assert!(!had_ended || ended.code == 0, "{}: {}", ended.code, ended.stderr);
        // A run that ends just before the kill exits normally.
        ended.code == 0
    }

    /// The peak memory of the program so far, in KiB.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap()
    }

    /// Waits for the program to end. The result has the part of stdout that the test has not read.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Ended {
        let stdout = self.child.stdout.take().map(Drain::start);
        let status = self.wait();
        Ended {
            code: code(status),
            stdout: stdout.map(Drain::ended).unwrap_or_default(),
            stderr: self.stderr.take().map(Drain::ended).unwrap_or_default(),
        }
    }

    #[track_caller]
    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + TEST_TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the program hangs");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;

    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap()
}

/// Reads a pipe on another thread, so that the program never blocks on a full pipe.
struct Drain {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Drain {
    fn start(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            loop {
                match pipe.read(&mut buffer).unwrap() {
                    0 => break,
                    length => to.lock().unwrap().extend_from_slice(&buffer[..length]),
                }
            }
        });
        Self { bytes, reader }
    }

    /// What was read so far.
    #[track_caller]
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// All text, once the pipe is closed.
    #[track_caller]
    fn ended(self) -> String {
        self.reader.join().unwrap();
        let bytes = std::mem::take(&mut *self.bytes.lock().unwrap());
        String::from_utf8(bytes).expect("the program writes UTF-8")
    }
}
