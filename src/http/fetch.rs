//! One page over HTTP: the request, the capped read, the classification, and the retry loop.

use std::sync::Arc;

use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep};
use tracing::{Instrument, debug, debug_span, warn};

use super::body::read_capped;
use super::classify::{refusal_error, transport_error};
use super::counters::Counters;
use super::redact::Redactor;
use super::request::{Request, percent_encode};
use super::retry_after::retry_after;
use crate::api_version::ApiVersion;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::{ErrorBody, NotAPage, WirePage, decode};

/// More than any error body needs; the rest of a longer one is not read.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// Fetches the pages of one listing.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    client: Client,
    api: ApiVersion,
    /// The URL of the first page.
    url: String,
    pub(crate) counters: Arc<Counters>,
}

impl Fetcher {
    pub(crate) fn new(client: Client, request: &Request) -> Self {
        let url = request.url(&client.inner.base_url);
        Self { client, api: request.api, url, counters: Arc::default() }
    }

    /// The page of `token`, asked for as often as the client's policy allows; `page` is its number
    /// in this walk, for the log.
    pub(crate) async fn page(&self, token: Option<&str>, page: u64) -> Result<WirePage> {
        let redactor = Redactor::new(self.client.inner.api_key.as_str(), token);
        let url = match token {
            Some(token) => format!("{}&token={}", self.url, percent_encode(token)),
            None => self.url.clone(),
        };
        let policy = &self.client.inner.retry;
        let mut started = Instant::now();
        let mut attempts = 0;
        loop {
            let turn = self.client.inner.throttle.wait_for_turn(policy, started).await;
            started += turn.map_err(|error| error.with_attempts(attempts))?;
            attempts += 1;
            let span = debug_span!("page", page, attempt = attempts);
            self.counters.add_request(attempts > 1);
            let error = match self.attempt(&url, &redactor).instrument(span.clone()).await {
                Ok(page) => return Ok(page),
                Err(error) => error.with_attempts(attempts),
            };
            if let Some(wait) = error.retry_after().filter(|_| error.is_retryable()) {
                self.client.inner.throttle.close(wait);
            }
            let wait = policy.wait_after(&error, started.elapsed(), fastrand::f64());
            let Some(wait) = wait else { return Err(error) };
            span.in_scope(|| {
                warn!(kind = %error.kind(), status = error.status(), ?wait, "will ask again");
            });
            drop(span);
            sleep(wait).await;
        }
    }

    async fn attempt(&self, url: &str, redactor: &Redactor<'_>) -> Result<WirePage> {
        let begun = Instant::now();
        let response = self.client.inner.http.get(url).send().await;
        let mut response = response.map_err(|error| transport_error(error, redactor))?;
        if response.status() != StatusCode::OK {
            return Err(self.refused(response, redactor).await);
        }
        let max = self.client.inner.max_response_bytes;
        let body = read_capped(&mut response, max, &self.counters).await;
        let Some(body) = body.map_err(|error| transport_error(error, redactor))? else {
            let message = format!(
                "it has more than {max} bytes: raise max_response_bytes, or ask for smaller pages"
            );
            return Err(Error::new(ErrorKind::TooLarge, message).with_status(200));
        };
        let body = body.as_ref();
        match decode(self.api, body) {
            Ok(page) => {
                let (items, bytes) = (page.videos.len(), body.len());
                debug!(items, bytes, elapsed = ?begun.elapsed(), "page received");
                Ok(page)
            }
            Err(NotAPage::Cut) => Err(Error::new(
                ErrorKind::Network,
                "the body ended too early: it was cut on its way",
            )
            .with_status(200)),
            Err(NotAPage::Refused(refusal)) => {
                Err(refusal_error(200, refusal, retry_after(&response), redactor))
            }
            Err(NotAPage::Other(what)) => Err(Error::new(ErrorKind::Decode, what).with_status(200)),
        }
    }

    /// The error for a response whose status is not 200.
    async fn refused(&self, mut response: Response, redactor: &Redactor<'_>) -> Error {
        let status = response.status();
        if status.is_redirection() {
            return Error::new(
                ErrorKind::Redirect,
                "a redirect is not followed, as it would carry the key along: check the base URL",
            )
            .with_status(status.as_u16());
        }
        if status.is_success() {
            return Error::new(ErrorKind::Decode, "only status 200 brings a page")
                .with_status(status.as_u16());
        }
        // What cannot be read of an error's body must not hide the error.
        let max = self.client.inner.max_response_bytes.min(MAX_ERROR_BYTES);
        let body = read_capped(&mut response, max, &self.counters).await.ok().flatten();
        let refusal = body.and_then(|body| ErrorBody::read(body.as_ref()));
        let mut refusal = refusal.unwrap_or_default();
        if self.api == ApiVersion::V1 && matches!(status.as_u16(), 404 | 410) {
            refusal.message = [refusal.message.as_str(), SUNSET]
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join("; ");
        }
        refusal_error(status.as_u16(), refusal, retry_after(&response), redactor)
    }
}

/// What a 404 or 410 of v1 most likely means by now.
const SUNSET: &str = "HeyGen announced v1 as supported until 2026-10-31: build the client with \
                      .api(ApiVersion::V3)";
