//! Runs the program under strace, which kills it at a system call or makes the call fail.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use heygen_videos::simulator::Simulator;

use super::export::with_suffix;

/// The calls that an export makes on its files.
pub(crate) const CALLS: [&str; 15] = [
    "openat",
    "read",
    "write",
    "lseek",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "renameat2",
    "linkat",
    "unlink",
    "fchmod",
    "fchown",
    "flock",
    "statx",
];

/// Whether strace is installed and may trace. Prints a message if not.
pub(crate) fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null());
        let available = command.status().is_ok_and(|status| status.success());
        if !available {
            println!("skipped: strace is missing or may not trace");
        }
        available
    })
}

/// Runs an export to `path`. `inject` is what strace does to the calls on the export's files, such
/// as `fsync:error=EIO:when=2`.
#[track_caller]
pub(crate) fn export(
    simulator: &Simulator,
    path: &Path,
    args: &[&str],
    inject: &[String],
) -> Output {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]);
    for inject in inject {
        command.arg("-e").arg(format!("inject={inject}"));
    }
    command.arg("-P").arg(path.parent().unwrap());
    for suffix in ["", ".partial", ".checkpoint", ".checkpoint.tmp", ".encoding"] {
        command.arg("-P").arg(with_suffix(path, suffix));
    }
    command
        .arg(env!("CARGO_BIN_EXE_heygen-videos"))
        .args(["export", "--progress", "none", "--base-url", &simulator.base_url(), "--output"])
        .arg(path)
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HEYGEN_API_KEY", Simulator::API_KEY)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}
