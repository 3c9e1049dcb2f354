//! The program `heygen-videos`, run as a process.
#![cfg(feature = "cli")]

mod advice;
mod completions;
mod disk;
mod does_not_fit;
mod events;
mod export;
#[cfg(target_os = "linux")]
mod failing_calls;
mod hints;
mod key;
mod kill;
#[cfg(target_os = "linux")]
mod limits;
mod list;
#[cfg(target_os = "linux")]
mod memory;
mod nightly;
#[cfg(target_os = "linux")]
mod power;
mod resume;
mod selection;
mod shown;
mod signals;
mod streams;
mod summary;
mod unfinished;
mod urls;
mod usage;
