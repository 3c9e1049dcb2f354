//! The command-line arguments of `sync`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::parse::duration;
use super::shared::{AccountArgs, FilterArgs, RunArgs};
use crate::exit::EXIT_CODES;

const EXAMPLES: &str = "\
Examples:
  heygen-videos sync --demo videos.db
  heygen-videos sync videos.db
  heygen-videos sync videos.db --full
  sqlite3 videos.db 'SELECT status, count(*) FROM current_videos GROUP BY status'

Run it as often as you like: after a crash or Ctrl-C, the same command continues. During a run,
other programs can read PATH.";

/// Keep a SQLite database equal to the account
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(crate) struct SyncArgs {
    /// The database; it is created if it does not exist
    #[arg(value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) path: PathBuf,

    /// List the whole account; only a full run finds deleted videos and changes of old ones
    #[arg(long)]
    pub(crate) full: bool,

    /// Make a run full if the last full one was started longer ago than this
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration)]
    pub(crate) full_every: Duration,

    /// Look again at videos that were created up to this long before the newest known video
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration)]
    pub(crate) look_back: Duration,

    /// Look again at videos that are neither completed nor failed, up to this age
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration)]
    pub(crate) unsettled_for: Duration,

    /// Accept an empty listing: mark all videos of the database as deleted
    #[arg(long)]
    pub(crate) allow_empty: bool,

    /// Say what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) account: AccountArgs,
}
