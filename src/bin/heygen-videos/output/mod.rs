//! Everything that a person or a program reads.

mod bar;
mod escape;
mod figures;
mod format;
mod progress;
mod report;
mod rerun;

pub(crate) use self::escape::{EscapingWriter, escaped};
pub(crate) use self::format::{column, counted};
pub(crate) use self::progress::Progress;
pub(crate) use self::report::{
    event_json, failure_json, failure_lines, summary_json, summary_line, summary_notices,
};
pub(crate) use self::rerun::rerun_command;
