//! Exports that are resumed from each state that a power cut can leave.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;

use fastrand::Rng;
use heygen_videos::simulator::Simulator;
use tempfile::TempDir;

use super::disk::{Disk, DiskState, choose};
use super::trace::{Calls, Change, FileId, TracedRun, changes};
use crate::support::export::{file_names, temp_path, with_suffix};
use crate::support::soak::{count, seed};

/// An export in one format, either new or replacing an older file.
struct Case {
    name: &'static str,
    force: bool,
}

const OLD: &[u8] = b"the file of last night\n";

/// A folder in which an export is recorded and resumed.
struct Lab<'a> {
    simulator: &'a Simulator,
    case: Case,
    folder: TempDir,
    path: PathBuf,
    /// Where the spool is kept between two states. The checkpoint identifies it by its inode, so
    /// each state uses the recorded file itself with other bytes.
    stash: TempDir,
}

/// A recorded run: the states that it can leave, its file, and the files of the trace that the
/// checkpoint identifies by their inodes.
struct Recording {
    states: Vec<DiskState>,
    wanted: Vec<u8>,
    spool: FileId,
    encoding: Option<FileId>,
    inode: u64,
}

impl<'a> Lab<'a> {
    fn new(simulator: &'a Simulator, case: Case) -> Self {
        let (folder, path) = temp_path(case.name);
        Self { simulator, case, folder, path, stash: tempfile::tempdir().unwrap() }
    }

    fn partial(&self) -> PathBuf {
        with_suffix(&self.path, ".partial")
    }

    fn stashed(&self) -> PathBuf {
        self.stash.path().join("spool")
    }

    /// A second name for the encoded file. The export does not check whether it has one.
    fn stashed_encoding(&self) -> PathBuf {
        self.stash.path().join("encoding")
    }

    fn run(&self, calls: Calls) -> TracedRun {
        let mut args = vec!["export", "--resume", "--page-size", "1", "--progress", "none"];
        args.extend(self.case.force.then_some("--force"));
        args.extend(["--output", self.path.to_str().unwrap()]);
        TracedRun::new(calls, &self.partial(), self.simulator, &args)
    }

    fn empty(&self) {
        for name in file_names(&self.path) {
            fs::remove_file(self.folder.path().join(name)).unwrap();
        }
    }

    fn record(&self) -> Recording {
        self.empty();
        let mut before = Vec::new();
        if self.case.force {
            fs::write(&self.path, OLD).unwrap();
            before.push((self.case.name.to_owned(), OLD.to_vec()));
        }
        let run = self.run(Calls::Record);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let wanted = fs::read(&self.path).unwrap();
        let changes = changes(&run.lines, self.folder.path(), &before);
        let created = |path: &Path| {
            changes.iter().find_map(|change| match change {
                Change::Link { name, file } if *name == file_name(path) => Some(*file),
                _ => None,
            })
        };
        let spool = created(&self.partial());
        let encoding = created(&with_suffix(&self.path, ".encoding"));
        if encoding.is_some() {
            let _ = fs::remove_file(self.stashed_encoding());
            fs::hard_link(&self.path, self.stashed_encoding()).unwrap();
        }
        let spool_path = [self.partial(), self.path.clone()].into_iter().find(|path| path.exists());
        fs::rename(spool_path.unwrap(), self.stashed()).unwrap();
        Recording {
            states: Disk::new(&before).states(&changes),
            wanted,
            spool: spool.expect("the export begins with its partial file"),
            encoding,
            inode: fs::metadata(self.stashed()).unwrap().ino(),
        }
    }

