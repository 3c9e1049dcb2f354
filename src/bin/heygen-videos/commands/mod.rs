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
use crate::runtime::{block_on, block_on_watched};
use crate::signals;

pub(crate) use self::summary::note_wrong_usage;

/// Runs the command. `words` are its command-line arguments, from which the resume command is made.
pub(crate) fn run(command: Command, words: &[OsString], env: &mut Env) -> Result<Exit, Failure> {
    match command {
        Command::Export(args) => return export::run(*args, words, env),
        Command::Sync(args) => return sync::run(*args, words, env),
        Command::Tap(args) => return block_on_watched(|watch| tap::run(*args, watch, env)),
        _ => {}
    }
    env.stdout.check().map_err(|error| Failure::stdout(&error))?;
    let done = match command {
        Command::Simulate(args) => block_on_watched(|watch| simulate::run(args, watch, env)),
        // Process 1 needs a handler. In any other process, a signal ends these commands by default.
        _ if signals::need_a_handler() => block_on_watched(|watch| async {
            let _watch = watch;
            run_other(command, env).await
        }),
        _ => block_on(run_other(command, env)),
    };
    done.map(|()| Exit::Complete)
}

/// Runs a command that has no summary and is not resumed.
async fn run_other(command: Command, env: &mut Env) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(args, env).await,
        Command::Completions(args) => completions::run(args, env),
        Command::Man(args) => man::run(args, env),
        Command::Export(_) | Command::Sync(_) | Command::Tap(_) | Command::Simulate(_) => Ok(()),
    }
}
