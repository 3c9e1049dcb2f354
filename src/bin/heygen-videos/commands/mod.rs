//! The commands, one file each.

mod completions;
mod export;
mod list;
mod man;
mod shown_run;
mod simulate;
mod summary;
mod sync;
mod tap;

use std::ffi::OsString;

use crate::cli::Command;
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::signals::{self, Watch};

pub(crate) use self::summary::note_wrong_usage;

/// Runs the command. `words` are its command-line arguments, from which the resume command is made.
pub(crate) fn run(command: Command, words: &[OsString], env: &mut Env) -> Result<Exit, Failure> {
    match command {
        Command::Export(args) => return export::run(*args, words, env),
        Command::Sync(args) => return sync::run(*args, words, env),
        Command::Tap(args) => return block_on(tap::run(*args, env)),
        _ => {}
    }
    env.stdout.check().map_err(|error| Failure::stdout(&error))?;
    block_on(run_other(command, env)).map(|()| Exit::Complete)
}

/// Runs a command that has no summary and is not resumed.
async fn run_other(command: Command, env: &mut Env) -> Result<(), Failure> {
    if let Command::Simulate(args) = command {
        return simulate::run(args, env).await;
    }
    // Process 1 needs a handler. In any other process, a signal ends these commands by default.
    let _watch = if signals::need_a_handler() { Some(Watch::start()?) } else { None };
    match command {
        Command::List(args) => list::run(args, env).await,
        Command::Completions(args) => completions::run(args, env),
        Command::Man(args) => man::run(args, env),
        Command::Export(_) | Command::Sync(_) | Command::Tap(_) | Command::Simulate(_) => Ok(()),
    }
}
