//! Makes the partial file of an export safe on disk, so that a later run can go on with it.

mod background;
mod checkpoint;
mod lock;
mod partial_file;
mod preflight;

pub(crate) use background::{BackgroundWriter, Batch};
pub(crate) use checkpoint::ExportIdentity;
pub(crate) use partial_file::{Found, PartialFile};
