//! Verifies that the partial file still matches its checkpoint.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};

use super::partial_file::{CheckpointState, PartialFile, failed};
use super::preflight::altered;
use super::running_hash::RunningHash;
use crate::export::error::ExportError;
use crate::export::recent::{SavedIds, WINDOW};

/// How much is read at once.
const PIECE: usize = 128 << 10;

impl PartialFile {
    /// Reads the saved videos once, refuses them if they were altered, and removes everything after
    /// them.
    ///
    /// Returns the ids of the last videos; `None` if it was cancelled.
    pub(crate) fn verify(&mut self, cancel: &AtomicBool) -> Result<Option<SavedIds>, ExportError> {
        let saved = self.checkpoint()?.clone();
        let partial = self.at.files.partial.clone();
        let read = self.read_counted(saved.bytes, cancel);
        let Some((hash, starts)) = read.map_err(|error| failed("read", &partial, error))? else {
            return Ok(None);
        };
        if hash.hex() != saved.hash {
            // The file now holds something else, so this run must not change it.
            self.state = CheckpointState::NotOurs;
            return Err(altered(&partial, "was altered since it was saved"));
        }
        if self.state != CheckpointState::Own {
            return Ok(Some(SavedIds::default()));
        }
        self.hash = hash;
        self.cut().map_err(|error| failed("truncate", &partial, error))?;
        let ids = self.read_ids(starts.front().copied().unwrap_or(saved.bytes), saved.bytes);
        ids.map(Some).map_err(|error| failed("read the saved videos of", &partial, error))
    }

    /// The hash of the first `bytes` bytes, and where the last lines begin.
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
                // One more than the window: the last entry is the end of the last line.
                if starts.len() > WINDOW + 1 {
                    starts.pop_front();
                }
            }
            at += length as u64;
        }
    }

    fn read_ids(&self, from: u64, to: u64) -> io::Result<SavedIds> {
        let mut file = &self.lock.file;
        file.seek(SeekFrom::Start(from))?;
        SavedIds::read(BufReader::with_capacity(PIECE, file.take(to - from)))
    }
}
