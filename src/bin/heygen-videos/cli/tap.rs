//! The command-line arguments of `tap`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{AccountArgs, FilterArgs};
use crate::exit::EXIT_CODES;

const EXAMPLES: &str = "\
Examples:
  heygen-videos tap --demo | target-jsonl
  heygen-videos tap --config config.json --discover > catalog.json
  heygen-videos tap --config config.json --state state.json | target-sqlite --config target.json

The config is a JSON object with any of: api_key, api_key_file, start_date, folder_id, title,
look_back, api_url, emit_activate_version_messages. An option takes precedence over the
config, and the config over the environment. docs/tap.md explains each of them.";

/// Write the videos as Singer messages, for any Singer target
#[derive(Debug, Args)]
#[command(version, after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(crate) struct TapArgs {
    /// The config, a JSON file
    #[arg(long, short, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,

    /// The last state that an earlier run wrote
    #[arg(long, short, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) state: Option<PathBuf>,

    /// The catalog: which fields are sent, and how; without it, all fields [alias: --properties]
    #[arg(long, alias = "properties", value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) catalog: Option<PathBuf>,

    /// Write the catalog instead of the videos; needs no key and no network
    #[arg(long, short)]
    pub(crate) discover: bool,

    /// Describe the tap as JSON instead
    #[arg(long, conflicts_with = "discover")]
    pub(crate) about: bool,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,

    #[command(flatten)]
    pub(crate) account: AccountArgs,
}
