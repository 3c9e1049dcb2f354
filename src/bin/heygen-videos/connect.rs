//! `Connection`: the client of a command, for the real API or for a demo.

use std::time::SystemTime;

use heygen_videos::export::ExportError;
use heygen_videos::simulator::Simulator;
use heygen_videos::sync::SyncError;
use heygen_videos::{Client, ClientBuilder, Error, VideoQuery};
use jiff::Timestamp;

use crate::advice::{self, AdviceContext};
use crate::cli::{AccountArgs, FilterArgs};
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key::{self, Key};

/// A client, and the details that are needed to explain its failures.
pub(crate) struct Connection {
    client: Client,
    context: AdviceContext,
    /// The simulator of a demo, which runs until this is dropped.
    _simulator: Option<Simulator>,
}

impl Connection {
    pub(crate) async fn open(
        args: &AccountArgs,
        filters: &FilterArgs,
        env: &mut Env,
    ) -> Result<Self, Failure> {
        Self::open_with(args, filters, None, env).await
    }

    /// Opens a connection with this key, or with the key of the options or the environment.
    pub(crate) async fn open_with(
        args: &AccountArgs,
        filters: &FilterArgs,
        key: Option<Key>,
        env: &mut Env,
    ) -> Result<Self, Failure> {
        refuse_wrong_clock(SystemTime::now())?;
        let (builder, key_source, simulator) = match args.demo {
            Some(videos) => {
                let simulator = start_demo(videos).await?;
                (simulator.client_builder(), "the demo".to_owned(), Some(simulator))
            }
            None => {
                let builder = with_base_url(args, env)?;
                let key = match key {
                    Some(key) => key,
                    None => key::find(args.api_key_file.as_deref(), env)?,
                };
                (builder.api_key(key.text), key.source, None)
            }
        };
        let mut builder = builder.api(args.api).retry(args.retry_policy());
        if let Some(rate) = args.requests_per_second {
            builder = builder.requests_per_second(rate);
        }
        if let Some(timeout) = args.timeout {
            builder = builder.timeout(timeout);
        }
        let has_folder = filters.folder_id.is_some();
        let roots = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
        let roots = roots.into_iter().find(|name| env.var(name).is_some());
        let (api, page_size) = (args.api, args.page_size);
        let context = AdviceContext { api, page_size, has_folder, key_source, roots };
        let client = builder.build().map_err(|error| refused(&error, &context))?;
        Ok(Self { client, context, _simulator: simulator })
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

    /// Where the key was found.
    pub(crate) fn key_source(&self) -> &str {
        &self.context.key_source
    }

    /// The failure of a listing, with advice.
    pub(crate) fn failed_listing(&self, error: &Error) -> Failure {
        Failure::of_listing(error).advised(advice::for_listing(error, &self.context))
    }

    /// The failure of an export, with advice.
    pub(crate) fn failed_export(&self, error: &ExportError) -> Failure {
        let advice = match error.api() {
            Some(listing) => advice::for_listing(listing, &self.context),
            None => advice::for_export(error).map(str::to_owned),
        };
        Failure::of_export(error).advised(advice)
    }

    /// The failure of a sync, with advice.
    pub(crate) fn failed_sync(&self, error: &SyncError) -> Failure {
        Failure::of_sync(error).advised(advice::for_sync(error, &self.context))
    }
}

/// Fails if the clock of the machine is so far off that times of HTTP cannot be written.
pub(crate) fn refuse_wrong_clock(now: SystemTime) -> Result<(), Failure> {
    match Timestamp::try_from(now) {
        Ok(now) if now >= Timestamp::UNIX_EPOCH => Ok(()),
        _ => {
            let message = "the clock of this machine is before the year 1970 or after 9999";
            Err(Failure::new(Exit::Api, "clock", message).hint("set the clock"))
        }
    }
}

async fn start_demo(videos: u64) -> Result<Simulator, Failure> {
    Simulator::builder()
        .videos(videos)
        .start()
        .await
        .map_err(|error| Failure::new(Exit::Api, "demo", format!("cannot start the demo: {error}")))
}

fn with_base_url(args: &AccountArgs, env: &Env) -> Result<ClientBuilder, Failure> {
    let url = match args.base_url.as_deref() {
        Some(url) => Some(url),
        None => env.chosen_var("HEYGEN_API_BASE", Exit::Usage, "usage")?,
    };
    Ok(url.map_or_else(Client::builder, |url| Client::builder().base_url(url)))
}

/// The failure for rejected settings. An invalid key is a key failure, not a usage error.
fn refused(error: &Error, context: &AdviceContext) -> Failure {
    if !error.is_bad_key() {
        return Failure::of_listing(error).advised(advice::for_listing(error, context));
    }
    let key_source = &context.key_source;
    Failure::new(Exit::Key, "key", format!("the key from {key_source} cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_before_1970_or_after_9999_is_an_error_that_says_so() {
        let (epoch, seconds) = (SystemTime::UNIX_EPOCH, Duration::from_secs);
        for right in [epoch, SystemTime::now(), epoch + seconds(200_000_000_000)] {
            refuse_wrong_clock(right).unwrap();
        }
        for wrong in [epoch - seconds(1), epoch + seconds(400_000_000_000)] {
            let failure = refuse_wrong_clock(wrong).unwrap_err();
            assert_eq!(failure.exit, Exit::Api);
            assert!(failure.message.contains("the clock of this machine"), "{failure:?}");
        }
    }
}
