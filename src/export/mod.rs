//! The bulk export: writes the videos of an account to a file that is complete or absent.
//!
//! An [`Export`] writes the videos of a [`VideoQuery`](crate::VideoQuery) as JSON lines or CSV,
//! optionally compressed with gzip or zstd, as an Excel workbook (feature `xlsx`) or as Parquet
//! (feature `parquet`).
//!
//! While an export runs, the received videos are saved as JSON lines in `PATH.partial`, and the
//! position is saved in a small `PATH.checkpoint` next to it. When all videos are saved, they are
//! encoded in the final format into `PATH.encoding`, which is then renamed to `PATH`. So `PATH` is
//! always a complete file. After a crash, a signal or an error, a run with [`Existing::Resume`]
//! continues from the last checkpoint. The finished file has the same bytes as if the export had
//! never been interrupted.
//!
//! # The names and types of a record
//!
//! All formats and both versions of the API use the same names, which are those of v1:
//!
//! | name | JSON lines | CSV | XLSX | Parquet |
//! |---|---|---|---|---|
//! | `video_id` | string | text | text | UTF8, required |
//! | `video_title`, `status`, `type`, `folder_id` | string or null | text, empty for null | text | UTF8 |
//! | `created_at` | integer, Unix seconds | RFC 3339, UTC | date-time cell, UTC | TIMESTAMP(ms, UTC) |
//! | every other field | as received | if [named](Export::fields) | if named | `extra`, JSON |
//!
//! The folders `""` and `"null"` are written as null. Named fields that the API documents as times
//! (`completed_at`) are written like `created_at`, and `duration` is written as a number. JSON
//! lines keep all digits of the API's numbers. A value that cannot be read as the documented type
//! is kept unchanged. In Parquet, it goes to `extra` if its column cannot hold it.
//!
//! Two additional fields can be named: `account`, which holds the [name of the
//! account](Export::account), and `exported_at`, which holds the time the export was started.
//!
//! # How the bytes reach the disk
//!
//! 1. Pages are collected for one second or until there are 50, whichever comes first. They are
//!    appended to `PATH.partial` as JSON lines, whatever the final format is, and the file is
//!    synced.
//! 2. The checkpoint is written to a temporary file, which is synced and renamed to
//!    `PATH.checkpoint`. Then the folder is synced. The checkpoint holds the cursor, the length of
//!    `PATH.partial` and a hash of its bytes.
//! 3. When all videos are saved, `PATH.partial` is encoded in one pass into `PATH.encoding`. A
//!    `.gz` file therefore has one gzip member and a `.zst` file one zstd frame. For plain JSON
//!    lines with all fields this step is skipped, because `PATH.partial` already has the final
//!    content.
//! 4. The complete file gets its final mode and owner and is synced. If it is `PATH.encoding`, the
//!    checkpoint then records that it is complete.
//! 5. The complete file is renamed to `PATH` and the folder is synced. Then the checkpoint and
//!    `PATH.partial` are removed.
//!
//! These steps run on a thread of their own. Steps 1 and 2 run while more pages are received.
//!
//! A resumed run truncates `PATH.partial` to the length in the checkpoint, which removes bytes that
//! were written after it. If the earlier run stopped during the encoding, `PATH.partial` is encoded
//! again. A lock on `PATH.partial` keeps other runs out until the export ends. A restarted
//! run keeps the older checkpoint and its videos until it has saved videos of its own.

mod batch_size;
mod builder;
mod count_checks;
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
pub(crate) mod json_form;
mod open;
mod options;
mod recent;
mod run;
mod selection;
mod sink;
mod spool;
mod summary;
mod summary_file;
#[cfg(all(test, feature = "simulator"))]
mod tests;
mod time;
mod warning;

pub use builder::Export;
pub use encode::{Compression, Format};
pub use error::{ExportError, ExportErrorKind};
pub use event::Event;
pub use options::{Existing, Output, StopHandle};
pub use spool::unfinished_videos;
pub use summary::{Outcome, Summary};
pub use summary_file::SummaryFile;
pub use warning::Warning;

// For `sync` and `tap`.
#[cfg(any(feature = "sqlite", feature = "tap"))]
pub(crate) use self::{
    batch_size::BatchSize,
    run::ticks,
    spool::hash_of,
    time::{rfc3339, system_time},
};
// For `sync`.
#[cfg(feature = "sqlite")]
pub(crate) use self::{
    files::{
        create_private, folder_of, hint_at_cause, may_read, may_write, open, open_to_read,
        refuse_irreplaceable, remove_if_exists, rename_new, rename_over, resolve, sync_content,
        sync_folder,
    },
    spool::FileLock,
    time::unix_now,
};
