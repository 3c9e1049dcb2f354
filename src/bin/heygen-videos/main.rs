//! The program `heygen-videos`: calls `run::run` with the real arguments, variables and streams.

mod cli;
mod commands;
mod connect;
mod env;
mod exit;
mod failure;
mod key;
mod output;
mod run;
mod signals;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use env::{Env, Out};
use indicatif::ProgressDrawTarget;
use jiff::tz::TimeZone;

fn main() -> ExitCode {
    let stderr_is_terminal = io::stderr().is_terminal();
    let env = Env {
        vars: std::env::vars_os().collect(),
        stdin: Box::new(io::stdin()),
        stdout: Out::new(io::stdout(), io::stdout().is_terminal()),
        stderr: Out::new(io::stderr(), stderr_is_terminal),
        zone: TimeZone::system(),
        bar: stderr_is_terminal.then_some(ProgressDrawTarget::stderr as _),
    };
    run::run(std::env::args_os().collect(), env).into()
}
