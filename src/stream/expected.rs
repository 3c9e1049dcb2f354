//! `Expected`: the carried videos that a page may show, for the comparison with that page.

use std::collections::{HashMap, HashSet};
use std::ptr;
use std::sync::Arc;

use super::carried::Carried;
use crate::cursor::YieldedRun;

/// The fingerprints that a page may show again, each with its run.
pub(super) struct Expected<'a> {
    carried: &'a Carried,
    runs: HashMap<u64, &'a YieldedRun>,
}

impl<'a> Expected<'a> {
    pub(super) fn new(carried: &'a Carried) -> Self {
        let mut runs = HashMap::new();
        for run in carried.expected() {
            for fingerprint in run.fingerprints.iter() {
                // If there are several runs, use the first.
                runs.entry(*fingerprint).or_insert(run);
            }
        }
        Self { carried, runs }
    }

    /// Returns the run of an expected video, and stops expecting the video.
    #[inline]
    pub(super) fn take(&mut self, fingerprint: u64) -> Option<&'a YieldedRun> {
        if self.runs.is_empty() { None } else { self.runs.remove(&fingerprint) }
    }

    /// The runs that later pages may still show. `new` are the new videos of the current page.
    pub(super) fn remaining(&self, new: impl Iterator<Item = u64>) -> Arc<[YieldedRun]> {
        if self.carried.runs.is_empty() {
            return Arc::default();
        }
        let new: HashSet<u64> = new.collect();
        let runs = self.carried.runs.iter().filter_map(|run| {
            // The page shows the video after the run, so the missing videos of the run were
            // deleted.
            if run.followed_by.is_some_and(|next| new.contains(&next)) {
                return None;
            }
            let is_expected = |id: &u64| self.runs.get(id).is_some_and(|by| ptr::eq(*by, run));
            let fingerprints: Arc<[u64]> =
                run.fingerprints.iter().copied().filter(is_expected).collect();
            let followed_by = run.followed_by;
            (!fingerprints.is_empty()).then_some(YieldedRun { fingerprints, followed_by })
        });
        runs.collect()
    }
}
