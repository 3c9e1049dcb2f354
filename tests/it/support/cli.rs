//! Runs the program as a process, with its own environment, and reads its exit code and output.

mod running;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use heygen_videos::Video;
use heygen_videos::simulator::Simulator;
use serde_json::Value;
use tempfile::TempDir;

use super::export::names_in;
use super::terminal::Terminal;
pub(crate) use running::{Ended, Running};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heygen-videos");

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

impl Cli {
    #[track_caller]
    pub(crate) fn new(args: &[&str]) -> Self {
        Self::of(PROGRAM).args(args)
    }

    /// The program, started by a line of shell in which `"$@"` is the command with its arguments.
    pub(crate) fn through(line: &str, args: &[&str]) -> Self {
        Self::of("/bin/sh").args(&["-c", line, "sh", PROGRAM]).args(args)
    }

    /// The program, run without root: if this user is root, as another user.
    pub(crate) fn without_root(args: &[&str]) -> Self {
        let other = "setpriv --reuid 54321 --regid 54321 --clear-groups";
        Self::through(&format!("[ $(id -u) = 0 ] && exec {other} \"$@\"; exec \"$@\""), args)
    }

    /// The program, which cannot write a file of more than this many blocks of 512 bytes.
    pub(crate) fn limited(blocks: u64, args: &[&str]) -> Self {
        Self::through(&format!("ulimit -f {blocks}; exec \"$@\""), args)
    }

    fn of(program: &str) -> Self {
        let home = Scratch::new();
        let mut command = with_default_signals(program);
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
        Running::new(child, self.home)
    }
}

/// A command for which SIGINT and SIGTERM have their default effect, even if this process ignores
/// them, as it does in a background job of a script. An `env` that cannot do this is not used.
fn with_default_signals(program: &str) -> Command {
    static CAN_RESET: OnceLock<bool> = OnceLock::new();
    let reset = |program: &str| {
        let mut env = Command::new("/usr/bin/env");
        env.args(["--default-signal=INT,TERM", program]);
        env
    };
    let can_reset = || reset("true").output().is_ok_and(|ran| ran.status.success());
    match CAN_RESET.get_or_init(can_reset) {
        true => reset(program),
        false => Command::new(program),
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
