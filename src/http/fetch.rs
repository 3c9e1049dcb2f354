//! Fetches one page: the retry loop, and what one attempt does.

use std::sync::Arc;

use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep};
use tracing::{Instrument, debug, debug_span, warn};

use super::body::read_capped;
use super::classify::{
    not_a_page_error, refusal_error, too_large_error, transport_error, unexpected_status_error,
};
use super::counters::Counters;
use super::redact::Redactor;
use super::request::{Request, percent_encode};
use super::retry_after::retry_after;
use crate::api_version::ApiVersion;
use crate::client::{Client, ClientInner};
use crate::error::{Error, Result};
use crate::wire::{ErrorBody, Malformed, WirePage, decode};

/// The likely reason for a 404 or 410 of v1.
const SUNSET: &str = "HeyGen announced the end of v1 for 2026-10-31: build the client with \
                      .api(ApiVersion::V3)";

/// More than an error body needs. The rest of a longer one is not read.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// Fetches the pages of one listing.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    client: Client,
    api: ApiVersion,
    malformed: Malformed,
    /// The URL of the first page.
    url: String,
    pub(crate) counters: Arc<Counters>,
}

impl Fetcher {
    pub(crate) fn new(client: Client, request: &Request) -> Self {
        let url = request.url(&client.inner.base_url);
        let Request { api, malformed, .. } = *request;
        Self { client, api, malformed, url, counters: Arc::default() }
    }

    /// Fetches the page of `token`, or the first page if there is none, and retries as often as the
    /// client's policy allows. `number` is the page's number in this walk, for the log.
    pub(crate) async fn page(&self, token: Option<&str>, number: u64) -> Result<WirePage> {
        let ClientInner { api_key, retry, throttle, .. } = &*self.client.inner;
        let redactor = Redactor::new(api_key.as_str(), token);
        let url = self.page_url(token);
        let mut started = Instant::now();
        let mut attempts = 0;
        loop {
            let paced = throttle.wait_for_turn(retry, started).await;
            // The caller's own pace does not count against `max_elapsed`.
            started += paced.map_err(|error| error.with_attempts(attempts))?;
            attempts += 1;
            self.counters.add_request(attempts > 1);
            let span = debug_span!("page", page = number, attempt = attempts);
            let error = match self.attempt(&url, &redactor).instrument(span.clone()).await {
                Ok(page) => return Ok(page),
                Err(error) => error.with_attempts(attempts),
            };
            if let Some(wait) = error.retry_after().filter(|_| error.is_retryable()) {
                throttle.close(wait);
            }
            let wait = retry.wait_after(&error, started.elapsed(), fastrand::f64());
            let Some(wait) = wait else { return Err(error) };
            span.in_scope(|| {
                warn!(kind = %error.kind(), status = error.status(), ?wait, "retrying");
            });
            drop(span);
            sleep(wait).await;
        }
    }

    fn page_url(&self, token: Option<&str>) -> String {
        match token {
            Some(token) => format!("{}&token={}", self.url, percent_encode(token)),
            None => self.url.clone(),
        }
    }

    async fn attempt(&self, url: &str, redactor: &Redactor<'_>) -> Result<WirePage> {
        let begun = Instant::now();
        let response = self.client.inner.http.get(url).send().await;
        let mut response = response.map_err(|error| transport_error(error, redactor))?;
        if response.status() != StatusCode::OK {
            return Err(self.status_error(response, redactor).await);
        }
        let max = self.client.inner.max_response_bytes;
        let body = read_capped(&mut response, max, &self.counters).await;
        let body = body
            .map_err(|error| transport_error(error, redactor))?
            .ok_or_else(|| too_large_error(max))?;
        let body = body.as_ref();
        let page = decode(self.api, body, self.malformed)
            .map_err(|why| not_a_page_error(why, retry_after(&response), redactor))?;
        if page.skipped > 0 {
            self.counters.add_skipped(page.skipped);
            let first = page.first_skipped.as_deref().map(|first| redactor.clean(first));
            warn!(entries = page.skipped, first, "left out what is no video");
        }
        let (items, bytes) = (page.videos.len(), body.len());
        debug!(items, bytes, elapsed = ?begun.elapsed(), "page received");
        Ok(page)
    }

    /// The error for a response whose status is not 200.
    async fn status_error(&self, mut response: Response, redactor: &Redactor<'_>) -> Error {
        let status = response.status();
        if status.is_redirection() || status.is_success() {
            return unexpected_status_error(status);
        }
        // Report the status even if the body cannot be read.
        let max = self.client.inner.max_response_bytes.min(MAX_ERROR_BYTES);
        let body = read_capped(&mut response, max, &self.counters).await.ok().flatten();
        let mut body = body.and_then(|body| ErrorBody::read(body.as_ref())).unwrap_or_default();
        if self.api == ApiVersion::V1 && matches!(status.as_u16(), 404 | 410) {
            body.add_to_message(SUNSET);
        }
        refusal_error(status.as_u16(), body, retry_after(&response), redactor)
    }
}
