//! The command-line arguments of `completions`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use clap::Args;
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  heygen-videos completions bash > ~/.local/share/bash-completion/completions/heygen-videos
  heygen-videos completions zsh > ~/.zfunc/_heygen-videos
  heygen-videos completions fish > ~/.config/fish/completions/heygen-videos.fish";

/// Write a shell completion script to stdout
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell that the script is for
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
