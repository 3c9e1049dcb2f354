//! Keeps the partial file of an export safe on disk, so that a later run can resume it.

mod background;
mod checkpoint;
mod disk;
mod identity;
mod lock;
mod partial_file;
mod preflight;

pub(crate) use background::{BackgroundWriter, Batch, pack};
pub(crate) use checkpoint::Checkpoint;
pub(crate) use identity::ExportIdentity;
pub(crate) use partial_file::{Found, PartialFile};
