//! Errors of the connection name the host and the port, and nothing else of the URL.

use std::time::Duration;

use heygen_videos::{ApiVersion, Client, Error, ErrorKind, RetryPolicy};

use crate::support::fault::{End, Reply, refused_url};
use crate::support::listing::Listing;
use crate::support::walk::until_error;

/// The error of the first request to this base URL.
async fn error_of(base_url: &str, timeout: Duration) -> Error {
    let client = Client::builder().api_key("canary-key").base_url(base_url).api(ApiVersion::V1);
    let client = client.retry(RetryPolicy::none()).timeout(timeout).build().unwrap();
    let query = client.videos().folder_id("canary-folder");
    until_error(&mut query.stream()).await.1
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_refused_connection_names_host_and_port() {
    let url = refused_url();
    let host = url.strip_prefix("http://").unwrap();
    let error = error_of(&format!("{url}/canary-path"), LONG).await;
    assert_eq!(error.to_string(), format!("network error: connection refused by {host}"));
    let port = host.rsplit(':').next().unwrap();
    let error = error_of(&format!("http://localhost:{port}"), LONG).await;
    assert!(error.to_string().ends_with(&format!("refused by localhost:{port}")), "{error}");
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_named() {
    let error = error_of("https://no-such-host.invalid", LONG).await;
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("no-such-host.invalid:443"), "{error}");
}

#[tokio::test]
async fn every_failure_of_the_connection_names_host_and_port() {
    let listing = Listing::new(ApiVersion::V1, [1]);
    let good = Reply::ok(listing.body(0));
    let cut = good.clone().cut(good.wire().len() - 9);
    let short = Duration::from_millis(300);
    for (reply, kind, timeout) in [
        (Reply::close(), ErrorKind::Network, LONG),
        (Reply::reset(), ErrorKind::Network, LONG),
        (Reply::garbage(), ErrorKind::Network, LONG),
        (cut.clone(), ErrorKind::Network, LONG),
        (cut.then(End::Reset), ErrorKind::Network, LONG),
        (Reply::labelled_gzip("x"), ErrorKind::Network, LONG),
        (Reply::silence(), ErrorKind::Timeout, short),
        (Reply::endless_drip(Duration::from_millis(10)), ErrorKind::Timeout, short),
    ] {
        let what = format!("{reply:?}");
        let server = listing.serve(move |_, _| Some(reply.clone())).await;
        let error = error_of(&server.base_url(), timeout).await;
        assert_eq!(error.kind(), kind, "{what}: {error}");
        assert!(error.to_string().contains(&server.address().to_string()), "{what}: {error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary") && !shown.contains("video.list"), "{shown}");
    }
}

#[tokio::test]
async fn a_failed_handshake_names_host_and_port() {
    // A server that speaks no TLS.
    let listing = Listing::new(ApiVersion::V1, [1]);
    let server = listing.serve(|_, _| None).await;
    let url = server.base_url().replace("http://", "https://");
    let error = error_of(&url, Duration::from_secs(2)).await;
    assert!(error.to_string().contains(&server.address().to_string()), "{error}");
}
