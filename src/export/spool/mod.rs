//! Saves on disk what an export has received, so that a later run can resume it.

mod background;
mod checkpoint;
mod finish;
mod identity;
mod lock;
mod opening;
mod partial_file;
mod preflight;
mod records;
mod running_hash;
mod side_files;
mod unfinished;
mod verify;

pub(crate) use background::{BackgroundWriter, Batch, Saved};
pub(crate) use checkpoint::{Checkpoint, Counts};
pub(crate) use identity::ExportIdentity;
#[cfg(any(feature = "sqlite", feature = "tap"))]
pub(crate) use identity::hash_of;
#[cfg(feature = "sqlite")]
pub(crate) use lock::FileLock;
pub(crate) use opening::Found;
pub(crate) use partial_file::PartialFile;
pub(crate) use preflight::Preflight;
pub(crate) use side_files::SideFiles;
pub use unfinished::unfinished_videos;
