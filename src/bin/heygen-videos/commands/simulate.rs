//! `simulate`: serves a simulated account until a signal ends it.

use std::io::Write;
use std::time::{Duration, SystemTime};

use heygen_videos::simulator::Simulator;
use tokio::sync::oneshot;

use crate::cli::SimulateArgs;
use crate::connect::refuse_wrong_clock;
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::signals::Watch;

pub(crate) async fn run(args: SimulateArgs, watch: Watch, env: &mut Env) -> Result<(), Failure> {
    refuse_wrong_clock(SystemTime::now())?;
    let mut builder = Simulator::builder()
        .port(args.port)
        .videos(args.videos)
        .latency(Duration::from_millis(args.latency))
        .fault_rate(args.fault_rate);
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    // Before the first line is written, because its reader may send a signal at once.
    let (stop, stopped) = oneshot::channel::<()>();
    watch.stop_on_first(|| drop(stop), || {});
    let simulator = builder.start().await.map_err(|error| {
        Failure::new(Exit::Usage, "port", format!("cannot listen on port {}: {error}", args.port))
    })?;
    let url = simulator.base_url();
    writeln!(env.stdout, "listening on {url}")
        .and_then(|()| env.stdout.flush())
        .map_err(|error| Failure::stdout(&error))?;
    if env.is_quiet {
        let _ = stopped.await;
        return Ok(());
    }
    env.say(format_args!(
        "The key is {key}. Try: HEYGEN_API_KEY={key} heygen-videos list --base-url {url}",
        key = Simulator::API_KEY
    ));
    // The signal drops the sender.
    let _ = stopped.await;
    env.say(format_args!("stopped after {} requests", simulator.requests()));
    Ok(())
}
