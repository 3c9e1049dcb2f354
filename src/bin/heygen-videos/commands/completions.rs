//! `completions`: writes a script that completes the program's arguments in a shell.

use std::io::Write;

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::env::Env;
use crate::failure::Failure;

pub(crate) fn run(args: CompletionsArgs, env: &mut Env) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    // Written to memory first: the generator panics where a write fails.
    clap_complete::generate(args.shell, &mut command, "heygen-videos", &mut script);
    env.stdout
        .write_all(&script)
        .and_then(|()| env.stdout.flush())
        .map_err(|error| Failure::stdout(&error))
}
