//! `Retry-After`: when the client obeys, reports or ignores it, and that it delays all streams of a
//! client.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{StreamExt, poll};
use heygen_videos::{ApiVersion, Error, ErrorKind, RetryPolicy};
use tokio::task::yield_now;

use crate::support::mock::{LAST, MockApi, MockResponse, next_error, v1_page};
use crate::support::walk::{ids, quick_retries, within};

const HOUR: Duration = Duration::from_secs(3_600);

/// A response with this `Retry-After`.
fn limited(status: u16, wait: &str) -> MockResponse {
    MockResponse::new(status, "").header("retry-after", wait)
}

/// The error that a client with this policy gets, and how many requests it sent.
async fn error_with(policy: RetryPolicy, answer: MockResponse) -> (Error, usize) {
    let server = MockApi::with([answer]).await;
    let client = server.builder(ApiVersion::V1).retry(policy).build().unwrap();
    let error = next_error(&mut client.videos().stream(), "a wait").await;
    (error, server.requests().len())
}

#[tokio::test]
async fn a_retry_after_of_zero_or_a_past_date_is_retried_at_once() {
    for status in [408, 429, 500, 503] {
        for wait in ["0", "00", " 0 ", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            let server = MockApi::with([limited(status, wait), MockResponse::ok(LAST)]).await;
            let mut videos = server.client(ApiVersion::V1).videos().stream();
            assert!(ids(&mut videos).await.is_empty());
            assert_eq!(videos.stats().retries, 1, "{status}, {wait:?}");
            server.assert_requests(2, wait);
        }
    }
    let (error, asked) = error_with(quick_retries(3), limited(429, "0")).await;
    assert_eq!((error.retry_after(), error.attempts(), asked), (Some(Duration::ZERO), 3, 3));
}

#[tokio::test]
async fn a_retry_after_date_is_compared_with_the_date_of_the_response() {
    let server_time = "Sun, 06 Nov 1994 08:49:37 GMT";
    let answer = limited(503, "Sun, 06 Nov 1994 09:49:37 GMT").header("date", server_time);
    let (error, asked) = error_with(quick_retries(3), answer).await;
    assert_eq!((error.retry_after(), asked), (Some(Duration::from_secs(3_600)), 1));
}

#[tokio::test]
async fn a_rate_limit_code_obeys_retry_after_at_any_status() {
    for status in [200, 400] {
        let body = r#"{"data":null,"error":{"code":400140,"message":"x"}}"#;
        let answer = MockResponse::new(status, body).header("retry-after", "3600");
        let (error, asked) = error_with(quick_retries(3), answer).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(status)));
        assert_eq!((error.retry_after(), asked), (Some(Duration::from_secs(3_600)), 1));
    }
}

#[tokio::test]
async fn a_wait_beyond_max_elapsed_is_reported_at_once() {
    let hour = quick_retries(9).max_elapsed(Duration::from_secs(3_600));
    for (policy, wait, seconds) in [
        (quick_retries(9), "120", 120),
        (quick_retries(9), "121", 121),
        (hour.clone(), "3601", 3_601),
        (hour.clone(), "31536000", 31_536_000),
        (hour.clone(), "31536001", 31_536_000),
        (hour.clone(), "18446744073709551616", 31_536_000),
        (hour, "Fri, 31 Dec 9999 23:59:59 GMT", 31_536_000),
        (quick_retries(9), "120.5", 121),
        (quick_retries(9), "150, 1", 150),
        (quick_retries(9).max_elapsed(Duration::from_millis(900)), "1", 1),
    ] {
        let (error, asked) = error_with(policy, limited(429, wait)).await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)), "{wait}");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1), "{wait}");
        assert_eq!((error.is_retryable(), asked), (true, 1), "{wait}");
    }
}

#[tokio::test]
async fn an_invalid_retry_after_falls_back_to_the_retry_policy() {
    for wait in ["", "soon", "-1", "+1", ".5", "1e3", "soon, 2", "Sun, 99 Nov 1994 08:49:37 GMT"] {
        let (error, asked) = error_with(quick_retries(3), limited(503, wait)).await;
        assert_eq!((error.retry_after(), error.attempts(), asked), (None, 3, 3), "{wait:?}");
    }
}

#[tokio::test]
async fn retry_after_is_a_lower_bound_for_the_delay() {
    let instants = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&instants);
    let server = MockApi::start(move |_| {
        let mut seen = seen.lock().unwrap();
        seen.push(Instant::now());
        if seen.len() == 1 { limited(429, "1") } else { MockResponse::ok(LAST) }
    })
    .await;
    let policy = quick_retries(2).max_delay(Duration::from_millis(1));
    let client = server.builder(ApiVersion::V1).retry(policy).build().unwrap();
    ids(&mut client.videos().stream()).await;
    let instants = instants.lock().unwrap();
    assert_eq!(instants.len(), 2);
    assert!(instants[1] - instants[0] >= Duration::from_secs(1), "{instants:?}");
}

