//! What the command line takes: the commands and their options.

pub(crate) mod completions;
pub(crate) mod export;
pub(crate) mod shared;
pub(crate) mod simulate;
