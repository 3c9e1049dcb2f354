//! The export as a library.
#![cfg(feature = "export")]

#[cfg(target_os = "linux")]
mod access_list;
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
