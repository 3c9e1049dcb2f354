//! `ClientBuilder`: collects the settings and checks them once.

use std::env;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::api_key::ApiKey;
use super::base_url::{self, BaseUrl};
use super::extra_headers::{extra_headers, secrets};
use super::notices::Notices;
use super::proxy::ProxyChoice;
use super::quota::RetryQuota;
use super::throttle::Throttle;
use super::transport::{Network, Transport};
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

    /// Makes a builder with the defaults and without a key.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

/// Collects the settings of a [`Client`] and checks them in [`build`](Self::build).
///
/// # Default
///
/// - base URL `https://api.heygen.com`, [`ApiVersion::Auto`]
/// - 30 s for one attempt, of which at most 10 s to connect; [`RetryPolicy::default`]
/// - 16 MiB for one response after decompression
/// - as many requests a second as the server allows
///
/// # HTTP and TLS
///
/// The client speaks HTTP/1.1, with the TLS library of the crate's feature: `native-tls` if it is
/// on, otherwise `rustls`. It does not matter which features of reqwest other crates turn on.
///
/// # Environment variables
///
/// Every client uses these variables, even one that is not made by [`from_env`](Self::from_env).
/// They are read when the client is built.
///
/// | Variable | Meaning |
/// |---|---|
/// | `HTTPS_PROXY`, or `https_proxy` | the URL of the proxy for https; [`proxy`](Self::proxy) replaces it |
/// | `ALL_PROXY`, or `all_proxy` | the same, if `HTTPS_PROXY` is unset or empty |
/// | `NO_PROXY`, or `no_proxy` | hosts that are reached directly: `a.example,*.b.example,10.0.0.0/8`, or `*` |
/// | `REQUEST_METHOD` | if it is set, this is a CGI script, and the three above are ignored |
/// | `SSL_CERT_FILE`, `SSL_CERT_DIR` | the root certificates |
///
/// - The upper-case name takes precedence over the lower-case one, even if its value is empty.
/// - A proxy is an http or https URL, or a host and a port. SOCKS is not supported. White space at
///   the ends is removed. A value that cannot be used is refused: without the proxy, the client
///   would connect directly. Percent-encode special characters in a user name and password.
/// - `HTTP_PROXY` is ignored: plain http is used for this machine only, and never through a proxy.
/// - If the environment sets no proxy, macOS and Windows use the proxy of the system settings.
/// - On Linux and other Unix systems, if `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, `rustls` reads
///   the root certificates from there instead of from the system. With `native-tls`, OpenSSL reads
///   the two variables. macOS and Windows ignore them and use the certificates of the system.
/// - Only [`from_env`](Self::from_env) reads `HEYGEN_API_KEY` and `HEYGEN_API_BASE`.
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
    network: Network,
    /// Names and values of headers that are added to every request.
    headers: Vec<(String, String)>,
    retry: RetryPolicy,
    max_response_bytes: usize,
    requests_per_second: Option<f64>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            api_key: None,
            base_url: base_url::DEFAULT.into(),
            api: ApiVersion::default(),
            network: Network {
                timeout: Duration::from_secs(30),
                connect_timeout: Duration::from_secs(10),
                user_agent: concat!("heygen-videos/", env!("CARGO_PKG_VERSION")).into(),
                proxy: None,
                roots: Vec::new(),
            },
            headers: Vec::new(),
            retry: RetryPolicy::default(),
            max_response_bytes: 16 << 20,
            requests_per_second: None,
        }
    }
}

impl ClientBuilder {
    /// Sets the API key. It is sent as the header `x-api-key` and never printed. White space at its
    /// ends, a byte order mark and one pair of quotes around it are removed.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets the base URL of the API. A path in it is kept as a prefix. It must not end in the
    /// version, such as `/v1`, which the client appends.
    ///
    /// Plain http is accepted for this machine only. No proxy is used for this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets which version of the API to use. The default is [`ApiVersion::Auto`].
    pub fn api(mut self, version: ApiVersion) -> Self {
        self.api = version;
        self
    }

