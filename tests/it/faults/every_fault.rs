//! Every fault of the fault server, in a walk of several pages: retries hide it, or it gives the
//! right error and the walk continues after it.

use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use heygen_videos::{ApiVersion, ClientBuilder, ErrorKind, RetryPolicy};

use crate::support::fault::Reply;
use crate::support::listing::{
    CANARY, Faults, Listing, failed, limited, lost, no_page, slow, unreadable_head,
};
use crate::support::walk::{ids, quick_retries, until_error};

/// Enough for every prompt response, even on a busy machine.
const SHORT: Duration = Duration::from_millis(1_200);

/// The error that a fault causes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Expected {
    kind: ErrorKind,
    retryable: bool,
}

const NETWORK: Expected = Expected { kind: ErrorKind::Network, retryable: true };
const TIMEOUT: Expected = Expected { kind: ErrorKind::Timeout, retryable: true };
const SERVER: Expected = Expected { kind: ErrorKind::Server, retryable: true };
const RATE_LIMITED: Expected = Expected { kind: ErrorKind::RateLimited, retryable: true };
const DECODE: Expected = Expected { kind: ErrorKind::Decode, retryable: false };

/// Walks a listing for each of `faults`, on both API versions, with and without retries. Each page
/// first fails `times` times with the fault.
async fn check_all(
    faults: Faults,
    times: usize,
    expected: Expected,
    set: fn(ClientBuilder) -> ClientBuilder,
) {
    let mut walks = Vec::new();
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let listing = Listing::new(api, [2, 2, 1]);
        for (at, (name, _)) in faults(&listing.body(0)).into_iter().enumerate() {
            for attempts in [1, times as u32 + 1] {
                let bodies = listing.clone();
                let fault = move |page| faults(&bodies.body(page)).swap_remove(at).1;
                let set = move |client| set(client).retry(quick_retries(attempts));
                let name = format!("{name}, {api}, {attempts} attempts");
                walks.push(check(name, listing.clone(), fault, times, expected, set));
            }
        }
    }
    join_all(walks).await;
}

/// One such walk. Unless a retry hides it, an error must be as `expected`, and the walk must
/// continue after it.
async fn check(
    name: String,
    listing: Listing,
    fault: impl Fn(usize) -> Reply + Send + Sync + 'static,
    times: usize,
    expected: Expected,
    set: impl Fn(ClientBuilder) -> ClientBuilder,
) {
    let cursors = listing.cursors().await;
    let server = listing.serve(move |page, before| (before < times).then(|| fault(page))).await;
    let client = set(listing.client(server.base_url())).build().unwrap();
    let mut videos = client.videos().stream();
    let hidden = expected.retryable && !name.ends_with(" 1 attempts");
    let mut got = Vec::new();
    for page in if hidden { 0..0 } else { 0..listing.len() } {
        for _ in 0..times {
            let (before, error) = until_error(&mut videos).await;
            got.extend(before);
            assert_eq!(got.len(), listing.before(page), "{name}");
            let seen = Expected { kind: error.kind(), retryable: error.is_retryable() };
            assert_eq!(seen, expected, "{name}: {error:?}");
            assert_eq!(error.attempts(), 1, "{name}");
            assert_eq!(error.cursor(), Some(&cursors[page]), "{name}");
            assert!(!format!("{error} {error:?}").contains(CANARY), "{name}: {error:?}");
            assert!(videos.next().await.is_none(), "{name}");
            assert!(videos.rearm(), "{name}");
        }
    }
    got.extend(ids(&mut videos).await);
    assert_eq!(got, listing.ids(), "{name}");
    assert_eq!(videos.cursor(), cursors[listing.len()], "{name}");
    let (requests, stats) = (listing.len() * (times + 1), videos.stats());
    assert_eq!(server.requests().len(), requests, "{name}");
    assert_eq!(stats.requests, requests as u64, "{name}");
    assert_eq!(stats.retries, if hidden { (listing.len() * times) as u64 } else { 0 }, "{name}");
}

#[tokio::test]
async fn a_lost_or_garbled_response_is_retried() {
    check_all(lost, 2, NETWORK, |client| client).await;
}

#[tokio::test]
async fn a_response_that_is_not_a_page_is_an_error_without_retry() {
    // Only one fault: a second one, in the first request after `rearm`, leads to more requests.
    check_all(no_page, 1, DECODE, |client| client).await;
}

#[tokio::test]
async fn a_response_with_an_invalid_head_is_an_error_without_retry() {
    check_all(unreadable_head, 2, DECODE, |client| client).await;
}

#[tokio::test]
async fn a_server_error_is_retried_whatever_its_body_is() {
    check_all(failed, 2, SERVER, |client| client).await;
}

#[tokio::test]
async fn a_zero_or_invalid_retry_after_causes_no_wait() {
    check_all(limited, 2, RATE_LIMITED, |client| client).await;
}

#[tokio::test]
async fn a_response_that_takes_too_long_is_retried() {
    check_all(slow, 1, TIMEOUT, |client| client.timeout(SHORT)).await;
}

#[tokio::test]
async fn a_cut_response_a_missing_one_and_an_invalid_one_have_different_messages() {
    let listing = Listing::new(ApiVersion::V1, [1]);
    let good = Reply::ok(listing.body(0));
    let cut = good.clone().cut(good.wire().len() - 9);
    let body = listing.body(0);
    for (reply, kind, says) in [
        (cut, ErrorKind::Network, "cut short or damaged"),
        (Reply::close(), ErrorKind::Network, "before a response"),
        (unreadable_head(&body).swap_remove(0).1, ErrorKind::Decode, "the head of the response of"),
    ] {
        let server = listing.serve(move |_, _| Some(reply.clone())).await;
        let client = listing.client(server.base_url()).retry(RetryPolicy::none()).build().unwrap();
        let error = client.videos().stream().next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(says), "{error}");
    }
}
