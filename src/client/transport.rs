//! How reqwest is set up: no redirects, no proxy for loopback addresses, TLS.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};

use super::api_key::ApiKey;
use super::base_url::{self, BaseUrl};
use crate::error::{Cause, Error, ErrorKind, Result};

/// A larger timeout is reduced to this one, because adding it to the clock could overflow.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Debug)]
pub(super) struct Timeouts {
    /// For one attempt, from the connect to the last byte of the body.
    pub(super) total: Duration,
    /// For connecting, including the TLS handshake.
    pub(super) connect: Duration,
}

/// Builds the HTTP client of one account.
///
/// It follows no redirect and sends no `Referer`, so the key goes to the base URL only. It never
/// retries, because only `http::fetch` may do that.
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
        // Servers keep idle connections longer than this, so few requests hit a closed one.
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
        // Plain http needs no root certificates. Without them the simulator still works.
        builder = builder.tls_certs_only([]);
    }
    if cfg!(not(any(feature = "rustls", feature = "native-tls"))) && base.https {
        return Err(Error::invalid(
            "an https base URL needs the feature 'rustls' or 'native-tls' of heygen-videos",
        ));
    }
    builder.build().map_err(|error| {
        // Every value was checked before, so only the TLS setup can fail.
        Error::new(ErrorKind::Tls, "the TLS setup failed: are root certificates installed?")
            .with_source(Cause::chain(&error, &str::to_owned))
    })
}
