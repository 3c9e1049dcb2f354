//! The export as a library.
#![cfg(feature = "export")]

mod edges;
mod foreign;
mod format;
mod race;
mod refused;
mod restart;
mod resume;
mod resumed;
mod saving;
mod selection;
mod summary_file;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod system_calls;
mod too_many;
