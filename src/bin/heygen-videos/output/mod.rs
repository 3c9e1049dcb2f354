//! All output of the program, for people and for programs.

mod bar;
mod bar_terminal;
mod escape;
mod figures;
mod format;
mod notice_log;
mod progress;
mod report;
mod rerun;
mod sync_report;
mod table;

pub(crate) use self::escape::EscapingWriter;
pub(crate) use self::format::counted;
pub(crate) use self::notice_log::NoticeLog;
pub(crate) use self::progress::Progress;
pub(crate) use self::report::{
    RunEnd, event_json, failure_json, failure_lines, stamped, summary_json, summary_line,
    summary_notices, tap_summary_line, warning_json, warning_line,
};
pub(crate) use self::rerun::{rerun_command, rerun_in, same_command};
pub(crate) use self::sync_report::{
    sync_event_json, sync_notices, sync_summary_json, sync_summary_line, sync_warning_line,
};
pub(crate) use self::table::VideoTable;
