//! Fetches one page: the retry loop, and what one attempt does.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::CACHE_CONTROL;
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, debug, debug_span, warn};

use super::body::{read_capped, read_error_body};
use super::counters::Counters;
use super::head::{Head, request_id};
use super::notices::{note, note_headers, note_warning};
use super::reason::reason;
use super::redact::Redactor;
use super::request::Request;
use super::response_error::{not_a_page_error, refusal_error, unexpected_status_error};
use super::streak::Streak;
use super::transport_error::{body_error, transport_error};
use crate::api_version::ApiVersion;
use crate::client::{Client, ClientInner, KEY_HEADER, Pass};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::{ErrorBody, WirePage, decode};

/// The most bytes of an error body that are read; no error body should need more.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// The remark on an error that was not retried because the quota was used up.
const QUOTA_USED_UP: &str = "not retried, because too many requests of this client have failed and \
                             its retry quota is used up";

/// Fetches the pages of one listing.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    pub(super) client: Client,
    pub(super) request: Arc<Request>,
    /// The version that the walk uses; not set until a page has decided it.
    pub(super) version: Arc<OnceLock<ApiVersion>>,
    pub(crate) counters: Arc<Counters>,
    /// Allows a rearmed stream to pass the throttle's gate.
    pub(super) pass: Arc<Pass>,
}

impl Fetcher {
    pub(crate) fn new(client: Client, request: Request) -> Self {
        Self {
            client,
            request: request.into(),
            version: Arc::default(),
            counters: Arc::default(),
            pass: Arc::default(),
        }
    }

    /// The fingerprint of the filters in the version that the walk uses.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.request.fingerprint(self.version())
    }

    /// Keeps and logs a notice about the listing, once for each client.
    pub(crate) fn note(&self, notice: &str) {
        note(notice, &self.client.inner);
    }

    /// Fetches a page in this version of the API, and retries as often as the client's policy
    /// allows.
    pub(super) async fn page_of(
        &self,
        api: ApiVersion,
        token: Option<&str>,
        number: u64,
    ) -> Result<WirePage> {
        let ClientInner { api_key, base_url, secrets, retry, timeout, throttle, quota, .. } =
            &*self.client.inner;
        let redactor = Redactor::new(api_key.as_str(), token).also(secrets);
        let url = self.request.url(base_url, api, token);
        let mut streak = Streak::new(retry, *timeout);
        let mut withdrawal = quota.begin();
        let mut previous = None::<Error>;
        loop {
            let jitter = retry.jitter(streak.attempts(), fastrand::f64());
            let turn = throttle.wait_for_turn(&self.pass, streak.remaining(), jitter).await;
            let turn = turn.map_err(|error| error.with_attempts(streak.attempts()))?;
            streak.waited(turn.waited);
            let limit = streak.begin();
            let attempts = streak.attempts();
            self.counters.add_request(attempts > 1);
            let span = debug_span!("page", page = number, attempt = attempts);
            let begun = Instant::now();
            let attempt = self.attempt(api, &url, &redactor, previous.as_ref());
            let error = match within(limit, attempt.instrument(span.clone())).await {
                Some(Ok(page)) => {
                    throttle.succeeded(&turn);
                    withdrawal.succeed();
                    return Ok(page);
                }
                Some(Err(error)) => error.with_attempts(attempts),
                None => {
                    // The previous error says more than an error about the time limit would.
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
                let is_of_proxy = error.is_about_proxy() && error.kind() != ErrorKind::Timeout;
                let proxy = self.client.inner.proxy.as_ref().filter(|_| is_of_proxy);
                let proxy = proxy.map(|proxy| format!("the proxy {proxy}"));
                let host = proxy.as_ref().unwrap_or(&self.client.inner.host);
                let reason = reason(&error);
                warn!(%reason, %host, attempt = attempts, ?wait, "retrying");
            });
            drop(span);
            sleep(wait).await;
            streak.waited(wait);
            previous = Some(error);
        }
    }

    /// Requests the page once. `previous` is the error of the attempt before.
    async fn attempt(
        &self,
        api: ApiVersion,
        url: &str,
        redactor: &Redactor<'_>,
        previous: Option<&Error>,
    ) -> Result<WirePage> {
        let begun = Instant::now();
        let client = &*self.client.inner;
        let http = match previous.map(Error::kind) {
            Some(ErrorKind::Network | ErrorKind::Timeout) => client.http.unpooled(),
            _ => &client.http.pooled,
        };
        let mut request = http.get(url).header(KEY_HEADER, client.api_key.header());
        if previous.is_some_and(is_not_modified) {
            // Tell caches to ask the server.
            request = request.header(CACHE_CONTROL, "no-cache");
        }
        let response = request.send().await;
        let mut response = response.map_err(|error| transport_error(error, client, redactor))?;
        client.was_answered.store(true, Relaxed);
        note_headers(response.headers(), api, client, redactor);
        let page = match response.status() {
            StatusCode::OK => self.read_page(api, &mut response, redactor).await,
            _ => Err(self.status_error(&mut response, redactor).await),
        };
        let (page, bytes) =
            page.map_err(|error| error.with_request_id(request_id(&response, redactor)))?;
        debug!(items = page.videos.len(), bytes, elapsed = ?begun.elapsed(), "page received");
        Ok(page)
    }

    /// Reads the body of a response with status 200: the page, and the number of its bytes.
    async fn read_page(
        &self,
        api: ApiVersion,
        response: &mut Response,
        redactor: &Redactor<'_>,
    ) -> Result<(WirePage, usize)> {
        let client = &*self.client.inner;
        let body = read_capped(response, client.max_response_bytes, &self.counters).await;
        let body = body.map_err(|error| body_error(error, client, redactor))?;
        let body = body.as_ref();
        let page = decode(api, body, self.request.malformed).map_err(|why| {
            not_a_page_error(why, &Head::of(response, redactor), body.len(), redactor)
        })?;
        if page.skipped > 0 {
            let first = page.first_skipped.as_deref().map(|first| redactor.clean(first));
            warn!(entries = page.skipped, first, "left out entries that are not videos");
        }
        if let Some(warning) = &page.warning {
            note_warning(warning, api, client, redactor);
        }
        Ok((page, body.len()))
    }

    /// The error for a response whose status is not 200.
    async fn status_error(&self, response: &mut Response, redactor: &Redactor<'_>) -> Error {
        let status = response.status();
        let head = Head::of(response, redactor);
        if status.is_redirection() || status.is_success() {
            return unexpected_status_error(status, &head, redactor);
        }
        let max = self.client.inner.max_response_bytes.min(MAX_ERROR_BYTES);
        let body = read_error_body(response, max, &self.counters).await;
        refusal_error(status.as_u16(), ErrorBody::read(&body), &head, body.len(), redactor)
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
    Error::new(ErrorKind::Timeout, "no complete response within the time for a page")
}

fn is_not_modified(error: &Error) -> bool {
    error.status() == Some(StatusCode::NOT_MODIFIED.as_u16())
}
