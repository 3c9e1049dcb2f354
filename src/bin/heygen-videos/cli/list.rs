//! The command-line arguments of `list`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use clap::Args;

use super::shared::{AccountArgs, FilterArgs, Urls};

const EXAMPLES: &str = "\
Examples:
  heygen-videos list --demo
  heygen-videos list --title onboarding --limit 5
  heygen-videos list --limit 1000 --json | jq -r .video_id";

/// List the newest videos: as a table on a terminal, else as JSON lines
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    /// List at most this many videos
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u64,

    /// Write JSON lines on a terminal too
    #[arg(long)]
    pub(crate) json: bool,

    /// Whether to keep presigned URLs in JSON; v3 sends them, they are secrets, and they expire
    #[arg(long, value_enum, default_value_t)]
    pub(crate) urls: Urls,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,

    #[command(flatten)]
    pub(crate) account: AccountArgs,
}
