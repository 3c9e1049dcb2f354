//! `ClientBuilder`: collects the settings and checks them once.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::api_key::ApiKey;
use super::base_url::{self, BaseUrl};
use super::throttle::Throttle;
use super::transport::{Timeouts, transport};
use super::{Client, ClientInner};
use crate::api_version::ApiVersion;
use crate::error::{Error, Result};
use crate::retry::RetryPolicy;

impl Client {
    /// Makes a client with this key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    ///
    /// The same as [`ClientBuilder::build`].
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// Makes a client with the key in `HEYGEN_API_KEY`, and with the base URL in `HEYGEN_API_BASE`
    /// if that is set and not empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `HEYGEN_API_KEY` is not
    /// set, and the errors of [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Makes a builder with the defaults and without a key.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

/// Collects the settings of a [`Client`] and checks them in [`build`](Self::build).
///
/// # Default
///
/// - base URL `https://api.heygen.com`, [`ApiVersion::V1`]
/// - 30 s for one attempt, of which at most 10 s to connect; [`RetryPolicy::default`]
/// - 16 MiB for one response after decompression
/// - as many requests a second as the server allows
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
    /// Makes a builder with the key in `HEYGEN_API_KEY`, and with the base URL in
    /// `HEYGEN_API_BASE` if that is set and not empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `HEYGEN_API_KEY` is not
    /// set. A value that is not Unicode is refused later, by [`build`](Self::build).
    pub fn from_env() -> Result<Self> {
        Self::from_vars(|name| env::var_os(name))
    }

    fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        // Ignoring a base URL that is not Unicode would send the key to the default one instead.
        // The replacement character makes `build` refuse it.
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

    /// Sets the API key. It is sent as the header `x-api-key` and never printed.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets the base URL of the API. A path in it is kept as a prefix.
    ///
    /// Plain http is accepted for this machine only. No proxy is used for this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets which version of the API to use.
    pub fn api(mut self, version: ApiVersion) -> Self {
        self.api = version;
        self
    }

    /// Sets how long one attempt may take, from the connect to the last byte of the body.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long connecting may take, including the TLS handshake.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how failed requests are retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the most bytes that one response may have after decompression.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sets the most requests a second that all streams of the client and of its clones send
    /// together. By default only the server limits the rate.
    pub fn requests_per_second(mut self, rate: f64) -> Self {
        self.requests_per_second = Some(rate);
        self
    }

    /// Sets the `User-Agent`. The default is this crate's name and version.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = agent.into();
        self
    }

    /// Checks every setting and makes the client. It opens no connection.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for a key that is missing, empty or has characters other than
    ///   visible ASCII, an unsafe base URL, or a value of zero that allows no request
    /// - [`ErrorKind::Tls`](crate::ErrorKind::Tls) if the root certificates of the system cannot be loaded
    pub fn build(self) -> Result<Client> {
        let base = BaseUrl::parse(&self.base_url)?;
        let api_key = ApiKey::new(self.api_key.unwrap_or_default())?;
        if self.timeout.is_zero() || self.connect_timeout.is_zero() {
            return Err(Error::invalid("a timeout of zero allows no request to succeed"));
        }
        if self.max_response_bytes == 0 {
            return Err(Error::invalid("max_response_bytes of 0 allows no response"));
        }
        let throttle = Throttle::new(self.requests_per_second)?;
        self.retry.validate()?;
        let timeouts = Timeouts { total: self.timeout, connect: self.connect_timeout };
        let http = transport(&base, &api_key, &self.user_agent, timeouts)?;
        Ok(Client {
            inner: Arc::new(ClientInner {
                http,
                base_url: base.text,
                api: self.api,
                api_key,
                retry: self.retry,
                max_response_bytes: self.max_response_bytes,
                throttle,
            }),
        })
    }
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
    fn key_and_base_url_are_read_from_the_environment() {
        let builder = ClientBuilder::from_vars(vars(&[
            ("HEYGEN_API_KEY", "k"),
            ("HEYGEN_API_BASE", "http://localhost:9/"),
        ]))
        .unwrap();
        assert_eq!(builder.build().unwrap().inner.base_url, "http://localhost:9");
    }

    #[test]
    fn an_empty_base_url_in_the_environment_is_ignored() {
        let set = &[("HEYGEN_API_KEY", "k"), ("HEYGEN_API_BASE", "")];
        let builder = ClientBuilder::from_vars(vars(set)).unwrap();
        assert_eq!(builder.base_url, base_url::DEFAULT);
    }

    #[cfg(unix)]
    #[test]
    fn values_in_the_environment_that_are_not_unicode_are_refused() {
        use std::os::unix::ffi::OsStringExt;

        let odd = || OsString::from_vec(b"https://proxy.example/\xff".into());
        for (name, says) in [
            ("HEYGEN_API_BASE", "the base URL is not Unicode"),
            ("HEYGEN_API_KEY", "another character that a key"),
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
    fn a_key_missing_from_the_environment_is_an_error() {
        let error = ClientBuilder::from_vars(vars(&[])).unwrap_err();
        assert!(error.to_string().contains("HEYGEN_API_KEY is not set"), "{error}");
    }
}
