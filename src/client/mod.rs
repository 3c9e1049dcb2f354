//! `Client`, the account and how it is reached.

mod api_key;
mod base_url;
mod builder;
mod throttle;
mod transport;

use std::fmt;
use std::sync::Arc;

use crate::api_version::ApiVersion;
use crate::retry::RetryPolicy;
use throttle::Throttle;

pub(crate) use api_key::ApiKey;
pub use builder::ClientBuilder;

/// An account of HeyGen's and how it is reached.
///
/// Cheap to clone: clones share the connections, and when the server tells one to wait, they all
/// wait. `Debug` redacts the key.
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
    /// Kept to take it out of what the server or a library says.
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
