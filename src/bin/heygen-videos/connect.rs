//! `Connection`, the client a command works with: of the real API, or of a simulator of its own.

use heygen_videos::simulator::Simulator;
use heygen_videos::{Client, ClientBuilder, ErrorKind, VideoQuery};

use crate::cli::{AccountArgs, FilterArgs};
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::key;

/// A client, and what must live as long as it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Where the key came from, to say so when it is refused.
    key_source: String,
    /// Of a demonstration.
    _simulator: Option<Simulator>,
}

impl Connection {
    pub(crate) async fn open(args: &AccountArgs, env: &mut Env) -> Result<Self, Failure> {
        let (builder, key_source, simulator) = match args.demo {
            Some(videos) => {
                let simulator = Simulator::builder().videos(videos).start().await;
                let simulator = simulator.map_err(|error| {
                    Failure::new(Exit::Api, "demo", format!("the demo cannot start: {error}"))
                })?;
                (simulator.client_builder(), "the demo".into(), Some(simulator))
            }
            None => {
                let key = key::find(args.api_key_file.as_deref(), env)?;
                (with_base(args, env).api_key(key.text), key.source, None)
            }
        };
        let mut builder = builder.api(args.api).retry(args.retry_policy());
        if let Some(rate) = args.requests_per_second {
            builder = builder.requests_per_second(rate);
        }
        if let Some(timeout) = args.timeout {
            builder = builder.timeout(timeout);
        }
        Ok(Self { client: builder.build()?, key_source, _simulator: simulator })
    }

    pub(crate) fn query(&self, filters: &FilterArgs, args: &AccountArgs) -> VideoQuery {
        let mut query = self.client.videos().page_size(args.page_size);
        if let Some(folder) = &filters.folder_id {
            query = query.folder_id(folder);
        }
        if let Some(title) = &filters.title {
            query = query.title(title);
        }
        query
    }

    /// Adds to a failure what only the account knows.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        if !matches!(failure.kind, FailureKind::Listing(ErrorKind::Unauthorized)) {
            return failure;
        }
        let source = &self.key_source;
        failure.hint(format!(
            "the key came from {source}: check it, and that its account may use the API"
        ))
    }
}

fn with_base(args: &AccountArgs, env: &Env) -> ClientBuilder {
    let base = args.base_url.as_deref().or_else(|| env.text_var("HEYGEN_API_BASE"));
    match base {
        Some(url) => Client::builder().base_url(url),
        None => Client::builder(),
    }
}
