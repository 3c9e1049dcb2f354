//! Options that several commands share.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, ValueHint};
use heygen_videos::{ApiVersion, Malformed, RetryPolicy};

use super::parse::{duration, one_of, rate};

/// Which videos.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which videos")]
pub(crate) struct FilterArgs {
    /// Only videos in this folder
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) folder_id: Option<String>,

    /// Only videos whose title matches this text; the API decides what matches
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) title: Option<String>,

    /// What to do with an entry of a page that is not a video, such as one without an id
    #[arg(long, value_name = "ACTION", default_value = "fail", value_parser = one_of([
        ("fail", "Stop with an error that names the entry", Malformed::Fail),
        ("skip", "Leave it out", Malformed::Skip),
    ]))]
    pub(crate) malformed: Malformed,
}

/// How a run of `export` or `sync` continues, and what it shows.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Accept that the key has changed: it is a new key of the same account
    #[arg(long, help_heading = None::<&str>)]
    pub(crate) key_rotated: bool,

    /// Fetch this many pages ahead of the writing
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = None::<&str>)]
    pub(crate) read_ahead: usize,

    /// How to show progress on stderr
    #[arg(long, value_enum, default_value_t, value_name = "HOW", help_heading = "What is shown")]
    pub(crate) progress: ProgressMode,

    /// Write the summary to this file as JSON; after a failure, write the error
    #[arg(long, value_name = "PATH", help_heading = "What is shown")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) summary_file: Option<PathBuf>,
}

/// How to show progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar if stderr is a terminal and the videos go to a file, else a log
    #[default]
    Auto,
    /// A bar if stderr is a terminal, else a log
    Bar,
    /// A line every 10 seconds
    Log,
    /// A JSON line for each event, including errors
    Json,
    /// Only warnings and errors
    None,
}

/// The account and the connection to it.
#[derive(Debug, Args)]
#[command(next_help_heading = "The account")]
pub(crate) struct AccountArgs {
    /// Read the API key from this file, or from stdin with '-'
    ///
    /// The file holds the bare key, or a line 'HEYGEN_API_KEY = KEY' or 'api_key = KEY', or JSON with
    /// a field "api_key". A file in which several keys could be meant is refused. The option takes
    /// precedence over HEYGEN_API_KEY, and HEYGEN_API_KEY over the file of the official
    /// CLI, ~/.heygen/credentials (in HEYGEN_CONFIG_DIR, if that is set). No option takes the key
    /// itself, because other users of this machine can see arguments.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) api_key_file: Option<PathBuf>,

    /// The URL of the API [default: HEYGEN_API_BASE, else https://api.heygen.com]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base_url: Option<String>,

    /// The version of the API to use
    #[arg(long, default_value = "auto", value_parser = one_of([
        (ApiVersion::Auto.as_str(), "v1, or v3 where v1 is switched off", ApiVersion::Auto),
        (ApiVersion::V1.as_str(), "GET /v1/video.list, which reports the total", ApiVersion::V1),
        (ApiVersion::V3.as_str(), "GET /v3/videos, HeyGen's current API", ApiVersion::V3),
    ]))]
    pub(crate) api: ApiVersion,

    /// The number of videos in each request, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) page_size: u32,

    /// Send at most this many requests per second, such as 2 or 0.5 [default: no limit]
    #[arg(long, value_name = "R", value_parser = rate)]
    pub(crate) requests_per_second: Option<f64>,

    /// Give up on a page after this time, such as 90s, 10m or 2h
    ///
    /// It limits all attempts for one page and the waits between them. If the server asks for a
    /// longer wait, the command ends at once.
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
    pub(crate) max_wait: Duration,

    /// Give up on one attempt after this time [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Use a simulated account of N videos, without a key and without a network
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "2500")]
    #[arg(conflicts_with_all = ["api_key_file", "base_url"])]
    pub(crate) demo: Option<u64>,
}

impl AccountArgs {
    /// Whether the key comes from stdin or another open stream. A stream can be read only once, so
    /// a repeated command must be given the key again.
    pub(crate) fn reads_key_from_stream(&self) -> bool {
        self.api_key_file.as_deref().is_some_and(|path| {
            let is_in = |folder| path.starts_with(folder);
            path == Path::new("-")
                || is_in("/dev/stdin")
                || is_in("/dev/fd")
                || is_in("/proc") && path.components().any(|part| part.as_os_str() == "fd")
        })
    }

    /// The name that stands for the server of a demo. Its port differs in each run, so its address
    /// cannot identify it.
    pub(crate) fn demo_name(&self) -> Option<String> {
        self.demo.map(|videos| format!("demo of {videos} videos"))
    }

    /// Limits the time spent on a page, not the number of attempts. If the time is 0, there is only
    /// one attempt.
    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        if self.max_wait.is_zero() {
            return RetryPolicy::none();
        }
        RetryPolicy::default().max_attempts(u32::MAX).max_elapsed(self.max_wait)
    }
}

/// Whether presigned URLs are written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Urls {
    /// Leave them out
    #[default]
    Drop,
    /// Write them
    Keep,
}

impl Urls {
    pub(crate) fn are_kept(self) -> bool {
        matches!(self, Self::Keep)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn retry_policy(args: &[&str]) -> RetryPolicy {
        let cli = Cli::try_parse_from(["heygen-videos"].iter().chain(args)).unwrap();
        match cli.command {
            Command::Export(args) => args.account.retry_policy(),
            Command::List(args) => args.account.retry_policy(),
            other => panic!("{other:?} has no --max-wait"),
        }
    }

    #[test]
    fn max_wait_means_the_same_for_export_and_list() {
        let export = ["export", "--output", "-"];
        let unlimited = RetryPolicy::default().max_attempts(u32::MAX);
        for (option, wait) in [(None, 120), (Some("--max-wait=10m"), 600)] {
            let wanted = unlimited.clone().max_elapsed(Duration::from_secs(wait));
            let args: Vec<_> = export.into_iter().chain(option).collect();
            assert_eq!(retry_policy(&args), wanted);
            let args: Vec<_> = ["list"].into_iter().chain(option).collect();
            assert_eq!(retry_policy(&args), wanted);
        }
        assert_eq!(retry_policy(&["list", "--max-wait=0s"]), RetryPolicy::none());
    }
}
