//! A HeyGen account and how to reach it: the settings, the key, the base URL, the connection pool,
//! and the throttle that all streams of a client share.

mod api_key;
mod base_url;
mod builder;
mod environment;
mod extra_headers;
mod gate;
mod pace;
mod quota;
mod throttle;
mod transport;
mod version_text;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::api_version::ApiVersion;
use crate::error::Result;
use crate::retry::RetryPolicy;
use quota::RetryQuota;
use throttle::Throttle;

pub(crate) use api_key::{ApiKey, KEY_HEADER};
pub use builder::ClientBuilder;
pub(crate) use gate::Pass;

/// A client for one HeyGen account.
///
/// Cloning is cheap. Clones share one connection pool. When the server asks one of them to wait
/// (`Retry-After`), all of them wait: until a later request of one of them succeeds, and for an hour
/// at most. They also share a retry quota, see [`RetryPolicy`]. `Debug` redacts the key.
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
    /// The host and the port of the base URL.
    pub(crate) host: String,
    pub(crate) api: ApiVersion,
    /// Kept so that it can be removed from messages of the server and of libraries.
    pub(crate) api_key: ApiKey,
    /// Further texts to remove: the secrets in the headers that the caller has added.
    pub(crate) secrets: Vec<String>,
    pub(crate) retry: RetryPolicy,
    /// For one attempt.
    pub(crate) timeout: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) throttle: Throttle,
    pub(crate) quota: RetryQuota,
}

impl Client {
    /// Makes a client for another account, with the same settings and the same connection pool.
    ///
    /// The new client has a throttle and a retry quota of its own: a limit on requests per second
    /// applies to each account, and a `Retry-After` to the account that got it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if the key is empty or has
    /// characters other than visible ASCII.
    ///
    /// ```
    /// use heygen_videos::Client;
    ///
    /// let first = Client::builder().api_key("one-key").requests_per_second(2.0).build()?;
    /// let second = first.with_api_key("another-key")?;
    /// # Ok::<(), heygen_videos::Error>(())
    /// ```
    pub fn with_api_key(&self, api_key: impl AsRef<str>) -> Result<Self> {
        let api_key = ApiKey::new(api_key.as_ref())?;
        let inner = &*self.inner;
        Ok(Self {
            inner: Arc::new(ClientInner {
                http: inner.http.clone(),
                base_url: inner.base_url.clone(),
                host: inner.host.clone(),
                api: inner.api,
                api_key,
                secrets: inner.secrets.clone(),
                retry: inner.retry.clone(),
                timeout: inner.timeout,
                max_response_bytes: inner.max_response_bytes,
                throttle: inner.throttle.another(),
                quota: RetryQuota::default(),
            }),
        })
    }
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