    /// Sets how long one attempt may take, from the connect to the last byte of the body.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.network.timeout = timeout;
        self
    }

    /// Sets how long connecting may take, including the TLS handshake.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.network.connect_timeout = timeout;
        self
    }

    /// Sets how failed requests are retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the maximum size of one response after decompression, in bytes.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sets the maximum number of requests per second, for all streams of the client and its clones
    /// together. By default only the server limits the rate.
    pub fn requests_per_second(mut self, rate: f64) -> Self {
        self.requests_per_second = Some(rate);
        self
    }

    /// Sets the `User-Agent`. The default is this crate's name and version.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.network.user_agent = agent.into();
        self
    }

    /// Sends all requests through the proxy at this URL, such as `http://proxy.example:3128` or
    /// `https://user:password@proxy.example`. It replaces the proxies of the environment, and
    /// `NO_PROXY` is then ignored.
    ///
    /// The proxy makes a tunnel (`CONNECT`) and sees neither the key nor the responses. A user name
    /// and a password are sent to the proxy only; percent-encode characters that a URL cannot
    /// contain. A base URL on this machine is always reached without a proxy.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Some(url.into());
        self
    }

    /// Also trusts servers whose certificate was issued by one of these authorities: one or more
    /// certificates in PEM form. The root certificates of the system stay trusted. Each call adds
    /// more. [`build`](Self::build) refuses a file if any certificate in it cannot be read.
    ///
    /// ```
    /// # fn read() -> Result<(), Box<dyn std::error::Error>> {
    /// use heygen_videos::Client;
    ///
    /// let ca = std::fs::read("company-ca.pem")?;
    /// let client = Client::builder().api_key("key").root_certificate_pem(ca).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.roots.push(pem.into());
        self
    }

    /// Adds a header to every request, for example for a gateway between this machine and the API.
    /// If a name is given twice, the last value is used.
    ///
    /// [`build`](Self::build) refuses headers that only the client may set: `x-api-key`, `host`,
    /// `accept-encoding`, headers that give the length of a message, and headers that ask for less
    /// than a whole page. `Debug` output and logs never show a value.
    ///
    /// ```
    /// use heygen_videos::Client;
    ///
    /// let client = Client::builder().api_key("key").header("x-team", "video").build()?;
    ///
    /// let error = Client::builder().api_key("key").header("Host", "example.com").build();
    /// assert!(error.unwrap_err().to_string().contains("host cannot be set"));
    /// # Ok::<(), heygen_videos::Error>(())
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Checks every setting and makes the client. It opens no connection.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for a key that is missing,
    ///   empty or has characters other than visible ASCII, an unsafe base URL, a header that cannot
    ///   be used, a proxy of the caller or of the environment that cannot be used, a damaged
    ///   certificate given by the caller, a value of zero that allows no request, or a
    ///   [`RetryPolicy`] whose limits contradict each other
    /// - [`ErrorKind::Tls`](crate::ErrorKind::Tls) if the root certificates of the system cannot be
    ///   loaded
    pub fn build(self) -> Result<Client> {
        let base = BaseUrl::parse(&self.base_url)?;
        let api_key = ApiKey::new(&self.api_key.unwrap_or_default())?;
        let Network { timeout, connect_timeout, .. } = self.network;
        if timeout.is_zero() || connect_timeout.is_zero() {
            return Err(Error::invalid("a timeout of zero allows no request to succeed"));
        }
        if self.max_response_bytes == 0 {
            return Err(Error::invalid("max_response_bytes of 0 allows no response"));
        }
        let throttle = Throttle::new(self.requests_per_second)?;
        self.retry.validate()?;
        let headers = extra_headers(&self.headers)?;
        let secrets = secrets(&headers);
        let proxy = match &self.network.proxy {
            Some(url) => Some(ProxyChoice::given(url)?),
            None if base.loopback => None,
            None => ProxyChoice::from_vars(&base.host, |name| env::var_os(name))?,
        };
        let (base_url, host) = (base.text.clone(), base.host.clone());
        let for_reqwest = proxy.as_ref().map(ProxyChoice::for_reqwest).transpose()?;
        let http = Transport::new(base, self.network, for_reqwest, headers)?;
        Ok(Client {
            inner: Arc::new(ClientInner {
                http: Arc::new(http),
                base_url,
                host,
                proxy: proxy.map(|proxy| proxy.name()),
                was_answered: AtomicBool::default(),
                api: self.api,
                v1_is_gone: AtomicBool::default(),
                notices: Notices::default(),
                api_key,
                secrets,
                retry: self.retry,
                timeout,
                max_response_bytes: self.max_response_bytes,
                throttle,
                quota: RetryQuota::default(),
            }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Network { timeout, connect_timeout, user_agent, proxy, roots } = &self.network;
        // The URLs and the values of headers may hold secrets.
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("api", &self.api)
            .field("timeout", timeout)
            .field("connect_timeout", connect_timeout)
            .field("proxy", &proxy.as_ref().map(|_| "[redacted]"))
            .field("root_certificate_pem", &roots.len())
            .field("headers", &headers)
            .field("retry", &self.retry)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("requests_per_second", &self.requests_per_second)
            .field("user_agent", user_agent)
            .finish_non_exhaustive()
    }
}
