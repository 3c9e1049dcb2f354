//! The export as a library.
#![cfg(feature = "export")]

mod edges;
mod format;
mod race;
mod refused;
mod restart;
mod resume;
mod saving;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod system_calls;
