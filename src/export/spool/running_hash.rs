//! `RunningHash`: the hash of a spool, updated whenever bytes are added.

use std::fmt;

use sha2::{Digest, Sha256};

/// The SHA-256 of all bytes so far.
#[derive(Clone, Default)]
pub(super) struct RunningHash(Sha256);

impl RunningHash {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash in hexadecimal digits.
    pub(super) fn hex(&self) -> String {
        self.0.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for RunningHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_parts_is_the_hash_of_the_whole() {
        let mut hash = RunningHash::default();
        hash.update(b"a");
        let _ = hash.hex();
        hash.update(b"bc");
        assert_eq!(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