/// How the requests of 20 streams are spread after a `Retry-After` of one second. Either each
/// stream gets one, or another stream does and they wait with it.
async fn spread_after_a_wait(each_gets_one: bool) -> Duration {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let server = MockApi::start(move |request| {
        let title = request.raw_param("title").unwrap_or_default().to_owned();
        let mut log = log.lock().unwrap();
        let is_first = log.iter().all(|(other, _)| *other != title);
        log.push((title.clone(), Instant::now()));
        let is_limited = if each_gets_one { is_first } else { title == "limited" };
        if is_limited { limited(429, "1") } else { MockResponse::ok(LAST) }
    })
    .await;
    // Both have the default delay of 500 ms.
    let policy = if each_gets_one { RetryPolicy::default() } else { RetryPolicy::none() };
    let client = server.builder(ApiVersion::V1).retry(policy).build().unwrap();
    if !each_gets_one {
        next_error(&mut client.videos().title("limited").stream(), "a wait").await;
    }
    let streams = (0..20).map(|number| client.videos().title(format!("stream-{number}")).stream());
    let ends = within(join_all(streams.map(|stream| stream.collect::<Vec<_>>()))).await;
    assert!(ends.iter().all(Vec::is_empty), "{ends:?}");

    let seen = seen.lock().unwrap();
    let mut after = Vec::new();
    for number in 0..20 {
        let title = format!("stream-{number}");
        let times: Vec<_> = seen.iter().filter(|(other, _)| *other == title).collect();
        let limited = if each_gets_one { times[0].1 } else { seen[0].1 };
        let sent = times[times.len() - 1].1;
        assert_eq!(times.len(), if each_gets_one { 2 } else { 1 });
        assert!(sent - limited >= Duration::from_secs(1), "{title} was early");
        after.push(sent);
    }
    *after.iter().max().unwrap() - *after.iter().min().unwrap()
}

#[tokio::test]
async fn streams_do_not_all_send_at_the_instant_when_a_wait_ends() {
    for each_gets_one in [false, true] {
        let spread = spread_after_a_wait(each_gets_one).await;
        // 20 draws from 0 to 500 ms are all within 100 ms in one of 10^12 runs.
        assert!(spread >= Duration::from_millis(100), "all sent within {spread:?}");
    }
}

#[tokio::test]
async fn a_permanent_refusal_reports_its_wait_and_delays_no_other_stream() {
    let answers = [limited(400, "3600"), MockResponse::ok(v1_page(&["a"], None))];
    let server = MockApi::with(answers).await;
    let client = server.client(ApiVersion::V1);
    let error = next_error(&mut client.videos().stream(), "refused").await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Api, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert_eq!(ids(&mut client.videos().stream()).await, ["a"]);
}

#[tokio::test]
async fn a_retry_after_also_delays_streams_of_a_cloned_client() {
    let (limited_at, arrived_at) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(None)));
    let (limited_seen, arrived_seen) = (Arc::clone(&limited_at), Arc::clone(&arrived_at));
    let server = MockApi::start(move |request| {
        if request.raw_param("title") == Some("first") {
            limited_seen.lock().unwrap().get_or_insert_with(Instant::now);
            return limited(429, "1");
        }
        arrived_seen.lock().unwrap().get_or_insert_with(Instant::now);
        MockResponse::ok(v1_page(&["a"], None))
    })
    .await;
    let client = server.builder(ApiVersion::V1).retry(RetryPolicy::none()).build().unwrap();
    let error = next_error(&mut client.videos().title("first").stream(), "a wait").await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));

    let mut second = client.clone().videos().title("second").stream();
    assert_eq!(ids(&mut second).await, ["a"]);
    assert_eq!((second.stats().requests, second.stats().retries), (1, 0));
    let (limited_at, arrived_at) =
        (limited_at.lock().unwrap().unwrap(), arrived_at.lock().unwrap().unwrap());
    assert!(arrived_at - limited_at >= Duration::from_secs(1), "{:?}", arrived_at - limited_at);
}

