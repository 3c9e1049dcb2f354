//! What the command line takes for `export`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use heygen_videos::export::Format;

use super::parse::one_of;
use super::shared::{AccountArgs, FilterArgs, Urls};
use crate::exit::EXIT_CODES;

const EXAMPLES: &str = "\
Examples:
  heygen-videos export --demo --output videos.jsonl
  heygen-videos export --output videos.csv.gz --fields video_id,title,created_at
  heygen-videos export --output videos.jsonl --resume
  heygen-videos export --output - --title onboarding | jq -r .video_id

A file is complete or absent: until the end, videos are in PATH.partial and the place in
PATH.checkpoint. Ctrl-C saves that place; so does a crash, at most a second's work being lost.";

/// Export all videos to a file that is complete or absent, and resumable
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(crate) struct ExportArgs {
    /// Where the videos go: a file, or stdout with '-'
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: PathBuf,

    /// The format [default: by the suffix of PATH; jsonl for '-']
    ///
    /// The suffixes are .jsonl, .ndjson and .csv. Each may be followed by .gz or .zst, which
    /// compress.
    #[arg(long, value_parser = one_of([
        ("jsonl", "The API's objects, one on each line", Format::Jsonl),
        ("csv", "RFC 4180, with a header", Format::Csv),
    ]))]
    pub(crate) format: Option<Format>,

    /// Go on where an earlier run stopped; begin where there was none
    #[arg(long, conflicts_with = "restart")]
    pub(crate) resume: bool,

    /// Begin anew, and throw away what an earlier run left once there is something new to save
    #[arg(long)]
    pub(crate) restart: bool,

    /// Replace PATH if it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// Pages fetched ahead of the writing
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) read_ahead: usize,

    /// Export no more videos than this; runs that were resumed count together
    #[arg(long, value_name = "N", help_heading = "Which videos")]
    pub(crate) max_items: Option<u64>,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,

    /// Write only these fields, in this order
    ///
    /// Any field that the API sends can be named; a CSV has by default video_id, title, status,
    /// type, folder_id and created_at, JSON lines have all.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', help_heading = "What is written")]
    #[arg(value_parser = |name: &str| Ok::<_, Infallible>(name.trim().to_owned()))]
    pub(crate) fields: Option<Vec<String>>,

    /// Whether to guard a CSV against text that a spreadsheet would run as a formula
    #[arg(long, default_value = "on", help_heading = "What is written", action = ArgAction::Set)]
    #[arg(value_parser = one_of([
        ("on", "Put an apostrophe before such text", true),
        ("off", "Write all text as it is", false),
    ]))]
    pub(crate) csv_guard: bool,

    /// What becomes of presigned URLs, which v3 brings: they are secrets, and expire
    #[arg(long, value_enum, default_value_t, help_heading = "What is written")]
    pub(crate) urls: Urls,

    /// How progress is shown on stderr
    #[arg(long, value_enum, default_value_t, value_name = "HOW", help_heading = "What is shown")]
    pub(crate) progress: ProgressMode,

    /// Write the summary to this file as JSON, also after a failure
    #[arg(long, value_name = "PATH", help_heading = "What is shown")]
    pub(crate) summary_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, unless videos go to stdout; else a log
    #[default]
    Auto,
    /// A bar, where stderr is a terminal
    Bar,
    /// A line every 10 seconds
    Log,
    /// A JSON line for each event, errors included
    Json,
    /// Nothing but warnings and errors
    None,
}