    fn put(&self, state: &DiskState, spool: FileId, encoding: Option<FileId>) {
        self.empty();
        for (name, (file, bytes)) in &state.files {
            let path = self.folder.path().join(name);
            if *file == spool {
                fs::write(self.stashed(), bytes).unwrap();
                fs::hard_link(self.stashed(), &path).unwrap();
            } else if Some(*file) == encoding {
                fs::write(self.stashed_encoding(), bytes).unwrap();
                fs::hard_link(self.stashed_encoding(), &path).unwrap();
            } else {
                fs::write(&path, bytes).unwrap();
            }
        }
        // In this state the spool has either one name, as the checkpoint requires, or none.
        if state.files.values().any(|(file, _)| *file == spool) {
            fs::remove_file(self.stashed()).unwrap();
        }
    }

    /// Puts the spool back into the stash; returns false if the run replaced or removed it.
    fn stash_again(&self, inode: u64) -> bool {
        let mut names =
            file_names(&self.path).into_iter().map(|name| self.folder.path().join(name));
        if let Some(spool) = names.find(|path| fs::metadata(path).unwrap().ino() == inode) {
            fs::rename(spool, self.stashed()).unwrap();
        }
        self.stashed().exists()
    }

    /// Resumes from a state; returns a description of what went wrong, if anything.
    fn resume(&self, recording: &Recording, state: &DiskState) -> Result<(), String> {
        let at_path = state.files.get(self.case.name).map(|(_, bytes)| &bytes[..]);
        let old = self.case.force.then_some(OLD);
        if at_path != old && at_path != Some(&recording.wanted[..]) {
            return Err("the path has neither the old file nor the new one".into());
        }
        self.put(state, recording.spool, recording.encoding);
        let keeps = state.files.keys().any(|name| name.ends_with(".checkpoint"));
        let run = self.run(if keeps { Calls::KeepPartial } else { Calls::Nothing });
        if run.code != 0 {
            return Err(format!("exit code {}: {}", run.code, run.stderr));
        }
        if fs::read(&self.path).ok().as_ref() != Some(&recording.wanted) {
            return Err("the file is wrong".into());
        }
        let removed = run.lines.iter().any(|line| line.starts_with("unlink"));
        let partial = file_name(&self.partial());
        let mut left = file_names(&self.path);
        left.retain(|name| name != self.case.name && !(removed && *name == partial));
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?} is left")) }
    }

    /// Tries all states, or a random selection of `most`. Returns how many states there are, and how
    /// many were tried.
    fn try_states(&self, rng: &mut Rng, most: usize) -> (usize, usize) {
        let mut recording = self.record();
        let chosen = choose(recording.states.len(), most, rng);
        for number in &chosen {
            // A new recording can have fewer states, because batches may be split differently.
            let Some(state) = recording.states.get(*number) else { continue };
            if let Err(what) = self.resume(&recording, state) {
                let Case { name, force } = self.case;
                panic!("{name}, force {force}: {what}\nstate {number}: {:?}", state.lengths());
            }
            if !self.stash_again(recording.inode) {
                recording = self.record();
            }
        }
        (recording.states.len(), chosen.len())
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_resumes_from_every_state_that_a_power_cut_can_leave() {
    let (seed, most) = (seed(), count("STATES", 40) as usize);
    println!("SEED={seed} STATES={most}");
    // Three checkpoints: before the first video, after 50 pages, and at the end.
    let simulator = Simulator::builder().videos(60).start().await.unwrap();
    let mut cases = Vec::new();
    for name in ["videos.jsonl", "videos.csv", "videos.jsonl.gz"] {
        cases.extend([false, true].map(|force| Case { name, force }));
    }
    thread::scope(|scope| {
        for (number, case) in cases.into_iter().enumerate() {
            let simulator = &simulator;
            scope.spawn(move || {
                let mut rng = Rng::with_seed(seed.wrapping_add(number as u64));
                let lab = Lab::new(simulator, case);
                let (states, tried) = lab.try_states(&mut rng, most);
                let Case { name, force } = lab.case;
                println!("{name}, force {force}: {states} states, {tried} tried, 0 wrong");
                assert!(states > 25, "the trace was not understood");
            });
        }
    });
}
