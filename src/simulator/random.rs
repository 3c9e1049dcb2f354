//! Random numbers from a seed: `draw`, and the hash `mix` with its inverse `unmix`.

// The purposes of a draw. A seed must always give the same videos, so these must not change.
pub(super) const ID: u64 = 1;
pub(super) const DETAILS: u64 = 2;
pub(super) const BLOCK_SHIFT: u64 = 3;
pub(super) const FOLDER: u64 = 4;
pub(super) const FAULTS: u64 = 5;

/// A random number, the same for the same arguments on every platform and in every release.
pub(super) fn draw(seed: u64, purpose: u64, index: u64) -> u64 {
    mix(mix(seed ^ purpose << 56).wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// The finaliser of splitmix64, which is a bijection.
pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// The inverse of [`mix`]: its steps in reverse order, with the inverses of its factors.
pub(super) fn unmix(mut z: u64) -> u64 {
    z = (z ^ z >> 31 ^ z >> 62).wrapping_mul(0x3196_42b2_d24d_8ec3);
    z = (z ^ z >> 27 ^ z >> 54).wrapping_mul(0x96de_1b17_3f11_9089);
    z ^ z >> 30 ^ z >> 60
}
