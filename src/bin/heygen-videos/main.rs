//! The program `heygen-videos`: calls `run::run` with the real arguments, variables and streams.

mod advice;
mod cli;
mod commands;
mod connect;
mod env;
mod exit;
mod failure;
mod json_log;
mod key;
mod key_file;
mod key_names;
mod log;
mod notices;
mod output;
mod panics;
mod run;
mod runtime;
mod signals;
mod streams;

use std::process::ExitCode;

use env::Env;
use jiff::tz::TimeZone;
use notices::NoticeFeed;

fn main() -> ExitCode {
    panics::note_places();
    let stderr = streams::stderr();
    let mut env = Env {
        vars: std::env::vars_os().collect(),
        stdin: Box::new(std::io::stdin()),
        stdout: streams::stdout(),
        stderr: stderr.clone(),
        columns: streams::stdout_columns(),
        zone: TimeZone::system(),
        bar: None,
        notices: NoticeFeed::default(),
        is_quiet: false,
        is_logging: false,
    };
    if stderr.is_terminal && !env.is_dumb() {
        env.bar = Some(streams::stderr_columns);
    }
    run::run(std::env::args_os().collect(), env).into()
}
