//! The changes of the account: while a stream is open, and between two.

use std::collections::HashSet;

use heygen_videos::Cursor;

use super::super::case::{Change, Leg, Made};
use super::super::reference::{Account, Facts, Position, SortKey};
use super::Run;

impl Run {
    pub(super) fn create(&mut self, made: Made, id: &str, status: &'static str) -> SortKey {
        let key = SortKey::new(made.rank, id);
        let created_at = if self.newest_first { made.rank } else { made.created_at };
        self.put(&key, Facts { created_at, status });
        key
    }

    fn put(&mut self, key: &SortKey, facts: Facts) {
        self.account.insert(key.clone(), facts);
        self.server.shop().account.insert(key.clone(), facts);
        let known = self.known.entry(key.id().to_owned());
        let new = || (key.clone(), facts.created_at, HashSet::new());
        known.or_insert_with(new).2.insert(facts.status);
    }

    pub(super) fn change(&mut self, change: &Change) {
        self.tally.changes += 1;
        let one = |account: &Account, at: usize| account.keys().cycle().nth(at).cloned();
        match change {
            Change::Create(made) => {
                let id = format!("n{:03}", self.creations);
                self.creations += 1;
                self.create(*made, &id, "pending");
            }
            Change::Delete(at) => {
                let Some(key) = one(&self.account, *at) else { return };
                self.deletions += 1;
                self.account.remove(&key);
                self.due.remove(key.id());
                self.server.shop().account.remove(&key);
            }
            Change::Restate(at, status) => {
                let Some(key) = one(&self.account, *at) else { return };
                let created_at = self.account[&key].created_at;
                self.put(&key, Facts { created_at, status });
            }
        }
    }

    /// Whether a video is behind the page where the next stream begins. Without a prediction of
    /// that page it is false.
    fn is_after_position(&self, key: &SortKey) -> bool {
        match &self.position {
            Position::After(place, _) => {
                self.exact && place.as_ref().is_none_or(|place| place < key)
            }
            Position::Finished => false,
        }
    }

    /// Makes changes while no stream is open. A video that is created behind all yielded ones must
    /// be yielded.
    pub(super) fn between(&mut self, leg: &Leg) {
        let position: Option<Cursor> = self.cursor.as_ref().map(|text| text.parse().unwrap());
        let over = position.is_some_and(|position| position.is_finished());
        for change in &leg.before {
            let creations = self.creations;
            self.change(change);
            if let Change::Create(made) = change {
                let id = format!("n{creations:03}");
                let key = SortKey::new(made.rank, &id);
                let is_behind = self.last_yielded.as_ref().is_none_or(|last| *last < key);
                // Past a video that is too old, the walk may be further than the last yielded one.
                let is_known = self.since.is_none() || self.is_after_position(&key);
                if !over && is_behind && is_known {
                    self.due.insert(id);
                }
            }
        }
    }
}
