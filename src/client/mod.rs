//! `Client`, the account and how it is reached, and `ClientBuilder`, which checks it all once.

mod base_url;
mod throttle;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};

use crate::api_version::ApiVersion;
use crate::error::Cause;
use crate::error::{Error, ErrorKind, Result};
use crate::retry::RetryPolicy;
use base_url::BaseUrl;
use throttle::Throttle;

/// Longer than any export; a larger timeout is taken for this one, as clocks overflow.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

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
    pub(crate) api_key: String,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_response_bytes: usize,
    pub(crate) throttle: Throttle,
}

impl Client {
    /// A client with this key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build`].
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// A client with the key in `HEYGEN_API_KEY`, and the base URL in `HEYGEN_API_BASE` where that
    /// is set and not empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] where `HEYGEN_API_KEY` is not set, and as
    /// [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// A builder that holds the defaults and no key.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url)
            .field("api", &self.inner.api)
            .field("api_key", &"[redacted]")
            .finish_non_exhaustive()
    }
}

/// Collects the settings of a [`Client`] and checks them all in [`build`](Self::build).
///
/// # Default
///
/// - base URL `https://api.heygen.com`, [`ApiVersion::V1`]
/// - 30 s for one attempt, 10 s of which to connect; [`RetryPolicy::default`]
/// - 16 MiB for one response, after decompression; no pace of our own
///
/// ```
/// use std::time::Duration;
/// use heygen_videos::{ApiVersion, Client};
///
/// let client = Client::builder()
///     .api_key("key")
///     .api(ApiVersion::V3)
///     .timeout(Duration::from_secs(10))
///     .build()?;
///
/// let error = Client::builder().api_key("key").base_url("http://example.com").build();
/// assert!(error.unwrap_err().to_string().contains("must be https"));
/// # Ok::<(), heygen_videos::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    api_key: Option<String>,
    base_url: String,
    api: ApiVersion,
    timeout: Duration,
    connect_timeout: Duration,
    retry: RetryPolicy,
    max_response_bytes: usize,
    requests_per_second: Option<f64>,
    user_agent: String,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            api_key: None,
            base_url: base_url::DEFAULT.into(),
            api: ApiVersion::default(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            max_response_bytes: 16 << 20,
            requests_per_second: None,
            user_agent: concat!("heygen-videos/", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}

impl ClientBuilder {
    /// A builder with the key in `HEYGEN_API_KEY`, and the base URL in `HEYGEN_API_BASE` where that
    /// is set and not empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] where `HEYGEN_API_KEY` is not set. What is set and no Unicode
    /// is refused by [`build`](Self::build).
    pub fn from_env() -> Result<Self> {
        Self::from_vars(|name| env::var_os(name))
    }

    fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        // What is not Unicode stays set, and is refused: without the base URL that was meant, the
        // key would go to the default one.
        let var = |name| Some(var(name)?.to_string_lossy().into_owned());
        let key = var("HEYGEN_API_KEY").ok_or_else(|| {
            Error::invalid("HEYGEN_API_KEY is not set: set it to the API key of your account")
        })?;
        let mut builder = Self::default().api_key(key);
        if let Some(base) = var("HEYGEN_API_BASE").filter(|base| !base.is_empty()) {
            builder.base_url = base;
        }
        Ok(builder)
    }

    /// Sets the key, which is sent as the header `x-api-key` and shown nowhere.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets where the API is; a path in it is kept as a prefix.
    ///
    /// Plain http is accepted for this machine only, and then no proxy is used.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the version of the API to speak.
    pub fn api(mut self, version: ApiVersion) -> Self {
        self.api = version;
        self
    }

    /// Sets how long one attempt may take, from the connect to the last byte of the body.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long connecting may take, the TLS handshake included.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how failed requests are retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how many bytes one response may have after decompression.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sets how many requests a second are sent at most, by all streams of the client and its
    /// clones together; the default is no limit but the server's.
    pub fn requests_per_second(mut self, rate: f64) -> Self {
        self.requests_per_second = Some(rate);
        self
    }

    /// Sets the `User-Agent`; the default is this crate's name and version.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = agent.into();
        self
    }

    /// Checks every setting and makes the client; no connection is opened.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`] for a key that is missing, empty or not made of visible
    ///   ASCII characters, an unsafe base URL, or a limit of zero
    /// - [`ErrorKind::Tls`] where the root certificates of the system cannot be loaded
    pub fn build(self) -> Result<Client> {
        let base = BaseUrl::parse(&self.base_url)?;
        let api_key = self.api_key.unwrap_or_default();
        if api_key.is_empty() {
            return Err(Error::invalid("the API key is empty: set it, or HEYGEN_API_KEY"));
        }
        if !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid(
                "the API key contains white space, a line end or another character that no key \
                 has: copy it again",
            ));
        }
        if self.timeout.is_zero() || self.connect_timeout.is_zero() {
            return Err(Error::invalid("a timeout of zero lets no request succeed"));
        }
        if self.max_response_bytes == 0 {
            return Err(Error::invalid("max_response_bytes of 0 lets no response through"));
        }
        let interval = self.requests_per_second.map(interval_of).transpose()?;
        self.retry.validate()?;
        let mut key = HeaderValue::from_str(&api_key)
            .map_err(|_| Error::invalid("the API key cannot be sent as a header"))?;
        key.set_sensitive(true);
        let agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_| Error::invalid("the user agent cannot be sent as a header"))?;
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (reqwest::header::HeaderName::from_static("x-api-key"), key),
        ]);
        let http = http_client(&base)?
            .default_headers(headers)
            .user_agent(agent)
            .timeout(self.timeout.min(LONGEST_TIMEOUT))
            .connect_timeout(self.connect_timeout.min(LONGEST_TIMEOUT))
            .build()
            .map_err(|error| {
                // With every value checked, what is left to fail is the TLS set-up.
                Error::new(
                    ErrorKind::Tls,
                    "the TLS set-up failed: are root certificates installed?",
                )
                .with_source(Cause::chain(&error, &str::to_owned))
            })?;
        Ok(Client {
            inner: Arc::new(ClientInner {
                http,
                base_url: base.text,
                api: self.api,
                api_key,
                retry: self.retry,
                max_response_bytes: self.max_response_bytes,
                throttle: Throttle::paced(interval),
            }),
        })
    }
}

