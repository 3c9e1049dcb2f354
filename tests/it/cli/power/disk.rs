//! What a disk may hold after a power cut: every mix of synced and unsynced changes.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use fastrand::Rng;

use super::trace::{Change, FileId};

/// The size of a page of the page cache. Data reaches the disk page by page.
const PAGE: usize = 4096;

/// With more unsynced parts than this, not every subset is built, but each prefix, each single
/// part, and all parts except one.
const MOST_SUBSETS: usize = 6;

/// What a power cut may leave.
#[derive(Debug, Clone, Default)]
pub(crate) struct DiskState {
    /// The files of the folder: the file id and the bytes for each name.
    pub(crate) files: BTreeMap<String, (FileId, Vec<u8>)>,
    /// The last report that the run may have made before this power cut.
    pub(crate) report: Option<String>,
}

impl DiskState {
    /// The names and the lengths of the files.
    pub(crate) fn lengths(&self) -> Vec<(&str, usize)> {
        self.files.iter().map(|(name, (_, bytes))| (&**name, bytes.len())).collect()
    }
}

/// Chooses up to `most` of this many states at random. Returns their numbers.
pub(crate) fn choose(states: usize, most: usize, rng: &mut Rng) -> Vec<usize> {
    let mut chosen: Vec<_> = (0..states).collect();
    rng.shuffle(&mut chosen);
    chosen.truncate(most);
    chosen
}

/// Bytes within one page that were written but not synced.
#[derive(Debug, Clone)]
enum Part {
    Bytes { at: usize, bytes: Vec<u8> },
    Len(usize),
}

#[derive(Debug, Clone, Default)]
struct File {
    synced: Vec<u8>,
    unsynced: Vec<Part>,
}

/// Follows the changes of a run and collects every state that a power cut may leave.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    synced_names: BTreeMap<String, FileId>,
    unsynced_names: Vec<Change>,
    report: Option<String>,
    /// The index of each state, by the hash of its files.
    found: HashMap<u64, usize>,
}

impl Disk {
    /// A disk on which these files are synced.
    pub(crate) fn new(before: &[(String, Vec<u8>)]) -> Self {
        let files = before.iter();
        let files = files.map(|(_, bytes)| File { synced: bytes.clone(), unsynced: Vec::new() });
        let names = before.iter().enumerate().map(|(id, (name, _))| (name.clone(), id));
        Self { files: files.collect(), synced_names: names.collect(), ..Self::default() }
    }

    /// All states without duplicates, in the order in which the run could first leave them.
    pub(crate) fn states(mut self, changes: &[Change]) -> Vec<DiskState> {
        let mut states = Vec::new();
        self.collect(&mut states);
        for change in changes {
            self.apply(change);
            self.collect(&mut states);
        }
        states
    }

    fn file(&mut self, id: FileId) -> &mut File {
        if self.files.len() <= id {
            self.files.resize_with(id + 1, File::default);
        }
        &mut self.files[id]
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Write { file, at, bytes } => {
                let unsynced = &mut self.file(*file).unsynced;
                let mut start = 0;
                while start < bytes.len() {
                    let end = bytes.len().min((at + start) / PAGE * PAGE + PAGE - at);
                    let bytes = bytes[start..end].to_vec();
                    unsynced.push(Part::Bytes { at: at + start, bytes });
                    start = end;
                }
            }
            Change::Truncate { file, len } => self.file(*file).unsynced.push(Part::Len(*len)),
            Change::SyncFile { file } => {
                let file = self.file(*file);
                let all = vec![true; file.unsynced.len()];
                file.synced = file.with(&all);
                file.unsynced.clear();
            }
            Change::SyncFolder => {
                let all = vec![true; self.unsynced_names.len()];
                self.synced_names = self.names_with(&all);
                self.unsynced_names.clear();
            }
            Change::Link { file, .. } => {
                self.file(*file);
                self.unsynced_names.push(change.clone());
            }
            Change::Unlink { .. } | Change::Rename { .. } => {
                self.unsynced_names.push(change.clone())
            }
            Change::Report { text } => self.report = Some(text.clone()),
        }
    }

    /// The names, if only the marked changes reached the disk.
    fn names_with(&self, there: &[bool]) -> BTreeMap<String, FileId> {
        let mut names = self.synced_names.clone();
        for (change, _) in self.unsynced_names.iter().zip(there).filter(|(_, there)| **there) {
            match change {
                Change::Link { name, file } => {
                    names.insert(name.clone(), *file);
                }
                Change::Unlink { name } => {
                    names.remove(name);
                }
                Change::Rename { from, to } => {
                    if let Some(file) = names.remove(from) {
                        names.insert(to.clone(), file);
                    }
                }
                _ => {}
            }
        }
        names
    }

    fn collect(&mut self, states: &mut Vec<DiskState>) {
        for there in subsets(self.unsynced_names.len()) {
            let names = self.names_with(&there);
            let mut mixes = vec![DiskState::default()];
            for (name, id) in &names {
                let contents = self.files[*id].contents();
                let with = |mix: &DiskState, bytes: &Vec<u8>| {
                    let mut mix = mix.clone();
                    mix.files.insert(name.clone(), (*id, bytes.clone()));
                    mix
                };
                mixes = mixes
                    .iter()
                    .flat_map(|mix| contents.iter().map(move |bytes| with(mix, bytes)))
                    .collect();
            }
            for state in mixes {
                let mut hasher = DefaultHasher::new();
                state.files.hash(&mut hasher);
                let number = *self.found.entry(hasher.finish()).or_insert(states.len());
                if number == states.len() {
                    states.push(state);
                }
                states[number].report.clone_from(&self.report);
            }
        }
    }
}

impl File {
    /// The bytes, if only the marked parts reached the disk. A lost part before a written part
    /// reads as zeros, because the file's length reaches the disk together with the written part.
    fn with(&self, there: &[bool]) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for (part, _) in self.unsynced.iter().zip(there).filter(|(_, there)| **there) {
            match part {
                Part::Bytes { at, bytes: part } => {
                    let end = at + part.len();
                    if bytes.len() < end {
                        bytes.resize(end, 0);
                    }
                    bytes[*at..end].copy_from_slice(part);
                }
                Part::Len(len) => bytes.resize(*len, 0),
            }
        }
        bytes
    }

    fn contents(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<_> =
            subsets(self.unsynced.len()).iter().map(|there| self.with(there)).collect();
        // The new length can reach the disk before the data.
        let whole = self.with(&vec![true; self.unsynced.len()]).len();
        let mut zeros = self.synced.clone();
        zeros.resize(whole, 0);
        all.push(zeros);
        all.sort();
        all.dedup();
        all
    }
}

/// Which of `n` changes reached the disk: every subset, or a selection if there are many.
fn subsets(n: usize) -> Vec<Vec<bool>> {
    if n <= MOST_SUBSETS {
        return (0..1usize << n)
            .map(|bits| (0..n).map(|at| bits >> at & 1 == 1).collect())
            .collect();
    }
    let mut all = Vec::new();
    for k in 0..=n {
        all.push((0..n).map(|at| at < k).collect());
        if k < n {
            all.push((0..n).map(|at| at == k).collect());
            all.push((0..n).map(|at| at != k).collect());
        }
    }
    all
}
