//! A HeyGen account and how to reach it: the settings, the key, the base URL, the connection pool,
//! and the throttle that all streams of a client share.

mod api_key;
mod base_url;
mod builder;
mod throttle;
mod transport;
mod version_text;

use std::fmt;
use std::sync::Arc;

use crate::api_version::ApiVersion;
use crate::retry::RetryPolicy;
use throttle::Throttle;

pub(crate) use api_key::ApiKey;
pub use builder::ClientBuilder;

/// A client for one HeyGen account.
///
/// Cloning is cheap. Clones share one connection pool, and when the server asks one of them to
/// wait, all of them wait. `Debug` redacts the key.
///
/// ```no_run
/// use futures::StreamExt;
/// use heygen_videos::Client;
///
/// # async fn list() -> heygen_videos::Result<()> {
/// let client = Client::from_env()?; // HEYGEN_API_KEY
/// let mut videos = client.videos().stream();
/// while let Some(video) = videos.next().await {
///     println!("{}", video?.video_id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<ClientInner>,
}

pub(crate) struct ClientInner {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) api: ApiVersion,
    /// Kept so that it can be removed from messages of the server and of libraries.
    pub(crate) api_key: ApiKey,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_response_bytes: usize,
    pub(crate) throttle: Throttle,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url)
            .field("api", &self.inner.api)
            .field("api_key", &self.inner.api_key)
            .finish_non_exhaustive()
    }
}
