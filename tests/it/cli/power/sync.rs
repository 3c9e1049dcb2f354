//! Syncs that are run again from each state that a power cut can leave.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::thread;

use fastrand::Rng;
use heygen_videos::simulator::Simulator;
use serde_json::Value;

use super::disk::{Disk, DiskState, choose};
use super::trace::{Calls, Change, FileId, TracedRun, changes};
use crate::support::cli::Cli;
use crate::support::export::{file_names, temp_path};
use crate::support::soak::{count, seed};
use crate::support::sync::{VALUES, daily, texts, video};

const NAME: &str = "videos.db";

/// A sync of an account, with the database before it.
struct Case {
    name: &'static str,
    simulator: Simulator,
    before: Option<Vec<u8>>,
    full: bool,
    /// How many videos the database has after it, without and with a mark of deletion.
    videos: [usize; 2],
}

/// How many videos all runs have saved.
const SAVED: &str =
    "SELECT CAST(coalesce(sum(inserted + updated + unchanged), 0) AS TEXT) FROM runs";

/// The events after which the videos before them must be on the disk.
const REPORTS: [&str; 2] = [r#""event":"checkpoint""#, r#""event":"summary""#];

/// A recorded run: the states that it can leave, and its rows.
struct Recording {
    states: Vec<DiskState>,
    wanted: Vec<String>,
    /// How many videos the runs before it have saved.
    earlier: u64,
}

impl Case {
    /// The first sync of 60 videos, in two batches.
    async fn first() -> Self {
        let (simulator, name) = (daily(60).await, "first sync");
        Self { name, simulator, before: None, full: false, videos: [60, 0] }
    }

    /// A later sync. New videos fill a batch, and others were changed or deleted.
    async fn later(full: bool) -> Self {
        let case = Self::first().await;
        let (_folder, path) = temp_path(NAME);
        case.sync(&path).unwrap();
        let before = Some(fs::read(&path).unwrap());
        let simulator = case.simulator;
        for number in 0..55 {
            simulator.insert(video(&format!("new-{number:02}"), 0, "completed"));
        }
        for (id, days) in [("v003", 3), ("v040", 40)] {
            simulator.insert(video(id, days, "failed"));
        }
        for id in ["v002", "v050"] {
            assert!(simulator.remove(id));
        }
        let name = if full { "full sync" } else { "incremental sync" };
        let videos = if full { [113, 2] } else { [115, 0] };
        Self { name, simulator, before, full, videos }
    }

    fn args<'a>(&self, path: &'a Path) -> Vec<&'a str> {
        let mut args = vec!["sync", "--page-size", "1", "--progress", "json"];
        args.extend(self.full.then_some("--full"));
        args.push(path.to_str().unwrap());
        args
    }

    fn sync(&self, path: &Path) -> Result<(), String> {
        let ended = Cli::on(&self.simulator, &self.args(path)).run();
        match ended.code {
            0 => Ok(()),
            code => Err(format!("exit code {code}: {}", ended.stderr)),
        }
    }

    fn record(&self) -> Recording {
        let (folder, path) = temp_path(NAME);
        let mut before = Vec::new();
        if let Some(bytes) = &self.before {
            fs::write(&path, bytes).unwrap();
            before.push((NAME.to_owned(), bytes.clone()));
        }
        let run = TracedRun::new(Calls::RecordAll, &path, &self.simulator, &self.args(&path));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let mut changes = changes(&run.lines, folder.path(), &before);
        changes.retain(|change| match change {
            Change::Report { text } => REPORTS.iter().any(|event| text.contains(event)),
            _ => true,
        });
        leave_out_shared_memory(&mut changes);
        let states = Disk::new(&before).states(&changes);
        // The trace was understood if it leads to the files of the run.
        let bytes = fs::read(&path).unwrap();
        let is_last = |state: &DiskState| {
            state.files.len() == 1
                && state.files.get(NAME).is_some_and(|(_, found)| *found == bytes)
        };
        assert!(states.iter().any(is_last), "the trace was not understood");
        let wanted = texts(&path, VALUES);
        let deleted = wanted.iter().filter(|row| row.ends_with(",1]")).count();
        assert_eq!([wanted.len() - deleted, deleted], self.videos, "{}", self.name);
        let earlier = self.before.as_ref().map_or(0, |bytes| {
            let (_folder, path) = temp_path(NAME);
            fs::write(&path, bytes).unwrap();
            saved(&path)
        });
        Recording { states, wanted, earlier }
    }

    /// Checks the database of a state, and syncs; returns a description of what went wrong, if
    /// anything.
    fn try_state(&self, recording: &Recording, state: &DiskState, shm: bool) -> Result<(), String> {
        let report: Option<Value> =
            state.report.as_ref().map(|text| serde_json::from_str(text).expect(text));
        let count = |name| report.as_ref().and_then(|report| report[name].as_u64()).unwrap_or(0);
        if state.files.contains_key(NAME) {
            // Opening a database changes it, so this is a copy.
            let (_folder, path) = temp_path(NAME);
            put(state, &path, shm);
            let check = texts(&path, "PRAGMA integrity_check");
            if check != ["ok"] {
                return Err(format!("integrity_check says {check:?}"));
            }
            let reported = count("inserted") + count("updated") + count("unchanged");
            if saved(&path) < recording.earlier + reported {
                return Err("a batch was reported as saved and is not on the disk".into());
            }
            let ended = report.is_some_and(|report| report["event"] == "summary");
            if ended && texts(&path, VALUES) != recording.wanted {
                return Err("the sync had ended, and its rows are not on the disk".into());
            }
        } else if self.before.is_some() || report.is_some() {
            return Err("the database is missing".into());
        }
        let (_folder, path) = temp_path(NAME);
        put(state, &path, shm);
        self.sync(&path)?;
        let names = file_names(&path);
        if names != [NAME] {
            return Err(format!("{names:?} is left"));
        }
        if texts(&path, "PRAGMA integrity_check") != ["ok"] {
            return Err("the next sync damaged the database".into());
        }
        if texts(&path, VALUES) == recording.wanted { Ok(()) } else { Err("wrong rows".into()) }
    }

    /// Tries all states, or a random selection of `most`.
    fn try_states(&self, rng: &mut Rng, most: usize) {
        let recording = self.record();
        let chosen = choose(recording.states.len(), most, rng);
        for number in &chosen {
            let state = &recording.states[*number];
            if let Err(what) = self.try_state(&recording, state, rng.bool()) {
                panic!("{}: {what}\nstate {number}: {:?}", self.name, state.lengths());
            }
        }
        let (states, tried) = (recording.states.len(), chosen.len());
        println!("{}: {states} states, {tried} tried, 0 wrong", self.name);
        assert!(states > 200, "the trace was not understood");
    }
}

