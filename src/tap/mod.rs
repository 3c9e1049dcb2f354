//! A Singer tap: sends the videos of an account to any Singer target.
//!
//! A [`Tap`] writes the messages of the [Singer specification](https://hub.meltano.com/singer/spec)
//! to a writer: SCHEMA, RECORD and STATE, each as a line of JSON. It has one stream, `videos`, whose
//! key is `video_id` and whose replication key is `created_at`.
//!
//! # Records
//!
//! A record has the names of the [export](crate::export#the-names-and-types-of-a-record), whichever
//! version of the API sent the video. `created_at` is an RFC 3339 time in UTC. Every other field has
//! its own name, and numbers keep all their digits. Presigned URLs are left out.
//!
//! Each record is valid against the last SCHEMA message before it. A field that the schema does not
//! name yet is added to it with another SCHEMA message. A value that does not fit the type of its
//! field is written as text if the field is text, and otherwise as null, with a
//! [warning](crate::export::Warning::ValuesNotKept).
//!
//! # Replication
//!
//! - `INCREMENTAL`, the default, sends the videos that were created since the bookmark, and those of
//!   the [look-back](Tap::look_back) before it. If older videos are still being processed, it goes
//!   back to the oldest of them that is at most 30 days old. Without a bookmark it sends everything
//!   since the [start date](Tap::start_date).
//! - `FULL_TABLE` sends all videos. Only this shows a target which videos were deleted, if
//!   [`ACTIVATE_VERSION`](Tap::activate_version) is on.
//!
//! # State
//!
//! A STATE message is written after a second or 50 pages, and at the end of every run. The bookmark
//! is the newest `created_at`, but never later than the time at which the run was started. It only
//! moves when a run has listed everything. The state of an unfinished run holds its
//! [`Cursor`](crate::Cursor), so the next run continues there and then lists what is new. A video
//! may be sent again, so a target should update rows by their key.
//!
//! The state is bound to the server, the key and the filters. If one of them differs, the bookmark
//! would hide older videos, so it is not used and a [warning](crate::export::Warning::StateNotUsed)
//! says so.

mod builder;
mod catalog;
mod config;
mod json;
mod messages;
mod planner;
mod record;
mod run;
mod schema;
mod selection;
mod state;

pub use builder::Tap;
pub use catalog::Catalog;
pub use config::TapConfig;
pub use state::TapState;
