//! What each command does.

pub(crate) mod export;
pub(crate) mod list;
