//! The commands, one file each.

mod completions;
mod export;
mod list;
mod simulate;

use std::ffi::OsString;

use crate::cli::Command;
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs the command; `words` are the arguments it was read from, for the command that goes on.
pub(crate) async fn run(
    command: Command,
    words: &[OsString],
    env: &mut Env,
) -> Result<Exit, Failure> {
    match command {
        Command::Export(args) => return export::run(*args, words, env).await,
        Command::List(args) => list::run(args, env).await?,
        Command::Simulate(args) => simulate::run(args, env).await?,
        Command::Completions(args) => completions::run(args, env)?,
    }
    Ok(Exit::Complete)
}
