//! Options that several commands share.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use heygen_videos::ApiVersion;

use super::parse::{duration, rate};

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

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Urls {
    #[default]
    Drop,
    Keep,
}
