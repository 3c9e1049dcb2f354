//! Everything that a person or a program reads.

pub(crate) mod bar;
pub(crate) mod escape;
pub(crate) mod format;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod rerun;
