//! `Retry-After`: obeyed, reported or not believed; and held to by all streams of a client.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use heygen_videos::simulator::Fault;
use heygen_videos::{ApiVersion, Client, Error, ErrorKind, RetryPolicy};
use httpmock::prelude::*;
use httpmock::{HttpMockResponse, MockServer};

use crate::support::walk::{
    error_of, eventually, ids, quick_retries, simulator, until_error, v1_page,
};

#[track_caller]
fn client(server: &MockServer, retry: RetryPolicy) -> Client {
    Client::builder().api_key("mock-key").base_url(server.base_url()).retry(retry).build().unwrap()
}

/// A server that answers its first request with this status and `Retry-After`, and every other
/// with a page; and the instants at which it was asked.
async fn says_wait(status: u16, wait: &'static str) -> (MockServer, Arc<Mutex<Vec<Instant>>>) {
    let server = MockServer::start_async().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    server
        .mock_async(|when, then| {
            when.method(GET);
            then.respond_with(move |_request| {
                let mut kept = kept.lock().unwrap();
                kept.push(Instant::now());
                if kept.len() > 1 {
                    let page = v1_page(&["a"], None).to_string();
                    return HttpMockResponse::builder().status(200).body(page).build();
                }
                let headers = [("retry-after".to_owned(), wait.to_owned())];
                HttpMockResponse::builder().status(status).headers(headers).build()
            });
        })
        .await;
    (server, asked)
}

#[track_caller]
fn the_last_came_a_second_after_the_first(asked: &Mutex<Vec<Instant>>, requests: usize) {
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), requests);
    let apart = asked[requests - 1] - asked[0];
    assert!(apart >= Duration::from_secs(1), "{apart:?}");
}

async fn first_error(client: &Client) -> Error {
    let (before, error) = until_error(&mut client.videos().stream()).await;
    assert_eq!(before, [""; 0]);
    error
}

#[tokio::test]
async fn a_wait_is_a_lower_bound_of_the_shortest_back_off() {
    for (status, wait) in [(429, "1"), (503, " 1 ")] {
        let (server, asked) = says_wait(status, wait).await;
        let policy = quick_retries(2).max_delay(Duration::from_millis(1));
        let mut videos = client(&server, policy).videos().stream();
        assert_eq!(ids(&mut videos).await, ["a"]);
        assert_eq!((videos.stats().requests, videos.stats().retries), (2, 1));
        the_last_came_a_second_after_the_first(&asked, 2);
    }
}

#[tokio::test]
async fn a_client_that_does_not_retry_keeps_to_the_wait_in_its_next_stream() {
    let (server, asked) = says_wait(429, "1").await;
    let client = client(&server, RetryPolicy::none());
    let error = first_error(&client).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    let mut next = client.clone().videos().title("another").stream();
    assert_eq!(ids(&mut next).await, ["a"]);
    assert_eq!((next.stats().requests, next.stats().retries), (1, 0));
    the_last_came_a_second_after_the_first(&asked, 2);
}

#[tokio::test]
async fn a_refusal_that_is_not_retried_tells_its_wait_and_holds_nobody_up() {
    for status in [400, 401] {
        let (server, asked) = says_wait(status, "3600").await;
        let client = client(&server, quick_retries(3));
        let error = first_error(&client).await;
        assert_eq!((error.attempts(), error.is_retryable()), (1, false));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
        assert_eq!(ids(&mut client.videos().stream()).await, ["a"]);
        assert_eq!(asked.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_wait_is_told_at_once_where_the_policy_leaves_no_time_for_it() {
    let hour = quick_retries(9).max_elapsed(Duration::from_secs(3_600));
    for (policy, wait, seconds) in [
        (quick_retries(9), "121", 121),
        (hour.clone(), "3601", 3_601),
        (hour, "31536000", 31_536_000),
        (quick_retries(9).max_elapsed(Duration::ZERO), "1", 1),
    ] {
        let (server, asked) = says_wait(429, wait).await;
        let error = first_error(&client(&server, policy)).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1), "{wait}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        assert_eq!((error.status(), error.is_retryable()), (Some(429), true));
        assert_eq!(asked.lock().unwrap().len(), 1, "{wait}");
    }
}

#[tokio::test]
async fn a_wait_counts_with_a_code_that_limits_the_rate_at_any_status() {
    let body = r#"{"data":null,"error":{"code":400140,"message":"x"}}"#;
    for status in [200, 400] {
        let headers = [("retry-after", "3600")];
        let (error, asked) = error_of(ApiVersion::V1, status, &headers, body).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(status)));
        assert_eq!((error.retry_after(), asked), (Some(Duration::from_secs(3_600)), 1));
    }
}

