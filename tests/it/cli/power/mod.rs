//! Power cuts: exports and syncs whose disk loses everything that was not synced, repeated from each
//! state of the disk.
//!
//! strace records the changes that a run makes to its folder. From these, the tests build each state
//! that a POSIX file system may have after a power cut, put it in a folder, and run again.
//! `STATES=1000000 cargo test --release --features cli --test it -- --nocapture cli::power` tries
//! all states. CI tries a random selection.

mod disk;
mod export;
mod sync;
mod trace;