#[tokio::test]
async fn a_shared_wait_that_is_too_long_is_an_error_and_nothing_is_sent() {
    let server = MockApi::with([limited(503, "3600"), MockResponse::ok(LAST)]).await;
    let client = server.client(ApiVersion::V1);
    next_error(&mut client.videos().stream(), "a wait").await;

    let mut second = client.clone().videos().stream();
    let error = next_error(&mut second, "a shared wait").await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 0));
    assert!(error.is_retryable() && error.status().is_none(), "{error:?}");
    let wait = error.retry_after().expect("the remaining wait");
    assert!(wait <= HOUR && !wait.is_zero(), "{wait:?}");
    assert!(second.next().await.is_none());
    assert_eq!(second.stats().requests, 0);
    server.assert_requests(1, "no further request");

    // Other clients do not wait, and neither do those of other accounts.
    ids(&mut server.client(ApiVersion::V1).videos().stream()).await;
    server.assert_requests(2, "another client");
    ids(&mut client.with_api_key("another-key").unwrap().videos().stream()).await;
    server.assert_requests(3, "another account");
}

#[tokio::test]
async fn no_stream_waits_for_more_than_an_hour() {
    for wait in ["3601", "31449600"] {
        let server = MockApi::with([limited(503, wait)]).await;
        let client = server.client(ApiVersion::V1);
        let first = next_error(&mut client.videos().stream(), "the response").await;
        assert_eq!(first.retry_after().unwrap().as_secs().to_string(), wait);
        for _ in 0..3 {
            let error = next_error(&mut client.videos().stream(), "a shared wait").await;
            assert!(error.retry_after().unwrap() <= HOUR, "{error:?}");
        }
        server.assert_requests(1, wait);
    }
}

#[tokio::test]
async fn a_stream_that_was_rearmed_does_not_wait() {
    let page = || MockResponse::ok(v1_page(&["a"], None));
    let answers = [limited(503, "3600"), limited(429, "60"), limited(503, "3600"), page()];
    let server = MockApi::with(answers).await;
    let client = server.builder(ApiVersion::V1).retry(RetryPolicy::none()).build().unwrap();
    let (mut first, mut second) = (client.videos().stream(), client.videos().stream());
    next_error(&mut first, "a wait").await;
    // The second stream has sent nothing yet. Its error also reports the wait to the caller.
    assert_eq!(next_error(&mut second, "a shared wait").await.attempts(), 0);
    for (stream, status) in [(&mut first, 429), (&mut second, 503)] {
        assert!(stream.rearm());
        let error = next_error(stream, "rearmed").await;
        assert_eq!((error.status(), error.attempts()), (Some(status), 1));
    }
    assert!(first.rearm());
    assert_eq!(ids(&mut first).await, ["a"]);
    server.assert_requests(4, "each rearmed stream asks");
}

#[tokio::test]
async fn a_success_ends_the_shared_wait() {
    let answers = [limited(429, "100"), MockResponse::ok(v1_page(&["a"], None))];
    let server = MockApi::with(answers).await;
    let client = server.builder(ApiVersion::V1).retry(RetryPolicy::none()).build().unwrap();
    let mut first = client.videos().stream();
    next_error(&mut first, "a wait").await;
    let mut waiting = client.videos().stream();
    for _ in 0..100 {
        assert!(poll!(waiting.next()).is_pending(), "it must wait");
        yield_now().await;
    }
    assert_eq!(waiting.stats().requests, 0);
    assert!(first.rearm());
    assert_eq!(ids(&mut first).await, ["a"]);
    // `ids` would fail before the rest of the 100 s.
    assert_eq!(ids(&mut waiting).await, ["a"]);
    server.assert_requests(3, "both streams");
}

#[tokio::test]
async fn a_running_stream_waits_for_the_retry_after_of_another() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    let server = MockApi::start(move |request| {
        let mut seen = seen.lock().unwrap();
        seen.push(Instant::now());
        match (seen.len(), request.raw_param("title")) {
            (1, Some("walk")) => MockResponse::ok(v1_page(&["a"], Some("t"))),
            (2, Some("limited")) => limited(429, "1"),
            _ => MockResponse::ok(v1_page(&["b"], None)),
        }
    })
    .await;
    let client = server.client(ApiVersion::V1);
    let mut walk = client.videos().title("walk").stream();
    walk.next().await.unwrap().unwrap();

    let mut waiting = client.videos().title("limited").stream();
    within(async {
        while waiting.stats().retries == 0 {
            assert!(poll!(waiting.next()).is_pending(), "it must wait");
            yield_now().await;
        }
    })
    .await;
    // Both succeed, and neither sends a request before the wait is over.
    let (second, first) = within(async { tokio::join!(waiting.next(), walk.next()) }).await;
    assert_eq!(
        (second.unwrap().unwrap().video_id, first.unwrap().unwrap().video_id),
        ("b".to_owned(), "b".to_owned())
    );
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 4);
    for later in &log[2..] {
        assert!(*later - log[1] >= Duration::from_secs(1), "{:?}", *later - log[1]);
    }
}
