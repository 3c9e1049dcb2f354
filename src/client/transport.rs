//! How reqwest is set up: the TLS library, the proxy, the headers and no redirects.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{ClientBuilder as HttpBuilder, Proxy};

use super::base_url::{self, BaseUrl};
use super::root_certificates::{bad_root, with_roots};
use crate::error::{Cause, Error, ErrorKind, Result};

/// A larger timeout is reduced to this one, because adding it to the clock could overflow.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How many headers a response may have. hyper's own limit is 100, which a proxy with many cookies
/// can exceed.
pub(crate) const MAX_HEADERS: usize = 1_000;

/// The settings of the connections, as the caller gave them.
#[derive(Clone)]
pub(super) struct Network {
    /// How long one attempt may take, from the connect to the last byte of the body.
    pub(super) timeout: Duration,
    /// How long connecting may take, including the TLS handshake.
    pub(super) connect_timeout: Duration,
    pub(super) user_agent: String,
    /// The URL of the proxy, which may hold a password.
    pub(super) proxy: Option<String>,
    /// Certificates in PEM form.
    pub(super) roots: Vec<Vec<u8>>,
}

/// The HTTP client. A `Client` shares it with the clients that `with_api_key` makes from it.
pub(crate) struct Transport {
    base: BaseUrl,
    network: Network,
    proxy: Option<Proxy>,
    headers: HeaderMap,
    /// Keeps idle connections for later requests.
    pub(crate) pooled: reqwest::Client,
    unpooled: OnceLock<reqwest::Client>,
}

impl Transport {
    pub(super) fn new(
        base: BaseUrl,
        network: Network,
        proxy: Option<Proxy>,
        headers: HeaderMap,
    ) -> Result<Self> {
        let pooled = http_client(&base, &network, proxy.as_ref(), &headers, usize::MAX)?;
        Ok(Self { base, network, proxy, headers, pooled, unpooled: OnceLock::new() })
    }

    /// An HTTP client that opens a connection for each request.
    ///
    /// When one idle connection is dead, all others may be dead as well, for example after the
    /// machine was suspended. Retries that take them from the pool would fail one after the other.
    pub(crate) fn unpooled(&self) -> &reqwest::Client {
        // Loading the root certificates takes time, and most clients never need this one. If they
        // can no longer be loaded, the retry still has the first client.
        self.unpooled.get_or_init(|| {
            http_client(&self.base, &self.network, self.proxy.as_ref(), &self.headers, 0)
                .unwrap_or_else(|_| self.pooled.clone())
        })
    }
}

/// Builds an HTTP client that keeps up to `max_idle` connections.
///
/// It follows no redirect and sends no `Referer`, so the key goes to the base URL only. It never
/// retries, because only `http::fetch` may do that. It does not hold the key: each request adds its
/// own.
fn http_client(
    base: &BaseUrl,
    network: &Network,
    proxy: Option<&Proxy>,
    headers: &HeaderMap,
    max_idle: usize,
) -> Result<reqwest::Client> {
    let mut headers = headers.clone();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let agent = HeaderValue::from_str(&network.user_agent)
        .map_err(|_| Error::invalid("the user agent cannot be sent as a header"))?;
    let mut builder = pinned(reqwest::Client::builder())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .http1_max_headers(MAX_HEADERS)
        // A user agent must accept them (RFC 9112, section 5.2).
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        // `http::inflate` decompresses the body, even if another crate turns on reqwest's `gzip`
        // feature.
        .no_gzip()
        .https_only(base.https)
        // Servers keep idle connections longer than this, so few requests hit a closed one.
        .pool_idle_timeout(Duration::from_secs(20))
        .pool_max_idle_per_host(max_idle)
        .default_headers(headers)
        .user_agent(agent)
        .timeout(network.timeout.min(LONGEST_TIMEOUT))
        .connect_timeout(network.connect_timeout.min(LONGEST_TIMEOUT));
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy.clone());
    }
    if base.loopback {
        let localhost = base_url::LOCALHOST.map(|ip| SocketAddr::new(ip, 0));
        builder = builder.no_proxy().resolve_to_addrs("localhost", &localhost);
    }
    builder = with_roots(builder, base, &network.roots)?;
    builder.build().map_err(|error| {
        // Every value was checked before, so only the TLS setup can fail. If the caller gave
        // certificates, the system needs none, so one of the caller's is invalid.
        let refused = if network.roots.is_empty() {
            let message = "the TLS setup failed: are root certificates installed?";
            Error::new(ErrorKind::Tls, message)
        } else {
            bad_root()
        };
        refused.with_source(Cause::chain(&error, &str::to_owned))
    })
}

/// Fixes everything that could change when another crate turns on a feature of reqwest: the version
/// of HTTP, the TLS library, the resolver and the content codings.
fn pinned(builder: HttpBuilder) -> HttpBuilder {
    let builder = builder.http1_only().no_hickory_dns().no_brotli().no_deflate().no_zstd();
    // If both TLS features are on, use `native-tls`: `rustls` may be on only because it is the
    // default.
    #[cfg(feature = "native-tls")]
    let builder = builder.tls_backend_native();
    #[cfg(all(feature = "rustls", not(feature = "native-tls")))]
    let builder = builder.tls_backend_rustls();
    builder
}
