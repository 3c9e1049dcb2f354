//! `simulate`: the simulator as a server, for any client to be tried on.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::io::Write;
use std::time::Duration;

use clap::Args;
use heygen_videos::simulator::Simulator;

use crate::cli::shared as args;
use crate::env::Env;
use crate::failure::{Exit, Failure};
use crate::signals;

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
    port: u16,

    /// How many videos the account has
    #[arg(long, value_name = "N", default_value_t = 2_500)]
    videos: u64,

    /// How long every answer takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,

    /// The share of requests that meet a passing fault, 0 to 1
    #[arg(long, value_name = "F", default_value = "0", value_parser = args::share())]
    fault_rate: f64,

    /// What videos and faults are drawn from; the same seed gives the same account
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

impl SimulateArgs {
    pub(crate) async fn run(self, env: &mut Env) -> Result<(), Failure> {
        let mut builder = Simulator::builder()
            .port(self.port)
            .videos(self.videos)
            .latency(Duration::from_millis(self.latency))
            .fault_rate(self.fault_rate);
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        // Before the line that says it runs, so that who reads it may stop it.
        let mut signals = signals::Signals::listen()?;
        let simulator = builder.start().await.map_err(|error| {
            Failure::new(Exit::Usage, "port", format!("port {}: {error}", self.port))
        })?;
        let url = simulator.base_url();
        let stdout = &mut env.stdout;
        writeln!(stdout, "listening on {url}")
            .and_then(|()| stdout.flush())
            .map_err(|error| Failure::stdout(&error))?;
        env.say(format_args!(
            "The key is {key}. Try: HEYGEN_API_KEY={key} heygen-videos list --base-url {url}",
            key = Simulator::API_KEY
        ));
        signals.next().await;
        env.say(format_args!("stopped after {} requests", simulator.requests()));
        Ok(())
    }
}