/// The time between two requests at this rate.
fn interval_of(requests_per_second: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(1.0 / requests_per_second)
        .ok()
        .filter(|interval| !interval.is_zero() && *interval <= LONGEST_TIMEOUT)
        .ok_or_else(|| {
            Error::invalid("requests_per_second must be a positive number, such as 2 or 0.5")
        })
}

/// What is the same for every client: nothing may carry the key to another place, and nothing but
/// `fetch` may send a request again.
fn http_client(base: &BaseUrl) -> Result<reqwest::ClientBuilder> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .https_only(base.https)
        // Shorter than servers keep an idle connection, so that few requests meet a closed one.
        .pool_idle_timeout(Duration::from_secs(20));
    if base.loopback {
        let localhost = base_url::LOCALHOST.map(|ip| SocketAddr::new(ip, 0));
        builder = builder.no_proxy().resolve_to_addrs("localhost", &localhost);
    }
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    if !base.https {
        // No root certificates are needed, so a machine without any can use the simulator.
        builder = builder.tls_certs_only([]);
    }
    if cfg!(not(any(feature = "rustls", feature = "native-tls"))) && base.https {
        return Err(Error::invalid(
            "an https base URL needs the feature 'rustls' or 'native-tls' of heygen-videos",
        ));
    }
    Ok(builder)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("api", &self.api)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("requests_per_second", &self.requests_per_second)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(set: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| set.iter().find(|(known, _)| *known == name).map(|(_, to)| OsString::from(to))
    }

    #[test]
    fn the_environment_gives_key_and_base_url() {
        let builder = ClientBuilder::from_vars(vars(&[
            ("HEYGEN_API_KEY", "k"),
            ("HEYGEN_API_BASE", "http://localhost:9/"),
        ]))
        .unwrap();
        assert_eq!(builder.build().unwrap().inner.base_url, "http://localhost:9");
    }

    #[test]
    fn an_empty_base_in_the_environment_is_as_good_as_none() {
        let set = &[("HEYGEN_API_KEY", "k"), ("HEYGEN_API_BASE", "")];
        let builder = ClientBuilder::from_vars(vars(set)).unwrap();
        assert_eq!(builder.base_url, base_url::DEFAULT);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_unicode_in_the_environment_is_refused_not_passed_over() {
        use std::os::unix::ffi::OsStringExt;

        let odd = || OsString::from_vec(b"https://proxy.example/\xff".into());
        for (name, says) in [
            ("HEYGEN_API_BASE", "the base URL is not Unicode"),
            ("HEYGEN_API_KEY", "another character that no key"),
        ] {
            let set = |asked: &str| match asked {
                asked if asked == name => Some(odd()),
                "HEYGEN_API_KEY" => Some("k".into()),
                _ => None,
            };
            let error = ClientBuilder::from_vars(set).unwrap().build().unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn a_missing_key_in_the_environment_is_named() {
        let error = ClientBuilder::from_vars(vars(&[])).unwrap_err();
        assert!(error.to_string().contains("HEYGEN_API_KEY is not set"), "{error}");
    }
}
