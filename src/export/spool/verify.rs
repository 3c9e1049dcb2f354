//! Verifies that the partial file still matches its checkpoint.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};

use super::checkpoint::Checkpoint;
use super::partial_file::{CheckpointState, PartialFile, failed};
use super::preflight::{KnownBy, altered, not_described};
use super::records::is_rest_of_records;
use super::running_hash::RunningHash;
use crate::export::error::ExportError;
use crate::export::recent::{SavedIds, WINDOW};

/// How many bytes are read at once.
const PIECE: usize = 128 << 10;

impl PartialFile {
    /// Reads the saved bytes once, fails if they were altered, and cuts off the invalid rest.
    ///
    /// Returns the ids of the last videos; `None` if it was cancelled.
    pub(crate) fn verify(&mut self, cancel: &AtomicBool) -> Result<Option<SavedIds>, ExportError> {
        // A restarted export has replaced the checkpoint in memory, but not yet on disk.
        let saved = self.older.as_ref().map_or_else(|| self.checkpoint(), Ok)?.clone();
        let partial = self.at.files.partial.clone();
        let read = self.read_counted(saved.bytes, cancel);
        let Some((hash, starts)) = read.map_err(|error| failed("read", &partial, error))? else {
            return Ok(None);
        };
        if hash.hex() != saved.hash {
            // The file has changed since it was saved, so this run must not touch it.
            self.state = CheckpointState::NotOurs;
            return Err(altered(&partial, "was altered since it was saved"));
        }
        if self.known_by == KnownBy::HashAndRest {
            let is_ours = self.rest(saved.bytes).and_then(|rest| is_rest_of_records(rest, cancel));
            match is_ours.map_err(|error| failed("read", &partial, error))? {
                Some(true) => {}
                Some(false) => {
                    self.state = CheckpointState::NotOurs;
                    return Err(not_described(&partial));
                }
                None => return Ok(None),
            }
        }
        // A file that is known by its id was made private before.
        self.make_private();
        if self.state != CheckpointState::Own {
            return Ok(Some(SavedIds::default()));
        }
        self.hash = hash;
        self.cut().map_err(|error| failed("truncate", &partial, error))?;
        let ids = self.read_ids(starts.front().copied().unwrap_or(saved.bytes), saved.bytes);
        ids.map(Some).map_err(|error| failed("read the saved videos of", &partial, error))
    }

    /// The hash of the valid bytes, and the positions of the last lines.
    fn read_counted(
        &mut self,
        bytes: u64,
        cancel: &AtomicBool,
    ) -> io::Result<Option<(RunningHash, VecDeque<u64>)>> {
        let mut file = &self.lock.file;
        file.seek(SeekFrom::Start(0))?;
        let mut file = file.take(bytes);
        let (mut hash, mut starts) = (RunningHash::default(), VecDeque::from([0]));
        let (mut piece, mut at) = (vec![0; PIECE], 0);
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let length = file.read(&mut piece)?;
            if length == 0 {
                return Ok(Some((hash, starts)));
            }
            hash.update(&piece[..length]);
            let ends = (0..length).filter(|n| piece[*n] == b'\n');
            for end in ends {
                starts.push_back(at + end as u64 + 1);
                // Keep one position more than lines, because the end of the last line is a
                // position, too.
                if starts.len() > WINDOW + 1 {
                    starts.pop_front();
                }
            }
            at += length as u64;
        }
    }

    /// Whether the file has exactly the bytes that the checkpoint counts.
    pub(super) fn is_spool_of(&mut self, saved: &Checkpoint) -> io::Result<bool> {
        let length = self.lock.file.metadata()?.len();
        let never = AtomicBool::new(false);
        let read = (length == saved.bytes).then(|| self.read_counted(saved.bytes, &never));
        Ok(read.transpose()?.flatten().is_some_and(|(hash, _)| hash.hex() == saved.hash))
    }

    /// What follows the bytes that the checkpoint counts.
    fn rest(&self, from: u64) -> io::Result<BufReader<&File>> {
        let mut file = &self.lock.file;
        file.seek(SeekFrom::Start(from))?;
        Ok(BufReader::with_capacity(PIECE, file))
    }

    fn read_ids(&self, from: u64, to: u64) -> io::Result<SavedIds> {
        let mut file = &self.lock.file;
        file.seek(SeekFrom::Start(from))?;
        SavedIds::read(BufReader::with_capacity(PIECE, file.take(to - from)))
    }
}
