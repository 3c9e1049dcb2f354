//! The SQLite database of a sync: where it is, its tables, and how batches get into it.

mod background;
mod binding;
mod database;
mod location;
mod lock_file;
mod probe;
mod row;
mod runs;
mod schema;
mod side_files;
mod writer;

pub(crate) use background::{StoreThread, not_joined};
pub(crate) use binding::Binding;
pub(crate) use database::{OpenedStore, SavedBatch, Store, VideoBatch};
#[cfg(test)]
use location::memory;
