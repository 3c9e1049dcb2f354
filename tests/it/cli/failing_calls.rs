//! Exports in which one system call on their files fails, with each error that it can give.
//!
//! `CALLS=1000000 cargo test --release --features cli --test it -- --nocapture cli::failing_calls`
//! fails each call of each kind once with each of its errors. CI tries a random choice.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use fastrand::Rng;
use heygen_videos::simulator::Simulator;

use crate::support::export::{file_names, read, temp_path, with_suffix};
use crate::support::soak::{count, seed};

/// Each kind of call with the names it has and the errors that a file system can give for it.
const FAILURES: [(&str, &str, &[&str]); 9] = [
    ("open", "open,openat", &["EACCES", "EIO", "EMFILE", "ENOSPC", "EPERM", "EROFS"]),
    ("write", "write,pwrite64,writev", &["EDQUOT", "EFBIG", "EINTR", "EIO", "ENOSPC"]),
    ("fsync", "fsync,fdatasync", &["EDQUOT", "EINTR", "EINVAL", "EIO", "ENOSPC", "EROFS"]),
    (
        "rename",
        "rename,renameat,renameat2",
        &["EACCES", "EINVAL", "EIO", "ENOSPC", "ENOSYS", "EPERM"],
    ),
    ("link", "link,linkat", &["EMLINK", "EOPNOTSUPP", "EPERM"]),
    ("flock", "flock", &["EINTR", "EIO", "ENOLCK", "ENOSYS", "EOPNOTSUPP"]),
    ("chmod", "chmod,fchmod,fchmodat", &["EACCES", "ENOSYS", "EPERM", "EROFS"]),
    ("chown", "chown,fchown,fchownat", &["EINVAL", "EPERM", "EROFS"]),
    ("ftruncate", "ftruncate", &["EFBIG", "EINVAL", "EIO", "EPERM"]),
];

/// More calls of one kind than an export of this size makes.
const MOST_CALLS: u32 = 24;

struct Failure {
    kind: &'static str,
    calls: &'static str,
    errno: &'static str,
    /// Which of the calls fails: the first is 1.
    number: u32,
}

/// An export of one format, with or without an older file that it replaces.
#[derive(Clone, Copy)]
struct Job<'a> {
    simulator: &'a Simulator,
    name: &'static str,
    force: bool,
}

impl Job<'_> {
    fn command(&self, program: &mut Command, path: &Path) {
        program.args(["export", "--resume", "--page-size", "1", "--progress", "none"]);
        program.args(self.force.then_some("--force"));
        program.arg("--base-url").arg(self.simulator.base_url()).arg("--output").arg(path);
        program.env_clear().env("HEYGEN_API_KEY", Simulator::API_KEY);
    }

    fn resume(&self, path: &Path) -> (Option<i32>, String) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_heygen-videos"));
        self.command(&mut program, path);
        let output = program.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Runs the export with the failure; `None` if it makes fewer calls of the kind.
    fn with_failure(&self, path: &Path, failure: &Failure) -> Option<(Option<i32>, String)> {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut strace = Command::new("timeout");
        strace.args(["-k", "5", "30", "strace", "-f", "-qq", "-o"]).arg(log.path());
        for path in touched(path) {
            strace.arg("-P").arg(path);
        }
        let Failure { calls, errno, number, .. } = failure;
        strace.args(["-e", &format!("trace={calls}")]);
        strace.args(["-e", &format!("inject={calls}:error={errno}:when={number}")]);
        strace.arg(env!("CARGO_BIN_EXE_heygen-videos"));
        self.command(&mut strace, path);
        strace.env("PATH", std::env::var_os("PATH").unwrap());
        let output = strace.output().expect("strace and timeout are installed");
        let failed = fs::read_to_string(log.path()).unwrap().contains("(INJECTED)");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        failed.then(|| (output.status.code(), stderr))
    }

    /// Returns the exit code of the run with the failure, `None` if no call failed, or what is wrong.
    fn check(&self, failure: &Failure, wanted: &[u8]) -> Result<Option<i32>, String> {
        let (_folder, path) = temp_path(self.name);
        if self.force {
            fs::write(&path, OLD).unwrap();
        }
        let Some((code, stderr)) = self.with_failure(&path, failure) else { return Ok(None) };
        let now = fs::read(&path).ok();
        let old = self.force.then(|| OLD.to_vec());
        match code {
            Some(0) if now.as_deref() != Some(wanted) => Err("exit 0 with a wrong file".into()),
            Some(0) => Ok(code),
            Some(5..=7) if now != old && now.as_deref() != Some(wanted) => {
                Err(format!("the file at the path is neither old nor complete: {stderr}"))
            }
            Some(5..=7) if !stderr.contains("error: ") => Err(format!("no error: {stderr}")),
            Some(5..=7) => {
                let left = file_names(&path);
                let (again, stderr_again) = self.resume(&path);
                if again != Some(0) {
                    return Err(format!(
                        "{stderr}\nthen, from {left:?}, {again:?}: {stderr_again}"
                    ));
                }
                if read(&path) != wanted {
                    return Err(format!("{stderr}\nthen a wrong file"));
                }
                if file_names(&path) != [self.name] {
                    return Err(format!("{stderr}\nthen {:?} is left", file_names(&path)));
                }
                Ok(code)
            }
            code => Err(format!("exit code {code:?}: {stderr}")),
        }
    }
}

