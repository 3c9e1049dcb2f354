//! `RecentIds`: the ids that a walk yielded last, in fixed memory.

/// How many videos a walk remembers, so that none of them is yielded again. It is also the maximum
/// number of yielded videos that a cursor carries because later pages may show them again.
pub(super) const REMEMBERED: usize = 10_000;

/// More than `REMEMBERED`, so that chains are short; a power of two.
const CHAINS: usize = 1 << 14;

const NONE: u16 = u16::MAX;

/// The fingerprints of the last 10,000 ids: at most 80 KB and tables of 52 KB.
///
/// The fingerprints are good hashes already, so they are not hashed again. A fingerprint that is
/// forgotten stays in its chain. A search stops there, because all after it are forgotten, too.
#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    /// Once it is full, it is a ring: the entry at `oldest` is replaced next.
    fingerprints: Vec<u64>,
    oldest: usize,
    /// For each chain, the index of the last fingerprint added to it; empty before the first
    /// insert.
    chains: Box<[u16]>,
    /// For each fingerprint, the index of the one added to its chain before it.
    before: Box<[u16]>,
}

impl RecentIds {
    /// Adds an id. If it is already one of the last 10,000, nothing changes, and the result is how
    /// many ids were added after it.
    pub(super) fn insert(&mut self, fingerprint: u64) -> Option<usize> {
        if self.chains.is_empty() {
            self.chains = vec![NONE; CHAINS].into();
            self.before = vec![NONE; REMEMBERED].into();
        }
        let chain = fingerprint as usize % CHAINS;
        let (mut at, mut youngest) = (self.chains[chain], 0);
        while at != NONE {
            let index = usize::from(at);
            let added_after = self.added_after(index);
            // A chain goes from newer fingerprints to older ones. This one is newer than the one
            // before it, so it has replaced a forgotten one, and the chain ends here.
            if added_after < youngest {
                break;
            }
            if self.fingerprints[index] == fingerprint {
                return Some(added_after);
            }
            (at, youngest) = (self.before[index], added_after + 1);
        }
        let index = self.place(fingerprint);
        self.before[index] = std::mem::replace(&mut self.chains[chain], index as u16);
        None
    }

    /// How many ids were added after the one at this index.
    fn added_after(&self, index: usize) -> usize {
        let len = self.fingerprints.len();
        let added = self.oldest + len - 1 - index;
        if added < len { added } else { added - len }
    }

    /// Stores a fingerprint, in place of the oldest if there are 10,000. Returns its index.
    fn place(&mut self, fingerprint: u64) -> usize {
        let len = self.fingerprints.len();
        if len == REMEMBERED {
            let index = self.oldest;
            self.oldest = (index + 1) % REMEMBERED;
            self.fingerprints[index] = fingerprint;
            return index;
        }
        // Grows to `REMEMBERED` exactly; `push` alone would double past it.
        if len == self.fingerprints.capacity() {
            self.fingerprints.reserve_exact((2 * len).clamp(100, REMEMBERED) - len);
        }
        self.fingerprints.push(fingerprint);
        len
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, VecDeque};

    use super::*;

    #[test]
    fn exactly_the_last_ids_are_known() {
        let mut recent = RecentIds::default();
        let ids = REMEMBERED as u64;
        assert!((0..ids).all(|id| recent.insert(id).is_none()));
        assert!((0..ids).all(|id| recent.insert(id).is_some()), "all are known");
        assert_eq!(recent.insert(ids), None, "the oldest, 0, is forgotten for it");
        assert!((1..=ids).all(|id| recent.insert(id) == Some((ids - id) as usize)));
        assert_eq!(recent.insert(0), None);
        assert_eq!(recent.insert(1), None, "forgotten for 0");
    }

    #[test]
    fn random_ids_are_known_like_those_of_a_plain_list() {
        // All ids are in three quarters of the chains, so that searches are long.
        let mut rng = fastrand::Rng::with_seed(7);
        let mut recent = RecentIds::default();
        // The ids in order, and the number of each.
        let (mut order, mut numbers) = (VecDeque::new(), HashMap::new());
        let mut added = 0;
        for _ in 0..60_000 {
            let id = rng.u64(..4) * CHAINS as u64 + rng.u64(..12_000);
            let added_after = numbers.get(&id).map(|number| added - number - 1);
            assert_eq!(recent.insert(id), added_after);
            if added_after.is_none() {
                numbers.insert(id, added);
                order.push_back(id);
                added += 1;
                if order.len() > REMEMBERED {
                    order.pop_front().map(|oldest| numbers.remove(&oldest));
                }
            }
        }
        assert!(added > REMEMBERED, "ids were forgotten");
    }

    #[test]
    fn memory_does_not_grow_with_the_number_of_ids() {
        let mut recent = RecentIds::default();
        for id in 0..200_000_u64 {
            recent.insert(id.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        assert_eq!(recent.fingerprints.capacity(), REMEMBERED);
        assert_eq!((recent.chains.len(), recent.before.len()), (CHAINS, REMEMBERED));
    }
}