/// How many videos all runs of a database have saved.
fn saved(path: &Path) -> u64 {
    texts(path, SAVED)[0].parse().unwrap()
}

/// Removes the changes of SQLite's index of its log. The run writes it through shared memory, which
/// strace does not show, and it is built again after a crash.
fn leave_out_shared_memory(changes: &mut Vec<Change>) {
    let is_shared = |name: &String| name.ends_with("-shm");
    let ids: HashSet<FileId> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Link { name, file } if is_shared(name) => Some(*file),
            _ => None,
        })
        .collect();
    changes.retain(|change| match change {
        Change::Write { file, .. } | Change::Truncate { file, .. } | Change::SyncFile { file } => {
            !ids.contains(file)
        }
        Change::Link { name, .. } | Change::Unlink { name } => !is_shared(name),
        Change::Rename { .. } | Change::SyncFolder | Change::Report { .. } => true,
    });
}

/// Writes the files of a state, and if `shm` is set an index of the log that is not usable.
fn put(state: &DiskState, path: &Path, shm: bool) {
    for (name, (_, bytes)) in &state.files {
        fs::write(path.with_file_name(name), bytes).unwrap();
    }
    if shm && state.files.contains_key(NAME) {
        fs::write(path.with_file_name(format!("{NAME}-shm")), [0xa5; 32_768]).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sync_continues_from_every_state_that_a_power_cut_can_leave() {
    let (seed, most) = (seed(), count("STATES", 25) as usize);
    println!("SEED={seed} STATES={most}");
    let cases = [Case::first().await, Case::later(false).await, Case::later(true).await];
    thread::scope(|scope| {
        for (number, case) in cases.iter().enumerate() {
            scope.spawn(move || {
                case.try_states(&mut Rng::with_seed(seed.wrapping_add(number as u64)), most);
            });
        }
    });
}
