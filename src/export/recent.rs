//! `SavedIds`: which videos were saved recently, so that none is saved twice.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::io::{self, BufRead};

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_128;

/// How many ids are kept.
pub(crate) const WINDOW: usize = 10_000;

/// Hashes of the ids of the videos that were saved last. Memory does not grow with the export.
#[derive(Debug, Default)]
pub(crate) struct SavedIds {
    order: VecDeque<u128>,
    known: HashSet<u128>,
}

impl SavedIds {
    /// Reads the ids of saved videos, one JSON object a line.
    pub(crate) fn read(lines: impl BufRead) -> io::Result<Self> {
        let mut this = Self::default();
        for line in lines.split(b'\n') {
            let line = line?;
            this.insert(&saved_id(&line)?);
        }
        Ok(this)
    }

    /// Adds an id; returns false if the id is already there.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        let id = xxh3_128(id.as_bytes());
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > WINDOW
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// The id of a saved video. Only raw videos of v3 have no `video_id`; other videos may have an `id`
/// with another meaning.
fn saved_id(line: &[u8]) -> serde_json::Result<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct NamedVideo<'a> {
        #[serde(borrow)]
        video_id: Option<Cow<'a, str>>,
    }
    #[derive(Deserialize)]
    struct RawVideoV3<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
    }
    match serde_json::from_slice::<NamedVideo<'_>>(line)?.video_id {
        Some(id) => Ok(id),
        None => serde_json::from_slice::<RawVideoV3<'_>>(line).map(|raw| raw.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ids_are_known_and_older_ones_are_forgotten() {
        let mut recent = SavedIds::read(
            &b"{\"video_id\":\"a\"}\n{\"id\":1,\"video_id\":\"\\u0062\"}\n{\"id\":\"c\"}\n"[..],
        )
        .unwrap();
        assert!(!recent.insert("a") && !recent.insert("b") && !recent.insert("c"));
        for n in 0..WINDOW {
            assert!(recent.insert(&n.to_string()));
        }
        assert!(recent.insert("a"), "forgotten");
        assert!(!recent.insert("9999"));
        assert_eq!((recent.order.len(), recent.known.len()), (WINDOW, WINDOW));
    }
}
