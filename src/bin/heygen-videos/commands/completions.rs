//! `completions`: writes a shell completion script.

use std::io::Write;

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::env::Env;
use crate::failure::Failure;

pub(crate) fn run(args: CompletionsArgs, env: &mut Env) -> Result<(), Failure> {
    // The generator panics if a write fails, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "heygen-videos", &mut script);
    env.stdout
        .write_all(&script)
        .and_then(|()| env.stdout.flush())
        .map_err(|error| Failure::stdout(&error))
}
