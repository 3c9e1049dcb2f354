//! What is retried, how long the waits are, and what limits the retries.

use std::time::{Duration, Instant};

use futures::future::join_all;
use heygen_videos::{ApiVersion, Client, ErrorKind, RetryPolicy};

use crate::support::fault::{FaultServer, Reply, page_v1};
use crate::support::mock::{LAST, MockApi, MockResponse, next_error};
use crate::support::walk::{ids, quick_retries, within};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test]
async fn temporary_statuses_are_retried_and_permanent_ones_are_not() {
    let gateways = [520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 561, 598, 599];
    for status in
        [304, 408, 425, 429, 500, 502, 503, 504, 506, 507, 508].into_iter().chain(gateways)
    {
        let failed = MockResponse::new(status, if status == 304 { "" } else { "error code: 1015" });
        let server = MockApi::with([failed, MockResponse::ok(LAST)]).await;
        let mut videos = server.client(ApiVersion::V1).videos().stream();
        assert!(ids(&mut videos).await.is_empty());
        assert_eq!(videos.stats().retries, 1, "{status}");
    }
    for status in [
        400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 413, 414, 421, 423, 426, 431, 451, 501,
        505, 511,
    ] {
        let server = MockApi::with([MockResponse::new(status, "no"), MockResponse::ok(LAST)]).await;
        let error = next_error(&mut server.client(ApiVersion::V1).videos().stream(), "final").await;
        assert_eq!((error.status(), error.attempts()), (Some(status), 1), "{status}");
        assert!(!error.is_retryable(), "{status}");
    }
}

#[tokio::test]
async fn after_a_304_the_request_is_sent_again_with_no_cache() {
    let server = MockApi::with([MockResponse::new(304, "")]).await;
    let error = next_error(&mut server.client(ApiVersion::V1).videos().stream(), "a 304").await;
    assert_eq!((error.status(), error.attempts()), (Some(304), 3));
    assert!(!error.to_string().contains("redirect"), "{error}");
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("cache-control").concat()).collect();
    assert_eq!(sent, ["", "no-cache", "no-cache"]);

    let answers = [503, 304, 503].map(|status| MockResponse::new(status, ""));
    let server = MockApi::with(answers.into_iter().chain([MockResponse::ok(LAST)])).await;
    let client = server.builder(ApiVersion::V1).retry(quick_retries(4)).build().unwrap();
    ids(&mut client.videos().stream()).await;
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("cache-control").concat()).collect();
    assert_eq!(sent, ["", "", "no-cache", ""]);
}

#[tokio::test]
async fn a_permanent_error_after_a_temporary_one_ends_the_retries() {
    for (status, kind) in
        [(400, ErrorKind::Api), (401, ErrorKind::Unauthorized), (501, ErrorKind::Server)]
    {
        let answers = [503, status, 503].map(|status| MockResponse::new(status, ""));
        let server = MockApi::with(answers).await;
        let client = server.builder(ApiVersion::V1).retry(quick_retries(9)).build().unwrap();
        let error = next_error(&mut client.videos().stream(), "permanent").await;
        assert_eq!((error.kind(), error.status(), error.attempts()), (kind, Some(status), 2));
        server.assert_requests(2, "nothing after the permanent error");
    }
}

