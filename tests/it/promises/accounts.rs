//! What a client sends with every request, and clients of several accounts.

use std::time::{Duration, Instant};

use heygen_videos::{ApiVersion, Client, RetryPolicy};
use tokio::net::TcpListener;

use crate::support::fault::{FaultServer, RawRequest, Reply, page_v1};
use crate::support::mock::{MockApi, MockResponse, next_error, v1_page};
use crate::support::walk::ids;

/// A server that answers each key with one video, which is named after it.
async fn server() -> FaultServer {
    FaultServer::start(|request: &RawRequest, _| {
        let key = request.header("x-api-key").unwrap_or_default();
        Reply::ok(page_v1([key], None, 1))
    })
    .await
}

#[tokio::test]
async fn clients_of_several_accounts_share_settings_and_connections() {
    let server = server().await;
    let first = Client::builder().api_key("first").base_url(server.base_url());
    let first = first.header("x-team", "video").user_agent("agent/1").build().unwrap();
    let second = first.with_api_key("second\n").unwrap();
    for _ in 0..3 {
        assert_eq!(ids(&mut first.videos().stream()).await, ["first"]);
        assert_eq!(ids(&mut second.videos().stream()).await, ["second"]);
    }
    assert_eq!(server.connections(), 1);
    for request in server.requests() {
        let keys = request.headers.iter().filter(|(name, _)| name == "x-api-key");
        assert_eq!(keys.count(), 1, "{request:?}");
        assert_eq!(request.header("x-team"), Some("video"));
        assert_eq!(request.header("user-agent"), Some("agent/1"));
    }
    assert!(!format!("{second:?} {second:#?}").contains("second"));
}

#[tokio::test]
async fn each_account_has_a_pace_of_its_own() {
    let server = server().await;
    let first = Client::builder().api_key("first").base_url(server.base_url());
    let first = first.requests_per_second(0.01).build().unwrap();
    ids(&mut first.videos().stream()).await;
    // The first account may send again only after 100 s. `ids` fails before that.
    let second = first.with_api_key("second").unwrap();
    ids(&mut second.videos().stream()).await;
    // The pace of the second account is the same, so it must wait now.
    let mut again = second.videos().stream();
    let wait = tokio::time::timeout(Duration::from_millis(200), ids(&mut again));
    assert!(wait.await.is_err());
}

#[tokio::test]
async fn another_account_does_not_wait_for_the_retry_after_of_the_first() {
    let limited = MockResponse::new(429, "").header("retry-after", "60");
    let server = MockApi::with([limited, MockResponse::ok(v1_page(&["a"], None))]).await;
    let first = server.builder(ApiVersion::V1).retry(RetryPolicy::none()).build().unwrap();
    next_error(&mut first.videos().stream(), "a wait").await;
    let begun = Instant::now();
    let second = first.with_api_key("second").unwrap();
    assert_eq!(ids(&mut second.videos().stream()).await, ["a"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn the_secret_of_a_header_shows_in_no_message() {
    let echo =
        r#"{"code":"canary-token","message":"Bearer canary-token is unknown to x-team blue"}"#;
    let server = FaultServer::start(move |_, _| Reply::new(400, echo)).await;
    let client = Client::builder().api_key("canary-key").base_url(server.base_url());
    let client = client.header("Authorization", "Bearer canary-token").header("x-team", "blue");
    let client = client.build().unwrap();
    let error = next_error(&mut client.videos().stream(), "an echo").await;
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer canary-token"));
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains("canary") && shown.contains("x-team blue"), "{shown}");
}

#[tokio::test]
async fn a_base_url_on_this_machine_is_reached_without_the_given_proxy() {
    let server = server().await;
    let client = Client::builder().api_key("key").base_url(server.base_url());
    let client = client.proxy("http://127.0.0.1:9").build().unwrap();
    assert_eq!(ids(&mut client.videos().stream()).await, ["key"]);
}

#[tokio::test]
async fn localhost_is_both_loopback_addresses() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        // A machine without IPv6 has no second address.
        let Ok(listener) = TcpListener::bind(address).await else { continue };
        let port = listener.local_addr().unwrap().port();
        let server = FaultServer::start_on(listener, |_, _| Reply::ok(page_v1(["a"], None, 1)));
        let client = Client::builder().api_key("key").base_url(format!("http://localhost:{port}"));
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        assert_eq!(ids(&mut client.videos().stream()).await, ["a"], "{address}");
        assert_eq!(server.requests()[0].header("host"), Some(&*format!("localhost:{port}")));
    }
}
