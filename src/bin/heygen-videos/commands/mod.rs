//! What each command does.

pub(crate) mod completions;
pub(crate) mod export;
pub(crate) mod list;
pub(crate) mod simulate;