#[tokio::test]
async fn the_waits_between_attempts_take_time() {
    let server = MockApi::with([MockResponse::new(503, "")]).await;
    let policy = quick_retries(21).base_delay(ms(40)).max_delay(ms(40));
    let client = server.builder(ApiVersion::V1).retry(policy).build().unwrap();
    let begun = Instant::now();
    let error = next_error(&mut client.videos().stream(), "always 503").await;
    assert_eq!(error.attempts(), 21);
    // The 20 waits take 400 ms together on average. The chance that they take less than 100 ms is 1
    // in 10^10.
    assert!(begun.elapsed() >= ms(100), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn max_elapsed_ends_the_retries() {
    let server = MockApi::with([MockResponse::new(503, "")]).await;
    let policy = quick_retries(300).base_delay(ms(20)).max_delay(ms(20)).max_elapsed(ms(200));
    let client = server.builder(ApiVersion::V1).retry(policy).build().unwrap();
    let error = next_error(&mut client.videos().stream(), "always 503").await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
    assert!((2..300).contains(&error.attempts()), "{}", error.attempts());
}

#[tokio::test]
async fn attempts_count_against_max_elapsed() {
    // Each attempt takes the whole timeout, and the waits are short.
    let server = FaultServer::start(|_, _| Reply::silence()).await;
    let policy = quick_retries(100).max_delay(ms(1)).max_elapsed(ms(450));
    let client = Client::builder().api_key("key").base_url(server.base_url());
    let client = client.timeout(ms(100)).retry(policy).build().unwrap();
    let error = next_error(&mut client.videos().stream(), "silence").await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!((2..=5).contains(&error.attempts()), "{}", error.attempts());
}

#[tokio::test]
async fn the_last_attempt_gets_no_more_than_what_is_left() {
    for (failures, kind, says) in [
        // The error of the previous attempt says more than an error about the time limit would.
        (1, ErrorKind::Server, "HTTP 503"),
        (0, ErrorKind::Timeout, "within the time for a page"),
    ] {
        let server = FaultServer::start(move |_, number| match number {
            number if number < failures => Reply::new(503, ""),
            _ => Reply::silence(),
        })
        .await;
        let client = Client::builder().api_key("key").base_url(server.base_url());
        // `within` fails before this timeout.
        let client = client.timeout(Duration::from_secs(600));
        let client = client.retry(quick_retries(9).max_elapsed(ms(500))).build().unwrap();
        let error = next_error(&mut client.videos().stream(), "silence").await;
        assert_eq!((error.kind(), error.attempts()), (kind, failures as u32 + 1), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn max_elapsed_does_not_limit_the_only_attempt() {
    let page = page_v1(["a"], None, 1);
    let server = FaultServer::start(move |_, _| {
        // 300 ms in total.
        let reply = Reply::ok(page.clone());
        let length = reply.wire().len();
        reply.drip(length - 3, ms(100))
    })
    .await;
    let client = Client::builder().api_key("key").base_url(server.base_url());
    let client = client.retry(RetryPolicy::none().max_elapsed(ms(1))).build().unwrap();
    assert_eq!(ids(&mut client.videos().stream()).await, ["a"]);
}

#[tokio::test]
async fn a_shared_wait_is_compared_with_what_is_left_of_max_elapsed() {
    // The first stream waits 3 s of its 5 s. By then the gate is closed for 4 s more.
    let server = MockApi::start(|request| match request.raw_param("title") {
        Some("first") => MockResponse::new(503, "").header("retry-after", "3"),
        _ => MockResponse::new(429, "").header("retry-after", "7"),
    })
    .await;
    let policy = quick_retries(9).max_elapsed(Duration::from_secs(5));
    let client = server.builder(ApiVersion::V1).retry(policy).build().unwrap();
    let (mut first, mut second) =
        (client.videos().title("first").stream(), client.videos().title("second").stream());
    let (first, second) =
        tokio::join!(next_error(&mut first, "first"), next_error(&mut second, "second"));
    assert_eq!((second.status(), second.attempts()), (Some(429), 1));
    assert_eq!((first.kind(), first.status(), first.attempts()), (ErrorKind::RateLimited, None, 1));
    server.assert_requests(2, "the first stream cannot wait for so long");
}

#[tokio::test]
async fn hundreds_of_failing_streams_share_one_retry_quota() {
    let server = FaultServer::start(|_, _| Reply::new(503, "")).await;
    let client = Client::builder().api_key("key").base_url(server.base_url());
    let policy = quick_retries(50).base_delay(Duration::ZERO);
    let client = client.retry(policy).build().unwrap();
    let streams = (0..60).map(|_| {
        let mut videos = client.videos().stream();
        async move { next_error(&mut videos, "always 503").await }
    });
    let errors = within(join_all(streams)).await;
    // Without the quota there would be 60 x 50 requests. With it there are 60 first attempts, 100
    // retries, and those of the pages that were retried without tokens, one at a time.
    let sent = server.requests().len();
    assert!((160..=60 + 100 + 100).contains(&sent), "{sent} requests");
    let refused = errors.iter().filter(|error| error.to_string().contains("quota is used up"));
    assert!(refused.count() >= 50, "{errors:?}");
    assert!(errors.iter().all(|error| error.status() == Some(503) && error.is_retryable()));

    // Another account has a quota of its own, and one stream alone is never held back.
    let another = client.with_api_key("another").unwrap();
    for client in [another, client] {
        let error = next_error(&mut client.videos().stream(), "always 503").await;
        assert_eq!(error.attempts(), 50);
    }
}

#[tokio::test]
async fn a_single_stream_never_notices_the_retry_quota() {
    let server = FaultServer::start(|_, number| match number {
        0..500 => Reply::new(503, ""),
        _ => Reply::ok(page_v1(["a"], None, 1)),
    })
    .await;
    let client = Client::builder().api_key("key").base_url(server.base_url());
    let policy = quick_retries(501).base_delay(Duration::ZERO);
    let mut videos = client.retry(policy).build().unwrap().videos().stream();
    assert_eq!(ids(&mut videos).await, ["a"]);
    assert_eq!(videos.stats().retries, 500);
}