const OLD: &[u8] = b"the file of last night\n";

/// The paths of an export's files, and of their folder.
fn touched(path: &Path) -> Vec<PathBuf> {
    let suffixes = [".partial", ".checkpoint", ".checkpoint.tmp", ".encoding"];
    let mut paths: Vec<_> = suffixes.iter().map(|suffix| with_suffix(path, suffix)).collect();
    paths.extend([path.to_owned(), path.parent().unwrap().to_owned()]);
    paths
}

fn failures() -> Vec<Failure> {
    let mut all = Vec::new();
    for (kind, calls, errnos) in FAILURES {
        for errno in errnos {
            all.extend((1..=MOST_CALLS).map(|number| Failure { kind, calls, errno, number }));
        }
    }
    all
}

/// Tries failures in a random order and returns, for each kind of call, how many happened and how
/// many of these runs ended with 0.
fn try_failures(job: Job<'_>, rng: &mut Rng, most: usize) -> BTreeMap<&'static str, (u64, u64)> {
    let (_folder, path) = temp_path(job.name);
    let (code, stderr) = job.resume(&path);
    assert_eq!(code, Some(0), "{stderr}");
    let wanted = read(&path);
    let mut failures = failures();
    rng.shuffle(&mut failures);
    let (mut counts, mut fewest) = (BTreeMap::new(), BTreeMap::new());
    let mut tried = 0;
    for failure in failures {
        if tried >= most {
            break;
        }
        // The export makes fewer calls of this kind, so it never makes the one with this number.
        if fewest.get(failure.kind).is_some_and(|fewest| failure.number >= *fewest) {
            continue;
        }
        let Failure { kind, errno, number, .. } = failure;
        match job.check(&failure, &wanted) {
            Ok(None) => {
                fewest.insert(kind, number);
            }
            Ok(Some(code)) => {
                tried += 1;
                let (failed, complete) = counts.entry(kind).or_insert((0, 0));
                *failed += 1;
                *complete += u64::from(code == 0);
            }
            Err(what) => panic!(
                "{}, force {}: {errno} for {kind} number {number}: {what}",
                job.name, job.force
            ),
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_failing_system_call_ends_in_a_complete_file_or_a_resumable_error() {
    let (seed, most) = (seed(), count("CALLS", 25) as usize);
    println!("SEED={seed} CALLS={most}");
    let simulator = Simulator::builder().videos(60).start().await.unwrap();
    thread::scope(|scope| {
        for (number, name) in ["videos.jsonl", "videos.csv"].into_iter().enumerate() {
            for force in [false, true] {
                let job = Job { simulator: &simulator, name, force };
                let seed = seed.wrapping_add(2 * number as u64 + u64::from(force));
                scope.spawn(move || {
                    let counts = try_failures(job, &mut Rng::with_seed(seed), most);
                    for (kind, (failed, complete)) in &counts {
                        println!("{name}, force {force}: {kind} failed {failed} times, {complete} complete");
                    }
                    assert!(!counts.is_empty(), "no call failed");
                });
            }
        }
    });
}
