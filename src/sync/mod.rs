//! The sync: keeps a SQLite database equal to an account.
//!
//! A [`Sync`] lists the videos of a [`VideoQuery`](crate::VideoQuery) and writes what is new or has
//! changed into a database. Run it as often as you like. The first run lists everything; a later
//! run with nothing new costs one request.
//!
//! # What a run lists
//!
//! A [full](SyncMode::Full) run lists everything, and marks the videos that it did not see as
//! deleted. An [incremental](SyncMode::Incremental) run lists from the newest video down to the
//! earlier of two times: the [look-back](Sync::look_back) before the newest video that is known, and
//! the creation of the oldest video that is neither completed nor failed. So it finds new videos,
//! and changes of those that are young or still in progress. Changes of old videos and deletions are
//! found by the next full run.
//!
//! # The database
//!
//! | name | `videos` |
//! |---|---|
//! | `video_id` | TEXT PRIMARY KEY |
//! | `video_title`, `status`, `type`, `folder_id` | TEXT |
//! | `created_at` | INTEGER, Unix seconds |
//! | `extra` | TEXT, every other field as a JSON object |
//! | `first_seen_at`, `updated_at`, `deleted_at` | INTEGER, Unix seconds |
//! | `last_seen_run` | INTEGER, a row of `runs` |
//! | `api`, `kept` | TEXT, which version sent the video last, and which fields the other one sent |
//!
//! The names and values are those of an [export](crate::export), whichever version of the API
//! answered. A field that a version does not send keeps its value. Presigned URLs are left out. The
//! view `current_videos` has the videos that are not marked as deleted, `runs` has a row for each
//! run, and `sync_state` the position of an unfinished run. `docs/sync.md` describes each column.
//!
//! # What it promises
//!
//! - **Equal.** After a run without an error, every row that the run covers equals what the server
//!   sent last for it.
//! - **Nothing is lost between runs.** A video that was created before the sync was started is in
//!   the database when the sync ends without an error, even if the sync first finished an older run.
//! - **Crash-safe.** Videos and the position after them are saved in one transaction. A run that is
//!   killed at any instant continues with the next sync, and repeats the requests of at most one
//!   batch.
//! - **Careful with deletions.** Only a complete full run marks videos as deleted, and only those
//!   that it did not see. If it was cut short and resumed, it has seen what any of its parts saw. A
//!   listing without videos is not accepted, unless [allowed](Sync::allow_empty).
//! - **One writer, many readers.** A second run at the same time is refused. Other programs can read
//!   the database meanwhile.
//! - **One account.** A database belongs to a server, a key and a filter. A sync with another one is
//!   refused.

mod builder;
mod error;
mod event;
mod open;
mod run;
mod store;
mod summary;
mod warning;

pub use crate::plan::SyncMode;
pub use builder::Sync;
pub use error::{SyncError, SyncErrorKind};
pub use event::SyncEvent;
pub use summary::{Changes, SyncSummary};
pub use warning::SyncWarning;
