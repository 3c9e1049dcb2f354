//! Everything that a person or a program reads.

mod bar;
pub(crate) mod escape;
mod figures;
pub(crate) mod format;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod rerun;
