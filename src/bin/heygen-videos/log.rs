//! Starts the log. Events of the library become lines on stderr and notices for the progress
//! display.

use std::io::Write;
use std::path::PathBuf;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::env::Env;
use crate::failure::Failure;
use crate::json_log::JsonLog;

/// How the log is written.
pub(crate) enum LogStyle {
    /// For people.
    Lines,
    /// For a program, as JSON. The path of the run is `None` for stdout.
    Json { path: Option<PathBuf> },
}

/// Starts the log for this number of `-v` options, or by `RUST_LOG` if there are none.
pub(crate) fn start_log(verbose: u8, style: LogStyle, env: &mut Env) -> Result<(), Failure> {
    let directives = match verbose {
        0 => env.text_var("RUST_LOG").map(str::to_owned),
        1 => Some("heygen_videos=debug".into()),
        _ => Some("trace".into()),
    };
    let lines = match directives {
        Some(directives) => Some(lines(style, env).with_filter(filter(&directives)?)),
        None => None,
    };
    env.is_logging = lines.is_some();
    let notices = env.notices.clone().with_filter(LevelFilter::WARN);
    // In a test, another run in the same process may already have started the log.
    let _ = registry().with(lines).with(notices).try_init();
    Ok(())
}

fn filter(directives: &str) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(directives)
        .map_err(|error| Failure::usage(format!("RUST_LOG is not a valid filter: {error}")))
}

fn lines<S>(style: LogStyle, env: &Env) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let stderr = env.stderr.clone();
    match style {
        LogStyle::Json { path } => Box::new(JsonLog { stderr, path }),
        LogStyle::Lines => {
            let writer = move || -> Box<dyn Write> { Box::new(stderr.clone()) };
            Box::new(fmt::layer().with_ansi(env.has_colours(&env.stderr)).with_writer(writer))
        }
    }
}
