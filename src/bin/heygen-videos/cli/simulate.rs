//! The command-line arguments of `simulate`.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use clap::Args;

use super::parse::share;

const EXAMPLES: &str = "\
Examples:
  heygen-videos simulate --port 8080 --videos 1000000
  heygen-videos simulate --latency 200 --fault-rate 0.3

  HEYGEN_API_KEY=simulator-key HEYGEN_API_BASE=http://127.0.0.1:8080 heygen-videos list

The first line on stdout is 'listening on http://127.0.0.1:PORT'. SIGINT (Ctrl-C) and SIGTERM end
the server with exit code 0.";

/// Serve a simulated account on this machine, for any client
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SimulateArgs {
    /// The port on 127.0.0.1; 0 picks a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) port: u16,

    /// The number of videos in the account
    #[arg(long, value_name = "N", default_value_t = 2_500)]
    pub(crate) videos: u64,

    /// The time that every response takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,

    /// The share of requests that get a temporary fault, 0 to 1
    #[arg(long, value_name = "F", default_value = "0", value_parser = share())]
    pub(crate) fault_rate: f64,

    /// The seed for videos and faults; the same seed gives the same account
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}
