//! The command line: the commands and their options.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

mod completions;
mod export;
mod list;
mod man;
mod parse;
mod shared;
mod simulate;
mod sync;
mod tap;

use clap::{ArgAction, Parser, Subcommand};

pub(crate) use self::completions::CompletionsArgs;
pub(crate) use self::export::ExportArgs;
pub(crate) use self::list::ListArgs;
pub(crate) use self::man::ManArgs;
pub(crate) use self::shared::{AccountArgs, FilterArgs, ProgressMode, RunArgs};
pub(crate) use self::simulate::SimulateArgs;
pub(crate) use self::sync::SyncArgs;
pub(crate) use self::tap::TapArgs;
use crate::exit::EXIT_CODES;

const EXAMPLES: &str = "\
Examples:
  heygen-videos export --demo --output videos.jsonl     try it without a key or a network
  heygen-videos export --output videos.jsonl            every video of your account
  heygen-videos sync videos.db                          a SQLite database that stays equal to it
  heygen-videos list --title onboarding                 the newest videos as a table

The API key comes from --api-key-file, else from HEYGEN_API_KEY, else from the file of the official
CLI, ~/.heygen/credentials.";

/// Lists, exports and syncs the videos of a HeyGen account.
#[derive(Debug, Parser)]
#[command(name = "heygen-videos", version, max_term_width = 100, after_help = EXAMPLES)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
#[command(arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Show only warnings and errors
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "What is shown")]
    pub(crate) quiet: bool,

    /// Log each request to stderr; -vv logs the connections too
    ///
    /// RUST_LOG chooses what is logged if -v is not given.
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "What is shown")]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Export(Box<ExportArgs>),
    Sync(Box<SyncArgs>),
    List(ListArgs),
    Tap(Box<TapArgs>),
    Simulate(SimulateArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
    }
}
