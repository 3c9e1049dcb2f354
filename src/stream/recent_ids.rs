//! `RecentIds`: the ids that a walk yielded last, in fixed memory.

/// How many videos a walk remembers, so that none of them is yielded again. It is also the maximum
/// number of yielded videos that a cursor carries because later pages may show them again.
pub(super) const REMEMBERED: usize = 10_000;

/// More than one and a half times `REMEMBERED`, so that searches are short; a power of two.
const SLOTS: usize = 1 << 14;

const FREE: u16 = u16::MAX;

/// The fingerprints of the last 10,000 ids: at most 80 KB and a table of 32 KB.
///
/// The fingerprints are good hashes already, so the table does not hash them again.
#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    /// Once it is full, it is a ring: the entry at `oldest` is replaced next.
    fingerprints: Vec<u64>,
    oldest: usize,
    /// Indices into `fingerprints`, by linear probing; empty before the first insert.
    table: Box<[u16]>,
}

impl RecentIds {
    /// Adds an id. If it is already one of the last 10,000, nothing changes, and the result is how
    /// many ids were added after it.
    pub(super) fn insert(&mut self, fingerprint: u64) -> Option<usize> {
        if self.table.is_empty() {
            self.table = vec![FREE; SLOTS].into();
        }
        let mut slot = home(fingerprint);
        while self.table[slot] != FREE {
            let index = usize::from(self.table[slot]);
            if self.fingerprints[index] == fingerprint {
                let len = self.fingerprints.len();
                return Some((self.oldest + len - 1 - index) % len);
            }
            slot = after(slot);
        }
        if self.fingerprints.len() < REMEMBERED {
            // Grows to `REMEMBERED` exactly; `push` alone would double past it.
            let len = self.fingerprints.len();
            if len == self.fingerprints.capacity() {
                self.fingerprints.reserve_exact((2 * len).clamp(100, REMEMBERED) - len);
            }
            self.fingerprints.push(fingerprint);
            self.table[slot] = len as u16;
        } else {
            let index = self.oldest;
            self.remove(index);
            self.oldest = (index + 1) % REMEMBERED;
            self.fingerprints[index] = fingerprint;
            // Removing may have freed a slot that comes before the one found.
            let mut slot = home(fingerprint);
            while self.table[slot] != FREE {
                slot = after(slot);
            }
            self.table[slot] = index as u16;
        }
        None
    }

    /// Frees the slot of an index, and moves later slots up so that searches still find them.
    fn remove(&mut self, index: usize) {
        let mut free = home(self.fingerprints[index]);
        while usize::from(self.table[free]) != index {
            free = after(free);
        }
        let mut slot = after(free);
        while self.table[slot] != FREE {
            let wanted = home(self.fingerprints[usize::from(self.table[slot])]);
            // Whether `free` is on the way from the wanted slot to the present one.
            if distance(wanted, free) < distance(wanted, slot) {
                self.table[free] = self.table[slot];
                free = slot;
            }
            slot = after(slot);
        }
        self.table[free] = FREE;
    }
}

fn home(fingerprint: u64) -> usize {
    fingerprint as usize % SLOTS
}

fn after(slot: usize) -> usize {
    (slot + 1) % SLOTS
}

fn distance(from: usize, to: usize) -> usize {
    to.wrapping_sub(from) % SLOTS
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
        // All ids belong in three quarters of the slots, so that searches are long and wrap around
        // at the end.
        let mut rng = fastrand::Rng::with_seed(7);
        let mut recent = RecentIds::default();
        // The ids in order, and the number of each.
        let (mut order, mut numbers) = (VecDeque::new(), HashMap::new());
        let mut added = 0;
        for _ in 0..60_000 {
            let slot = (10_000 + rng.u64(..12_000)) % SLOTS as u64;
            let id = rng.u64(..4) * SLOTS as u64 + slot;
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
        assert_eq!(recent.table.len(), SLOTS);
    }
}
