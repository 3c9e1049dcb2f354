//! The program `heygen-videos`, run as a process.
#![cfg(feature = "cli")]

mod advice;
mod completions;
mod disk;
mod events;
mod export;
mod key;
mod kill;
mod list;
#[cfg(target_os = "linux")]
mod memory;
mod resume;
mod shown;
mod signals;
mod streams;
mod summary;
mod usage;
