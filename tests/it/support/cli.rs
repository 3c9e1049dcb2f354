//! Runs the program as a process, with its own environment, and reads its exit code and output.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use heygen_videos::Video;
use heygen_videos::simulator::Simulator;
use serde_json::Value;
use tempfile::TempDir;

use super::export::names_in;
use super::terminal::Terminal;

/// How long a test waits before it fails instead of hanging.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The program with these arguments, an empty environment and an empty home directory.
pub(crate) struct Cli {
    command: Command,
    stdin: Vec<u8>,
    /// The source of stdin, if it is not text from the test.
    stdin_from: Option<Stdio>,
    stdout: Stdio,
    /// The target of stderr, if the test does not read it.
    stderr: Option<Stdio>,
    home: Scratch,
}

/// The exit code and the output of a run.
#[derive(Debug)]
pub(crate) struct Ended {
    /// As in a shell: 128 plus the signal number if a signal ended the program.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Cli {
    #[track_caller]
    pub(crate) fn new(args: &[&str]) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_heygen-videos"))).args(args)
    }

    /// The program, started by a line of shell in which `"$@"` is the command with its arguments.
    pub(crate) fn through(line: &str, args: &[&str]) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line, "sh", env!("CARGO_BIN_EXE_heygen-videos")]);
        Self::of(shell).args(args)
    }

    fn of(mut command: Command) -> Self {
        let home = Scratch::new();
        command.env_clear().env("HOME", home.path()).env("TZ", "UTC");
        let (stdin, stdout) = (Vec::new(), Stdio::piped());
        Self { command, stdin, stdin_from: None, stdout, stderr: None, home }
    }

    fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    /// Uses this simulator and its key.
    pub(crate) fn with(self, simulator: &Simulator) -> Self {
        self.env("HEYGEN_API_BASE", simulator.base_url()).env("HEYGEN_API_KEY", Simulator::API_KEY)
    }

    /// The program with the URL and the key of this simulator.
    pub(crate) fn on(simulator: &Simulator, args: &[&str]) -> Self {
        Self::new(args).with(simulator)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Runs the program in this directory.
    pub(crate) fn dir(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.into();
        self
    }

    /// Writes a file under the home directory.
    #[track_caller]
    pub(crate) fn home_file(self, path: &str, text: &str) -> Self {
        let path = self.home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Reads stdin from here.
    pub(crate) fn stdin_from(mut self, from: impl Into<Stdio>) -> Self {
        self.stdin_from = Some(from.into());
        self
    }

    /// Sends stdout elsewhere. The test cannot read it then.
    pub(crate) fn stdout_to(mut self, to: impl Into<Stdio>) -> Self {
        self.stdout = to.into();
        self
    }

    /// Runs the program on this terminal, which gets all of its output.
    pub(crate) fn on_terminal(self, terminal: &Terminal) -> Self {
        self.env("TERM", "xterm")
            .stdin_from(terminal.stream())
            .stdout_to(terminal.stream())
            .stderr_to(terminal.stream())
    }

    /// Sends stderr elsewhere. The test cannot read it then.
    pub(crate) fn stderr_to(mut self, to: impl Into<Stdio>) -> Self {
        self.stderr = Some(to.into());
        self
    }

    #[track_caller]
    pub(crate) fn run(self) -> Ended {
        self.spawn().ended()
    }

    #[track_caller]
    pub(crate) fn spawn(mut self) -> Running {
        self.command.stdin(self.stdin_from.unwrap_or_else(Stdio::piped)).stdout(self.stdout);
        self.command.stderr(self.stderr.unwrap_or_else(Stdio::piped));
        let mut child = self.command.spawn().expect("the program was built");
        if let Some(mut stdin) = child.stdin.take() {
            // The program may exit without reading its stdin.
            let _ = stdin.write_all(&self.stdin);
        }
        let stderr = child.stderr.take().map(Drain::start);
        Running { child, stderr, _home: self.home }
    }
}

/// The expected lines of these videos: all names of the schema, and null for no folder.
#[track_caller]
pub(crate) fn as_exported(videos: &[Video]) -> Vec<Video> {
    let record = |video: &Video| {
        let mut record = serde_json::to_value(video).unwrap();
        let fields = record.as_object_mut().unwrap();
        for name in ["video_title", "status", "type", "folder_id", "created_at"] {
            fields.entry(name).or_insert(Value::Null);
        }
        if video.folder().is_none() {
            fields.insert("folder_id".into(), Value::Null);
        }
        serde_json::from_value(record).unwrap()
    };
    videos.iter().map(record).collect()
}

/// A running program. It is killed when this is dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    stderr: Option<Drain>,
    _home: Scratch,
}

impl Running {
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

/// A temporary directory.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The names of the files in it.
    #[track_caller]
    pub(crate) fn names(&self) -> Vec<String> {
        names_in(self.path())
    }

    /// The path of a file in it, as an argument.
    #[track_caller]
    pub(crate) fn file(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }
}
