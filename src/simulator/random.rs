//! Random numbers that depend only on the seed: `draw`, and `mix` with its inverse `unmix`.

/// What the numbers drawn for one video are for.
pub(super) const ID: u64 = 1;
pub(super) const DETAILS: u64 = 2;
pub(super) const BLOCK_SHIFT: u64 = 3;
pub(super) const FOLDER: u64 = 4;
pub(super) const FAULTS: u64 = 5;

/// A number that depends on nothing but these three, on every platform and in every release.
pub(super) fn draw(seed: u64, purpose: u64, index: u64) -> u64 {
    mix(mix(seed ^ purpose << 56).wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// The finaliser of splitmix64: a bijection that leaves no pattern.
pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// What [`mix`] made, undone: the same steps backwards, with the inverses of the factors.
pub(super) fn unmix(mut z: u64) -> u64 {
    z = (z ^ z >> 31 ^ z >> 62).wrapping_mul(0x3196_42b2_d24d_8ec3);
    z = (z ^ z >> 27 ^ z >> 54).wrapping_mul(0x96de_1b17_3f11_9089);
    z ^ z >> 30 ^ z >> 60
}
