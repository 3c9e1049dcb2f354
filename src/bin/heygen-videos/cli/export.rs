//! The command-line arguments of `export`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, ValueHint};
use heygen_videos::export::Format;

use super::parse::{SinceArg, duration, one_of, since};
use super::shared::{AccountArgs, FilterArgs, RunArgs, Urls};
use crate::exit::EXIT_CODES;

const EXAMPLES: &str = "\
Examples:
  heygen-videos export --demo --output videos.jsonl
  heygen-videos export --output videos.csv.gz --fields video_id,video_title,created_at
  heygen-videos export --output videos.jsonl --resume
  heygen-videos export --output - --title onboarding | jq -r .video_id

PATH is complete or absent. Until the export is complete, its videos are in PATH.partial and its
position is in PATH.checkpoint. Ctrl-C saves both first; a crash loses at most a second of work.";

const FIELDS: &str = "\
Fields, which have the same names in every format:
  name         JSON lines             CSV            XLSX            Parquet
  video_id     string                 text           text            UTF8
  video_title  string or null         text           text            UTF8
  status       string or null         text           text            UTF8
  type         string or null         text           text            UTF8
  folder_id    string or null         text           text            UTF8
  created_at   integer, Unix seconds  RFC 3339, UTC  date-time, UTC  TIMESTAMP(ms, UTC)
  others       as received            by --fields    by --fields     extra, JSON";

/// Export all videos to a file; an interrupted export can be resumed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{FIELDS}\n\n{EXIT_CODES}"))]
pub(crate) struct ExportArgs {
    /// Where to write the videos: a file, or stdout with '-'
    #[arg(long, short, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,

    /// The output format [default: by the suffix of PATH; jsonl for '-']
    ///
    /// The suffixes are .jsonl, .ndjson, .csv, .xlsx and .parquet. A .gz or .zst after one of the
    /// first three compresses the file.
    #[arg(long, value_parser = one_of([
        ("jsonl", "JSON lines: one object for each video", Format::Jsonl),
        ("csv", "RFC 4180, with a header", Format::Csv),
        ("xlsx", "A workbook for Excel", Format::Xlsx),
        ("parquet", "Parquet; needs a build with the feature 'parquet'", Format::Parquet),
    ]))]
    pub(crate) format: Option<Format>,

    /// Continue an unfinished export of PATH; if there is none, begin a new one
    #[arg(long, conflicts_with = "restart")]
    pub(crate) resume: bool,

    /// Begin again; an unfinished export of PATH is replaced when the first videos are saved
    #[arg(long)]
    pub(crate) restart: bool,

    /// Begin again instead of resuming an export that was started longer ago than this
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub(crate) max_resume_age: Duration,

    /// Replace PATH if it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// Export at most this many videos, including those of earlier runs
    #[arg(long, value_name = "N", help_heading = "Which videos")]
    pub(crate) max_items: Option<u64>,

    /// Only videos created since a day (2026-11-24, UTC), an RFC 3339 time, or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = since, help_heading = "Which videos")]
    pub(crate) since: Option<SinceArg>,

    /// Only videos with one of these statuses, such as completed or failed
    ///
    /// The API has no such filter: all pages are requested, and the summary counts the videos that
    /// were left out. v1 calls a finished translation 'success'.
    #[arg(
        long = "status",
        value_name = "A,B",
        value_delimiter = ',',
        help_heading = "Which videos"
    )]
    #[arg(value_parser = trimmed)]
    pub(crate) statuses: Option<Vec<String>>,

    /// Fail if there are fewer videos than this; an older file stays as it is
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Which videos")]
    pub(crate) min_items: u64,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,

    /// Write only these fields, in this order
    ///
    /// Any field that the API sends can be named. By default a CSV has video_id, video_title,
    /// status, type, folder_id and created_at, and JSON lines have all fields. Two more names are
    /// 'account' and 'exported_at', the time at which the export was started.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', help_heading = "What is written")]
    #[arg(value_parser = trimmed)]
    pub(crate) fields: Option<Vec<String>>,

    /// The name of the account, for the field 'account'
    #[arg(long = "account", value_name = "NAME", help_heading = "What is written")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) account_name: Option<String>,

    /// Write JSON lines exactly as the server sent the videos, with the names of its API version
    #[arg(long, conflicts_with = "fields", help_heading = "What is written")]
    pub(crate) raw: bool,

    /// Begin a CSV with a byte order mark, so that Excel reads it correctly after a double click
    #[arg(long, help_heading = "What is written")]
    pub(crate) bom: bool,

    /// Whether to guard a CSV against text that a spreadsheet would run as a formula
    #[arg(long, default_value = "on", help_heading = "What is written", action = ArgAction::Set)]
    #[arg(value_parser = one_of([
        ("on", "Put an apostrophe before such text", true),
        ("off", "Write all text as it is", false),
    ]))]
    pub(crate) csv_guard: bool,

    /// Whether to keep presigned URLs; v3 sends them, they are secrets, and they expire
    #[arg(long, value_enum, default_value_t, help_heading = "What is written")]
    pub(crate) urls: Urls,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

impl ExportArgs {
    /// The path of the output; `None` for stdout.
    pub(crate) fn path(&self) -> Option<&Path> {
        (self.output != Path::new("-")).then_some(&self.output)
    }
}

fn trimmed(word: &str) -> Result<String, Infallible> {
    Ok(word.trim().to_owned())
}
