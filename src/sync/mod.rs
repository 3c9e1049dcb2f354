//! The sync: keeps a SQLite database equal to an account.

mod builder;
mod error;
mod event;
mod mode;
mod open;
mod plan;
mod run;
mod store;
mod summary;
mod warning;

pub use builder::Sync;
pub use error::{SyncError, SyncErrorKind};
pub use event::SyncEvent;
pub use mode::Mode;
pub use summary::{Changes, SyncSummary};
pub use warning::SyncWarning;
