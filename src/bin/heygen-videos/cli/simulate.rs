//! What the command line takes for `simulate`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use clap::Args;

use super::parse::share;

const EXAMPLES: &str = "\
Examples:
  heygen-videos simulate --port 8080 --videos 1000000
  heygen-videos simulate --latency 200 --fault-rate 0.3

  HEYGEN_API_KEY=simulator-key HEYGEN_API_BASE=http://127.0.0.1:8080 heygen-videos list

The first line on stdout is 'listening on http://127.0.0.1:PORT'. It ends with code 0 on SIGINT
(Ctrl-C) or SIGTERM.";

/// Serve a simulated account on this machine, for any client
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SimulateArgs {
    /// The port on 127.0.0.1; 0 is any that is free
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) port: u16,

    /// How many videos the account has
    #[arg(long, value_name = "N", default_value_t = 2_500)]
    pub(crate) videos: u64,

    /// How long every answer takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,

    /// The share of requests that meet a passing fault, 0 to 1
    #[arg(long, value_name = "F", default_value = "0", value_parser = share())]
    pub(crate) fault_rate: f64,

    /// What videos and faults are drawn from; the same seed gives the same account
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}
