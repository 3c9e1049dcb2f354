//! The bulk export: an account's videos as a file that is complete or absent.
//!
//! An [`Export`] writes the videos of a [`VideoQuery`](crate::VideoQuery) as JSON lines or CSV,
//! plain, gzip or zstd. While it runs, the file is `PATH.partial`, beside a small
//! `PATH.checkpoint`; `PATH` itself appears, by one rename, only when everything is in it. After a
//! crash, a signal or an error, a run with [`Existing::Resume`] goes on where the last checkpoint
//! was made, and the bytes it ends with are those of a run that nothing disturbed.
//!
//! # How the bytes get there
//!
//! 1. Pages are collected for a second or for 50 pages, whichever comes first; compressed, they are
//!    a gzip member or zstd frame of their own, so that a file may be cut between two of them.
//! 2. They are appended to `PATH.partial`, and that is synced.
//! 3. The checkpoint is written beside its place, synced, renamed into it, and the folder synced.
//!    It holds the cursor and the length that `PATH.partial` then has.
//! 4. At the end `PATH.partial` is renamed to `PATH`, the folder synced, the checkpoint removed.
//!
//! Steps 2 and 3 are done on a thread of the runtime's for blocking work, while pages go on coming
//! in.
//!
//! Until the end a lock on the file keeps other runs out. A run that restarts leaves an older
//! checkpoint and its file alone until it has something of its own to save.
//!
//! A resumed run cuts `PATH.partial` to the length in the checkpoint, so what a crash left behind
//! it is gone.

mod builder;
mod encode;
mod error;
mod event;
mod fields;
mod options;
mod run;
mod sink;
mod spool;
mod summary;

pub use builder::Export;
pub use encode::{Compression, Format};
pub use error::{ExportError, ExportErrorKind};
pub use event::Event;
pub use options::{Existing, Output, StopHandle};
pub use summary::{Outcome, Summary};
