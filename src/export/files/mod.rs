//! The only module that creates and opens files, and resolves paths to files.
//!
//! It creates every file that an export or its program writes. A new file never replaces an
//! existing one, is never created through a link, and is readable only by its owner until it is
//! complete. A file that must never be half-written is written under a temporary name and renamed.
//! If a file system lacks an operation, the result is a [`Warning`](super::Warning), not an error.

mod access_list;
mod attributes;
mod disk;
mod hint;
mod replaceable;
mod resolve;
mod whole;

pub(crate) use access_list::AccessList;
pub(crate) use attributes::Attributes;
pub(crate) use disk::{
    FileId, create_private, create_public, folder_of, is_unsupported, may_read, may_write, open,
    open_to_read, remove_if_exists, rename_new, rename_over, sync, sync_content, sync_folder,
};
pub(crate) use hint::hint_at_cause;
pub(crate) use replaceable::{refuse_irreplaceable, refuse_kept_by_sticky_folder};
pub(crate) use resolve::resolve;
pub(crate) use whole::write_whole;
