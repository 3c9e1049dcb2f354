//! The program `heygen-videos`: hands the real arguments, variables and streams to `app::run`.

mod account;
mod app;
mod args;
mod bar;
mod completions;
mod export;
mod export_args;
mod failure;
mod host;
mod key;
mod list;
mod progress;
mod report;
mod resume;
mod signals;
mod simulate;
mod terminal;
mod text;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use host::{Host, Out};
use indicatif::ProgressDrawTarget;
use jiff::tz::TimeZone;

fn main() -> ExitCode {
    let stderr_is_terminal = io::stderr().is_terminal();
    let host = Host {
        vars: std::env::vars_os().collect(),
        stdin: Box::new(io::stdin()),
        stdout: Out::new(io::stdout(), io::stdout().is_terminal()),
        stderr: Out::new(io::stderr(), stderr_is_terminal),
        zone: TimeZone::system(),
        bar: stderr_is_terminal.then_some(ProgressDrawTarget::stderr as _),
    };
    app::run(std::env::args_os().collect(), host).into()
}
