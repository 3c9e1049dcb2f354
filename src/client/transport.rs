//! How reqwest is set up: no redirects, no proxy to this machine, TLS.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};

use super::api_key::ApiKey;
use super::base_url::{self, BaseUrl};
use crate::error::{Cause, Error, ErrorKind, Result};

/// Longer than any export; a larger timeout is taken for this one, as clocks overflow.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long one attempt may take.
#[derive(Debug)]
pub(super) struct Timeouts {
    /// From the connect to the last byte of the body.
    pub(super) total: Duration,
    /// To connect, the TLS handshake included.
    pub(super) connect: Duration,
}

/// The HTTP client of one account: nothing may carry the key to another place, and nothing but
/// `http::fetch` may send a request again.
pub(super) fn transport(
    base: &BaseUrl,
    key: &ApiKey,
    user_agent: &str,
    timeouts: Timeouts,
) -> Result<reqwest::Client> {
    let key = key.header()?;
    let agent = HeaderValue::from_str(user_agent)
        .map_err(|_| Error::invalid("the user agent cannot be sent as a header"))?;
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("x-api-key"), key),
    ]);
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .https_only(base.https)
        // Shorter than servers keep an idle connection, so that few requests meet a closed one.
        .pool_idle_timeout(Duration::from_secs(20))
        .default_headers(headers)
        .user_agent(agent)
        .timeout(timeouts.total.min(LONGEST_TIMEOUT))
        .connect_timeout(timeouts.connect.min(LONGEST_TIMEOUT));
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
    builder.build().map_err(|error| {
        // With every value checked, what is left to fail is the TLS set-up.
        Error::new(ErrorKind::Tls, "the TLS set-up failed: are root certificates installed?")
            .with_source(Cause::chain(&error, &str::to_owned))
    })
}
