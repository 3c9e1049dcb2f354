//! Which error each status and code of the API becomes, whether it is tried again, and when.

use std::time::{Duration, Instant};

use futures::StreamExt;
use heygen_videos::simulator::Fault;
use heygen_videos::{ApiVersion, Client, Error, ErrorKind, RetryPolicy};
use httpmock::MockServer;
use httpmock::prelude::*;

use crate::support::walk::{ids, quick_retries, simulator, until_error};

fn client(server: &MockServer, api: ApiVersion, retry: RetryPolicy) -> Client {
    let builder = Client::builder().api_key("mock-key").base_url(server.base_url());
    builder.api(api).retry(retry).build().unwrap()
}

/// The error of a walk that always gets this answer, and how often it was asked for.
async fn error(
    api: ApiVersion,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> (Error, usize) {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET);
            let then = then.status(status).body(body);
            headers.iter().fold(then, |then, (name, value)| then.header(*name, *value));
        })
        .await;
    let client = client(&server, api, quick_retries(3));
    let error = client.videos().stream().next().await.unwrap().unwrap_err();
    (error, mock.calls_async().await)
}

#[tokio::test]
async fn every_status_has_its_kind_and_its_number_of_attempts() {
    for (status, kind, attempts) in [
        (301, ErrorKind::Redirect, 1),
        (302, ErrorKind::Redirect, 1),
        (304, ErrorKind::Redirect, 1),
        (307, ErrorKind::Redirect, 1),
        (400, ErrorKind::Api, 1),
        (401, ErrorKind::Unauthorized, 1),
        (402, ErrorKind::Api, 1),
        (403, ErrorKind::Unauthorized, 1),
        (404, ErrorKind::Api, 1),
        (408, ErrorKind::Api, 3),
        (410, ErrorKind::Api, 1),
        (422, ErrorKind::Api, 1),
        (429, ErrorKind::RateLimited, 3),
        (500, ErrorKind::Server, 3),
        (501, ErrorKind::Server, 1),
        (502, ErrorKind::Server, 3),
        (503, ErrorKind::Server, 3),
        (504, ErrorKind::Server, 3),
        (505, ErrorKind::Server, 1),
    ] {
        let (error, asked) = error(ApiVersion::V1, status, &[], "<html>").await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!((asked, error.attempts()), (attempts, attempts as u32), "{status}");
        assert_eq!(error.is_retryable(), attempts > 1, "{status}");
        assert_eq!((error.code(), error.retry_after()), (None, None));
        assert!(!error.to_string().contains("<html>"));
    }
}

#[tokio::test]
async fn every_documented_code_decides_the_kind_in_every_shape_of_a_body() {
    let unauthorized = "40009 400101 400112 401056 401057 unauthorized 400561 400562 400573 400599 400631 \
         forbidden resource_access_denied";
    for (codes, kind) in [
        (unauthorized, ErrorKind::Unauthorized),
        ("400140 rate_limit_exceeded", ErrorKind::RateLimited),
        ("40001 40012 400175", ErrorKind::Api),
    ] {
        for code in codes.split_whitespace() {
            let number = code.bytes().all(|byte| byte.is_ascii_digit());
            let quoted = format!("\"{code}\"");
            let written = if number { code } else { quoted.as_str() };
            for (status, body) in [
                (400, format!(r#"{{"code":{written},"message":"why"}}"#)),
                (500, format!(r#"{{"code":{quoted},"message":"why"}}"#)),
                (200, format!(r#"{{"data":null,"error":{{"code":{written},"message":"why"}}}}"#)),
                (404, format!(r#"{{"error":{{"code":{quoted},"message":"why","doc_url":null}}}}"#)),
            ] {
                let (error, asked) = error(ApiVersion::V3, status, &[], &body).await;
                assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{status} {body}");
                let text = error.to_string();
                assert!(text.contains(code) && text.contains("why"), "{text}");
                let again = kind == ErrorKind::RateLimited;
                assert_eq!((error.is_retryable(), asked), (again, if again { 3 } else { 1 }));
            }
        }
    }
}

#[tokio::test]
async fn a_detail_says_more_than_the_message() {
    let body = r#"{"data":null,"error":{"code":400140,"message":"Exceed rate limit","detail":"Daily rate limit exceeded"}}"#;
    let (error, _) = error(ApiVersion::V1, 429, &[], body).await;
    assert_eq!(
        error.to_string(),
        "rate limited (HTTP 429, code 400140) after 3 attempts: Exceed rate limit: Daily rate \
         limit exceeded"
    );
}

#[tokio::test]
async fn a_message_is_escaped_and_cut() {
    let body =
        format!("{{\"code\":7,\"message\":\"a\\r\\nb\\u001b[31m\u{202e}{}\"}}", "x".repeat(10_000));
    let (error, _) = error(ApiVersion::V1, 400, &[], &body).await;
    let text = error.to_string();
    assert!(text.contains("a\\r\\nb\\u{1b}[31m\\u{202e}xxx"), "{text}");
    assert!(text.chars().count() < 300 && text.ends_with('…'), "{text}");
}

#[tokio::test]
async fn a_missing_v1_names_the_way_out_and_a_missing_v3_does_not() {
    for status in [404, 410] {
        let (error, _) = error(ApiVersion::V1, status, &[], r#"{"code":1,"message":"gone"}"#).await;
        let text = error.to_string();
        assert!(text.contains("gone; HeyGen announced v1 as supported until 2026-10-31"), "{text}");
        assert!(text.contains("ApiVersion::V3"), "{text}");
    }
    let (error, _) = error(ApiVersion::V3, 404, &[], "").await;
    assert!(!error.to_string().contains("v1"), "{error}");
}

#[tokio::test]
async fn a_short_or_past_or_absurd_retry_after_leaves_the_back_off_alone() {
    for value in
        ["0", "Sun, 06 Nov 1994 08:49:37 GMT", "-1", "1.5", "18446744073709551616", "soon", ""]
    {
        for status in [429, 503] {
            let headers = [("retry-after", value)];
            let (error, asked) = error(ApiVersion::V1, status, &headers, "").await;
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
        crate::support::walk::eventually(|| !simulator.recorded().is_empty()).await;
        tokio::task::yield_now().await;
        (ids(&mut other).await, begun.elapsed())
    };
    let (told, (other, elapsed)) = tokio::join!(ids(&mut told), waits);
    assert_eq!((told.len(), other.len()), (150, 150));
    assert!(elapsed >= Duration::from_secs(1), "the other stream asked after {elapsed:?}");
}
