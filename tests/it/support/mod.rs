//! Helpers that several test folders share.

#[cfg(feature = "cli")]
pub(crate) mod cli;
#[cfg(feature = "export")]
pub(crate) mod export;
pub(crate) mod fault;
pub(crate) mod listing;
pub(crate) mod log;
pub(crate) mod mock;
pub(crate) mod soak;
#[cfg(all(feature = "cli", target_os = "linux"))]
pub(crate) mod strace;
#[cfg(feature = "sqlite")]
pub(crate) mod sync;
#[cfg(feature = "tap")]
pub(crate) mod tap;
#[cfg(feature = "cli")]
pub(crate) mod terminal;
pub(crate) mod tls;
pub(crate) mod walk;
