//! The bulk export: writes the videos of an account to a file that is complete or absent.
//!
//! An [`Export`] writes the videos of a [`VideoQuery`](crate::VideoQuery) as JSON lines or CSV,
//! plain or compressed with gzip or zstd, as a workbook for Excel (feature `xlsx`) or as Parquet
//! (feature `parquet`). While it runs, the videos are in `PATH.partial` and the position is in a
//! small `PATH.checkpoint`. `PATH` itself appears in one rename, when everything is in it. After a
//! crash, a signal or an error, a run with [`Existing::Resume`] goes on from the last checkpoint, and
//! the finished file has the same bytes as that of an undisturbed run.
//!
//! # The names and types of a record
//!
//! Every format and both versions of the API have the same names, which are those of v1:
//!
//! | name | JSON lines | CSV | XLSX | Parquet |
//! |---|---|---|---|---|
//! | `video_id` | string | text | text | UTF8, required |
//! | `video_title`, `status`, `type`, `folder_id` | string or null | text, empty for null | text | UTF8 |
//! | `created_at` | integer, Unix seconds | RFC 3339, UTC | date-time cell, UTC | TIMESTAMP(ms, UTC) |
//! | every other field | as it came | if [named](Export::fields) | if named | `extra`, JSON |
//!
//! The folders `""` and `"null"` are null. Named fields that the API documents as times
//! (`completed_at`) are written like `created_at`, and `duration` as a number. JSON lines keep the
//! API's numbers to the last digit. A value whose type the API does not document stays what it is,
//! except in a typed column of Parquet, where it is in `extra`.
//!
//! Two more names can be named: `account`, which is the [name of the account](Export::account), and
//! `exported_at`, which is when the export was begun.
//!
//! # How the bytes reach the disk
//!
//! 1. Pages are collected for a second or until there are 50, whichever comes first, and appended to
//!    `PATH.partial` as JSON lines, whatever the format. The file is then synced.
//! 2. The checkpoint is written to a temporary file, synced and renamed, and the folder is synced.
//!    It holds the cursor, the length of `PATH.partial` and a hash of its bytes.
//! 3. At the end the file of the format is made of `PATH.partial` in one go, so that a `.gz` has one
//!    member and a `.zst` one frame, and synced. Plain JSON lines are that file already.
//! 4. The file is renamed to `PATH`, the folder is synced, and the checkpoint and what is left of
//!    the partial file are removed.
//!
//! The steps run on a thread for blocking work while more pages are received.
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
#[cfg(feature = "__internals")]
#[doc(hidden)]
pub mod internals;
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
pub use error::{ExportError, ExportErrorKind};
pub use event::Event;
pub use options::{Existing, Output, StopHandle};
pub use summary::{Outcome, Summary};
pub use summary_file::SummaryFile;
pub use warning::Warning;
