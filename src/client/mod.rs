//! A HeyGen account and how to reach it: the settings, the key, the base URL, the connection pool,
//! and the throttle that all streams of a client share.

mod api_key;
mod base_url;
mod builder;
mod environment;
mod extra_headers;
mod gate;
mod notices;
mod pace;
mod proxy;
mod quota;
mod root_certificates;
mod throttle;
mod transport;
mod version_text;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use crate::api_version::ApiVersion;
use crate::error::Result;
use crate::retry::RetryPolicy;
use quota::RetryQuota;
use throttle::Throttle;
pub(crate) use transport::{MAX_HEADERS, Transport};

pub(crate) use api_key::{ApiKey, KEY_HEADER};
pub use builder::ClientBuilder;
pub(crate) use gate::Pass;
use notices::Notices;

/// A client for one HeyGen account.
///
/// Cloning is cheap. Clones share one connection pool. When the server asks one of them to wait
/// (`Retry-After`), all of them wait. The wait ends early if a later request of one of them
/// succeeds, and lasts an hour at most. Then each stream waits for a random part of the policy's
/// next delay, so that they do not all send at the same instant. They also share a retry quota, see
/// [`RetryPolicy`]. `Debug` redacts the key.
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
    pub(crate) http: Arc<Transport>,
    pub(crate) base_url: String,
    /// The host and the port of the base URL.
    pub(crate) host: String,
    /// The proxy for https and the variable that names it, for messages.
    pub(crate) proxy: Option<String>,
    /// Whether the server has answered any request, even with an error.
    pub(crate) was_answered: AtomicBool,
    pub(crate) api: ApiVersion,
    /// Whether v1 refused a listing that v3 has. `ApiVersion::Auto` then asks v3 first.
    pub(crate) v1_is_gone: AtomicBool,
    pub(crate) notices: Notices,
    /// Kept so that it can be removed from messages of the server and of libraries.
    pub(crate) api_key: ApiKey,
    /// Further texts to remove: the values of the headers that the caller has added, and their
    /// parts.
    pub(crate) secrets: Vec<String>,
    pub(crate) retry: RetryPolicy,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) throttle: Throttle,
    pub(crate) quota: RetryQuota,
}

impl Client {
    /// Makes a client for another account, with the same settings and the same connection pool.
    ///
    /// The new client has a throttle and a retry quota of its own: a limit on requests per second
    /// applies to each account separately, and a `Retry-After` only to the account that received
    /// it.
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
                http: Arc::clone(&inner.http),
                base_url: inner.base_url.clone(),
                host: inner.host.clone(),
                proxy: inner.proxy.clone(),
                was_answered: inner.was_answered.load(Relaxed).into(),
                api: inner.api,
                v1_is_gone: AtomicBool::default(),
                notices: Notices::default(),
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

    /// What the server has announced so far about the part of the API that this client and its
    /// clones use, such as the day on which it is switched off. Also whether a listing had no times
    /// for [`created_since`](crate::VideoQuery::created_since).
    ///
    /// Each notice is one line of text for people to read, and is listed once. It is taken from the
    /// headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) of any response, and from a
    /// `warning` in the body of a page. Each is also logged once as a `warn` event. At most 8 are
    /// kept.
    ///
    /// ```
    /// # use heygen_videos::Client;
    /// let client = Client::new("key")?;
    /// assert!(client.notices().is_empty()); // nothing was received yet
    /// # Ok::<(), heygen_videos::Error>(())
    /// ```
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        self.inner.notices.all()
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
