//! `completions`: a script that completes the program's arguments in a shell.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::shared::Cli;
use crate::env::Env;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  heygen-videos completions bash > ~/.local/share/bash-completion/completions/heygen-videos
  heygen-videos completions zsh > ~/.zfunc/_heygen-videos
  heygen-videos completions fish > ~/.config/fish/completions/heygen-videos.fish";

/// Write a script that completes arguments in your shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell it is for
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    pub(crate) fn run(self, env: &mut Env) -> Result<(), Failure> {
        let mut script = Vec::new();
        let mut command = Cli::command();
        // Written to memory first: the generator panics where a write fails.
        clap_complete::generate(self.shell, &mut command, "heygen-videos", &mut script);
        env.stdout
            .write_all(&script)
            .and_then(|()| env.stdout.flush())
            .map_err(|error| Failure::stdout(&error))
    }
}
