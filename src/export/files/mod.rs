//! The one home for files: opens them safely, and names what a path leads to.
//!
//! Every file that an export or its program writes is created here, with a name that was free, never
//! through a link, and readable for its owner only until it is complete. A file that must be whole is
//! written under a temporary name and renamed. What a file system cannot do is a
//! [`Warning`](super::Warning), not an error.

mod attributes;
mod disk;
mod replaceable;
mod resolve;
mod whole;

pub(crate) use attributes::Attributes;
pub(crate) use disk::{
    FileId, create_private, create_public, folder_of, is_unsupported, open, open_to_read,
    remove_if_exists, rename_new, rename_over, sync, sync_content, sync_folder,
};
pub(crate) use replaceable::{refuse_irreplaceable, refuse_kept_by_sticky_folder};
pub(crate) use resolve::resolve;
pub(crate) use whole::write_whole;
