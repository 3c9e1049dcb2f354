//! What the command line takes: the commands and the options that several of them share.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use heygen_videos::ApiVersion;
use jiff::SignedDuration;

use crate::cli::completions::CompletionsArgs;
use crate::cli::export::ExportArgs;
use crate::cli::simulate::SimulateArgs;
use crate::commands::list::ListArgs;
use crate::failure::EXIT_CODES;

const EXAMPLES: &str = "\
Examples:
  heygen-videos export --demo --output videos.jsonl     try it without a key or a network
  heygen-videos export --output videos.jsonl            every video of your account
  heygen-videos list --title onboarding                 a table of the newest

The key is taken from --api-key-file, else from HEYGEN_API_KEY, else from the file of the official
CLI, ~/.heygen/credentials. RUST_LOG=heygen_videos=debug shows each request.";

/// Lists and exports the videos of a HeyGen account.
#[derive(Debug, Parser)]
#[command(name = "heygen-videos", version, max_term_width = 100, after_help = EXAMPLES)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Export(Box<ExportArgs>),
    List(ListArgs),
    Simulate(SimulateArgs),
    Completions(CompletionsArgs),
}

/// Which videos.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which videos")]
pub(crate) struct FilterArgs {
    /// Only the videos in this folder
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) folder_id: Option<String>,

    /// Only the videos whose title the API finds to match
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) title: Option<String>,
}

/// The account and how it is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "The account")]
pub(crate) struct AccountArgs {
    /// Read the key from this file, or from stdin with '-'
    ///
    /// The file holds the bare key, or a line 'api_key = KEY', or JSON with a field "api_key". Over
    /// HEYGEN_API_KEY, which is over the official CLI's ~/.heygen/credentials (HEYGEN_CONFIG_DIR
    /// moves that directory). There is no option for the key itself, as other users of a machine
    /// can see arguments.
    #[arg(long, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,

    /// Where the API is [default: HEYGEN_API_BASE, else https://api.heygen.com]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// The version of the API to speak
    #[arg(long, value_enum, default_value_t)]
    pub(crate) api: Api,

    /// Videos asked for with one request, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) page_size: u32,

    /// Send no more requests a second than this, such as 2 or 0.5 [default: no limit]
    #[arg(long, value_name = "R", value_parser = rate)]
    pub(crate) requests_per_second: Option<f64>,

    /// Give up on a page after this long, such as 90s, 10m or 2h [default: 2m]
    ///
    /// It bounds all waits and attempts for one page. Where the server asks for a longer wait, the
    /// command ends at once.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) max_wait: Option<Duration>,

    /// Give up on one attempt after this long [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Use a simulated account of N videos: no key, no network
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "2500")]
    #[arg(conflicts_with_all = ["api_key_file", "base_url"])]
    pub(crate) demo: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Api {
    /// GET /v1/video.list, which tells the total
    #[default]
    V1,
    /// GET /v3/videos, HeyGen's current API
    V3,
}

impl From<Api> for ApiVersion {
    fn from(api: Api) -> Self {
        match api {
            Api::V1 => Self::V1,
            Api::V3 => Self::V3,
        }
    }
}

/// Reads `90s`, `10m`, `1h 30m` and ISO 8601's `PT10M`.
fn duration(text: &str) -> Result<Duration, String> {
    if text.parse::<f64>().is_ok() {
        return Err("a unit is missing: write 90s, 10m or 2h".into());
    }
    let time: SignedDuration =
        text.parse().map_err(|_| "not a time such as 90s, 10m or 2h".to_owned())?;
    Duration::try_from(time).map_err(|_| "a time cannot be negative".into())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if rate > 0.0 && rate.is_finite() { Ok(rate) } else { Err("must be above 0".into()) }
}

/// A share from 0 to 1.
pub(crate) fn share() -> impl TypedValueParser<Value = f64> {
    NonEmptyStringValueParser::new().try_map(|text| match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a number from 0 to 1"),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_time_needs_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("100ms"), Ok(Duration::from_millis(100)));
        for wrong in ["90", "", "-5s", "soon", "5 parsecs"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_positive() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "inf", "NaN", "fast"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
