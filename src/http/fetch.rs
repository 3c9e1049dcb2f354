//! Fetches one page: the retry loop, and what one attempt does.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CACHE_CONTROL;
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, debug, debug_span, warn};

use super::body::read_capped;
use super::classify::{
    not_a_page_error, refusal_error, too_large_error, transport_error, unexpected_status_error,
};
use super::counters::Counters;
use super::reason::reason;
use super::redact::Redactor;
use super::request::{Request, percent_encode};
use super::retry_after::retry_after;
use super::streak::Streak;
use crate::api_version::ApiVersion;
use crate::client::{Client, ClientInner, KEY_HEADER, Pass};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::{ErrorBody, WirePage, decode};

/// The likely reason for a 404 or 410 of v1.
const SUNSET: &str = "HeyGen announced the end of v1 for 2026-10-31: build the client with \
                      .api(ApiVersion::V3)";

/// More than an error body needs. The rest of a longer one is not read.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// What an error says that was not retried because of the quota.
const QUOTA_USED_UP: &str = "not retried, because too many requests of this client have failed and \
                             its retry quota is used up";

/// Fetches the pages of one listing.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    client: Client,
    api: ApiVersion,
    /// The URL of the first page.
    url: String,
    pub(crate) counters: Arc<Counters>,
    /// Lets a stream that was rearmed through the throttle's gate.
    pass: Arc<Pass>,
}

impl Fetcher {
    pub(crate) fn new(client: Client, request: &Request) -> Self {
        let url = request.url(&client.inner.base_url);
        Self { client, api: request.api, url, counters: Arc::default(), pass: Arc::default() }
    }

    /// Fetches the page of `token`, or the first page if there is none, and retries as often as the
    /// client's policy allows. `number` is the page's number in this walk, for the log.
    pub(crate) async fn page(&self, token: Option<&str>, number: u64) -> Result<WirePage> {
        let page = self.page_with_retries(token, number).await;
        if page.is_err() {
            // The stream ends here. It asks again only if its caller rearms it.
            self.pass.renew();
        }
        page
    }

    async fn page_with_retries(&self, token: Option<&str>, number: u64) -> Result<WirePage> {
        let ClientInner { api_key, secrets, retry, timeout, throttle, quota, .. } =
            &*self.client.inner;
        let redactor = Redactor::new(api_key.as_str(), token).also(secrets);
        let url = self.page_url(token);
        let mut streak = Streak::new(retry, *timeout);
        let mut withdrawal = quota.begin();
        let mut previous = None::<Error>;
        loop {
            let turn = throttle.wait_for_turn(&self.pass, streak.remaining()).await;
            let turn = turn.map_err(|error| error.with_attempts(streak.attempts()))?;
            streak.waited(turn.waited);
            let limit = streak.begin();
            let attempts = streak.attempts();
            self.counters.add_request(attempts > 1);
            let span = debug_span!("page", page = number, attempt = attempts);
            // A cache that answered 304 is told to ask the server.
            let is_revalidated = previous.as_ref().is_some_and(is_not_modified);
            let begun = Instant::now();
            let attempt = self.attempt(&url, &redactor, is_revalidated).instrument(span.clone());
            let error = match within(limit, attempt).await {
                Some(Ok(page)) => {
                    throttle.succeeded(&turn);
                    withdrawal.succeed();
                    return Ok(page);
                }
                Some(Err(error)) => error.with_attempts(attempts),
                None => {
                    // The error before says more than that the time is over.
                    let error = previous.unwrap_or_else(time_is_over);
                    return Err(error.with_attempts(attempts));
                }
            };
            if let Some(wait) = error.retry_after().filter(|_| error.is_retryable()) {
                throttle.close(wait);
            }
            let wait = streak.wait_after(&error, begun.elapsed(), fastrand::f64());
            let Some(wait) = wait else { return Err(error) };
            if !withdrawal.pay(error.kind()) {
                return Err(error.with_remark(QUOTA_USED_UP));
            }
            span.in_scope(|| {
                let (reason, host) = (reason(&error), &self.client.inner.host);
                warn!(%reason, %host, attempt = attempts, ?wait, "retrying");
            });
            drop(span);
            sleep(wait).await;
            streak.waited(wait);
            previous = Some(error);
        }
    }

    fn page_url(&self, token: Option<&str>) -> String {
        match token {
            Some(token) => format!("{}&token={}", self.url, percent_encode(token)),
            None => self.url.clone(),
        }
    }

    /// Asks for the page once. `is_revalidated` tells caches to ask the server.
    async fn attempt(
        &self,
        url: &str,
        redactor: &Redactor<'_>,
        is_revalidated: bool,
    ) -> Result<WirePage> {
        let begun = Instant::now();
        let ClientInner { http, api_key, .. } = &*self.client.inner;
        let mut request = http.get(url).header(KEY_HEADER, api_key.header());
        if is_revalidated {
            request = request.header(CACHE_CONTROL, "no-cache");
        }
        let response = request.send().await;
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
        let page = decode(self.api, body)
            .map_err(|why| not_a_page_error(why, retry_after(&response), redactor))?;
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

/// The result of an attempt; `None` if it took longer than `limit`.
async fn within<T>(limit: Option<Duration>, attempt: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => timeout(limit, attempt).await.ok(),
        None => Some(attempt.await),
    }
}

/// The error for a first attempt that took all of `max_elapsed`.
fn time_is_over() -> Error {
    Error::new(ErrorKind::Timeout, "no complete response within max_elapsed of the retry policy")
}

fn is_not_modified(error: &Error) -> bool {
    error.status() == Some(StatusCode::NOT_MODIFIED.as_u16())
}
