//! `Connection`: the client that a command works with, for the real API or for a demo.

use heygen_videos::simulator::Simulator;
use heygen_videos::{Client, ClientBuilder, ErrorKind, VideoQuery};

use crate::cli::{AccountArgs, FilterArgs};
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::key;

/// A client, and where its key was found.
pub(crate) struct Connection {
    client: Client,
    key_source: String,
    /// Serves a demo as long as it lives.
    _simulator: Option<Simulator>,
}

impl Connection {
    pub(crate) async fn open(args: &AccountArgs, env: &mut Env) -> Result<Self, Failure> {
        let (builder, key_source, simulator) = match args.demo {
            Some(videos) => {
                let simulator = start_demo(videos).await?;
                (simulator.client_builder(), "the demo".to_owned(), Some(simulator))
            }
            None => {
                let key = key::find(args.api_key_file.as_deref(), env)?;
                (with_base_url(args, env).api_key(key.text), key.source, None)
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
        let query = self.client.videos().page_size(args.page_size);
        let mut query = query.malformed(filters.malformed);
        if let Some(folder) = &filters.folder_id {
            query = query.folder_id(folder);
        }
        if let Some(title) = &filters.title {
            query = query.title(title);
        }
        query
    }

    /// If the API refused the key, adds where the key was found.
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

async fn start_demo(videos: u64) -> Result<Simulator, Failure> {
    Simulator::builder()
        .videos(videos)
        .start()
        .await
        .map_err(|error| Failure::new(Exit::Api, "demo", format!("cannot start the demo: {error}")))
}

fn with_base_url(args: &AccountArgs, env: &Env) -> ClientBuilder {
    let url = args.base_url.as_deref().or_else(|| env.text_var("HEYGEN_API_BASE"));
    match url {
        Some(url) => Client::builder().base_url(url),
        None => Client::builder(),
    }
}
