//! The bulk export: writes the videos of an account to a file that is complete or absent.
//!
//! An [`Export`] writes the videos of a [`VideoQuery`](crate::VideoQuery) as JSON lines or CSV,
//! plain or compressed with gzip or zstd. While it runs, the videos are in `PATH.partial` and the
//! position is in a small `PATH.checkpoint`. `PATH` itself appears in one rename, when everything is
//! in it. After a crash, a signal or an error, a run with [`Existing::Resume`] goes on from the last
//! checkpoint, and the finished file has the same bytes as that of an undisturbed run.
//!
//! # How the bytes reach the disk
//!
//! 1. Pages are collected for a second or until there are 50, whichever comes first. With
//!    compression, each such batch is a gzip member or zstd frame of its own, so that the file can
//!    be truncated between two of them.
//! 2. The batch is appended to `PATH.partial`, which is then synced.
//! 3. The checkpoint is written to a temporary file, synced and renamed, and the folder is synced.
//!    It holds the cursor and the length of `PATH.partial`.
//! 4. At the end `PATH.partial` is renamed to `PATH`, the folder is synced and the checkpoint is
//!    removed.
//!
//! Steps 2 and 3 run on a thread for blocking work while more pages are received.
//!
//! A resumed run truncates `PATH.partial` to the length in the checkpoint, which removes what a
//! crash left after it. A lock on the file keeps other runs out until the export ends. A restarted
//! run keeps the older checkpoint and its file until it has something of its own to save.

mod builder;
mod encode;
mod ending;
mod error;
mod event;
mod fields;
mod files;
mod finish;
mod open;
mod options;
mod recent;
mod run;
mod sink;
mod spool;
mod summary;
mod summary_file;
mod time;
mod warning;

pub use builder::Export;
pub use encode::{Compression, Format};
#[cfg(feature = "__internals")]
pub(crate) use encode::{Encoding, encode_spool};
pub use error::{ExportError, ExportErrorKind};
pub use event::Event;
pub use options::{Existing, Output, StopHandle};
pub use summary::{Outcome, Summary};
pub use summary_file::SummaryFile;
pub use warning::Warning;