#[tokio::test]
async fn a_date_is_compared_with_the_clock_of_the_server() {
    let now = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for (then, seconds, attempts) in [
        ("Sun, 06 Nov 1994 09:49:37 GMT", 3_600, 1),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0, 3),
        ("Sun Nov  6 07:49:37 1994", 0, 3),
    ] {
        let headers = [now, ("retry-after", then)];
        let (error, asked) = error_of(ApiVersion::V3, 503, &headers, "").await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)), "{then}");
        assert_eq!((asked, error.kind()), (attempts, ErrorKind::Server), "{then}");
    }
}

#[tokio::test]
async fn a_short_or_past_or_absurd_retry_after_leaves_the_back_off_alone() {
    for value in
        ["0", "Sun, 06 Nov 1994 08:49:37 GMT", "-1", "1.5", "18446744073709551616", "soon", ""]
    {
        for status in [429, 503] {
            let headers = [("retry-after", value)];
            let (error, asked) = error_of(ApiVersion::V1, status, &headers, "").await;
            assert_eq!(asked, 3, "{value:?}");
            let believed = value.starts_with('0') || value.starts_with("Sun");
            assert_eq!(error.retry_after(), believed.then_some(Duration::ZERO), "{value:?}");
        }
    }
}

#[tokio::test]
async fn a_retry_after_beyond_max_elapsed_is_an_error_at_once_and_is_kept_by_all() {
    let simulator = simulator(250).await;
    simulator.script_at(2, Fault::StatusRetryAfter(429, "3600".into()));
    let client = simulator.client();
    let mut videos = client.videos().stream();
    let (before, error) = until_error(&mut videos).await;
    assert_eq!(before.len(), 100);
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));

    // Neither a rearmed stream nor another one of a clone asks before that.
    assert!(videos.rearm());
    for videos in [videos, client.clone().videos().stream()].iter_mut() {
        let (before, error) = until_error(videos).await;
        assert!(before.is_empty());
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 0));
        assert!(error.retry_after().is_some_and(|wait| wait > Duration::from_secs(3_000)));
        assert!(error.is_retryable());
    }
    assert_eq!(simulator.requests(), 2);
    let another = simulator.client_builder().build().unwrap();
    assert_eq!(ids(&mut another.videos().stream()).await, simulator.ids());
}

#[tokio::test]
async fn a_client_that_was_told_to_wait_makes_all_of_its_streams_wait() {
    let simulator = simulator(150).await;
    simulator.script_at(1, Fault::StatusRetryAfter(503, "1".into()));
    let client = simulator.client();
    let begun = Instant::now();
    let mut told = client.videos().stream();
    let mut other = client.clone().videos().stream();
    let waits = async {
        eventually(|| !simulator.recorded().is_empty()).await;
        tokio::task::yield_now().await;
        (ids(&mut other).await, begun.elapsed())
    };
    let (told, (other, elapsed)) = tokio::join!(ids(&mut told), waits);
    assert_eq!((told.len(), other.len()), (150, 150));
    assert!(elapsed >= Duration::from_secs(1), "the other stream asked after {elapsed:?}");
}
