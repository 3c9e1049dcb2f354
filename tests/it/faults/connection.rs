//! Connections that are cut at every byte, refused, stale, closed early, or kept alive.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use heygen_videos::{ApiVersion, ErrorKind, RetryPolicy};
use tokio::net::TcpSocket;

use crate::support::fault::{End, FaultServer, Framing, Reply};
use crate::support::listing::Listing;
use crate::support::walk::{ids, quick_retries, until_error};

/// A listing with one video on each page.
fn listing(api: ApiVersion, pages: usize) -> Listing {
    Listing::new(api, vec![1; pages])
}

/// Up to this many attempts, without a wait.
fn at_once(attempts: u32) -> RetryPolicy {
    RetryPolicy::default().max_attempts(attempts).base_delay(Duration::ZERO)
}

/// A walk in which the first response for page n lacks its last n + 1 bytes.
async fn cut_everywhere(api: ApiVersion, framing: Framing, ends: [End; 2]) {
    let whole = move |body| Reply::ok(body).framing(framing);
    let pages = whole(listing(api, 2).body(0)).wire().len();
    let listing = listing(api, pages);
    let bodies = listing.clone();
    let server = listing
        .serve(move |page, before| {
            let whole = whole(bodies.body(page));
            let kept = (whole.wire().len() - 1).saturating_sub(page);
            let cut = || whole.clone().cut(kept).then(ends[page % 2].clone());
            Some(if before == 0 { cut() } else { whole })
        })
        .await;
    let client = listing.client(server.base_url()).retry(at_once(2));
    let mut videos = client.build().unwrap().videos().stream();
    assert_eq!(ids(&mut videos).await, listing.ids(), "{api} {framing:?}");
    assert_eq!(videos.stats().requests, 2 * pages as u64, "{api} {framing:?}");
    assert_eq!(server.requests().len(), 2 * pages, "{api} {framing:?}");
    println!("{api}, {framing:?}: {pages} cuts");
}

#[tokio::test]
async fn a_cut_at_any_byte_of_a_response_is_noticed_and_retried() {
    // The connections end alternately with a close and a reset. v1 and v3 begin with different
    // ones, so that each cut is tested with both.
    join_all(Framing::ALL.into_iter().flat_map(|framing| {
        [
            cut_everywhere(ApiVersion::V1, framing, [End::Close, End::Reset]),
            cut_everywhere(ApiVersion::V3, framing, [End::Reset, End::Close]),
        ]
    }))
    .await;
}

#[tokio::test]
async fn a_refused_connection_is_retried_until_a_server_listens() {
    let listing = listing(ApiVersion::V1, 3);
    let cursors = listing.cursors().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let client = listing.client(format!("http://{}", socket.local_addr().unwrap()));
    let none = client.clone().retry(RetryPolicy::none()).build().unwrap();
    let patient = client.retry(quick_retries(u32::MAX).max_delay(Duration::from_millis(5)));
    let mut retried = patient.build().unwrap().videos().stream();
    let mut rearmed = none.videos().resume_from(cursors[1].clone()).stream();

    for _ in 0..2 {
        let (before, error) = until_error(&mut rearmed).await;
        assert!(before.is_empty());
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Network, true));
        assert_eq!((error.attempts(), error.cursor()), (1, Some(&cursors[1])));
        assert!(rearmed.rearm());
    }
    while retried.stats().retries < 3 {
        tokio::select! {
            _ = retried.next() => panic!("no server listens yet"),
            () = tokio::task::yield_now() => {}
        }
    }

    let pages = listing.clone();
    let script = move |request: &_, _| Reply::ok(pages.body(pages.asked(request)));
    let server = FaultServer::start_on(socket.listen(16).unwrap(), script);
    assert_eq!(ids(&mut retried).await, listing.ids());
    assert_eq!(ids(&mut rearmed).await, listing.ids()[1..]);
    assert_eq!(server.requests().len(), 3 + 2);
    assert_eq!(retried.stats().requests - retried.stats().retries, 3);
    assert_eq!(rearmed.stats().requests, 2 + 2);
}

#[tokio::test]
async fn a_stale_connection_is_replaced_and_the_request_is_retried() {
    for (api, end) in [(ApiVersion::V1, End::StaleClose), (ApiVersion::V3, End::StaleReset)] {
        let listing = listing(api, 4);
        let cursors = listing.cursors().await;
        for attempts in [1, 2] {
            let (bodies, end) = (listing.clone(), end.clone());
            let server = listing
                .serve(move |page, _| Some(Reply::ok(bodies.body(page)).then(end.clone())))
                .await;
            let client = listing.client(server.base_url()).retry(at_once(attempts));
            let mut videos = client.build().unwrap().videos().stream();
            let mut got = Vec::new();
            for cursor in if attempts == 1 { &cursors[1..4] } else { &[] } {
                let (before, error) = until_error(&mut videos).await;
                got.extend(before);
                assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Network, true));
                assert_eq!((error.attempts(), error.cursor()), (1, Some(cursor)));
                assert!(videos.rearm());
            }
            got.extend(ids(&mut videos).await);
            assert_eq!(got, listing.ids());
            // After every page but the last, the next request fails on a stale connection. The
            // connection of a retry is not used again, so no request fails after it.
            let failed = if attempts == 1 { 3 } else { 2 };
            assert_eq!(server.requests().len(), 4 + failed);
            assert_eq!(videos.stats().requests, 4 + failed as u64);
            assert_eq!(server.connections(), 4);
        }
    }
}

#[tokio::test]
async fn any_number_of_dead_idle_connections_costs_one_attempt() {
    const DEAD: usize = 8;
    let timeout = Duration::from_secs(2);
    for end in [End::StaleClose, End::StaleReset, End::KeepAlive] {
        let listing = listing(ApiVersion::V1, 1);
        let (body, last) = (listing.body(0), end.clone());
        let server = FaultServer::start(move |_, index| {
            let page = Reply::ok(&*body);
            // The pause keeps all of the first requests under way at the same time.
            let slow = page.clone().drip(page.wire().len() - 1, timeout / 8);
            match index {
                ..DEAD => slow.then(last.clone()),
                // Like a firewall that has forgotten the connection.
                DEAD if matches!(last, End::KeepAlive) => Reply::silence(),
                _ => page,
            }
        })
        .await;
        let client = listing.client(server.base_url()).timeout(timeout).retry(at_once(2));
        let client = client.build().unwrap();
        let first: Vec<_> = (0..DEAD).map(|_| client.videos().stream().count()).collect();
        assert_eq!(join_all(first).await, [1; DEAD]);
        let idle = server.connections();
        assert!(idle >= DEAD, "{idle} connections");

        let mut videos = client.videos().stream();
        assert_eq!(ids(&mut videos).await, listing.ids(), "{end:?}");
        assert_eq!((videos.stats().requests, server.connections()), (2, idle + 1), "{end:?}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_after_each_page_loses_no_video() {
    let listing = listing(ApiVersion::V1, 20);
    let bodies = listing.clone();
    let server =
        listing.serve(move |page, _| Some(Reply::ok(bodies.body(page)).then(End::Close))).await;
    let client = listing.client(server.base_url()).retry(at_once(2)).build().unwrap();
    assert_eq!(ids(&mut client.videos().stream()).await, listing.ids());
    assert_eq!((server.requests().len(), server.connections()), (20, 20));
}

#[tokio::test]
async fn a_walk_uses_one_connection_unless_bodies_end_by_close() {
    for api in [ApiVersion::V1, ApiVersion::V3] {
        for framing in Framing::ALL {
            let listing = listing(api, 20);
            let bodies = listing.clone();
            let server = listing
                .serve(move |page, _| Some(Reply::ok(bodies.body(page)).framing(framing)))
                .await;
            let client = listing.client(server.base_url()).retry(RetryPolicy::none());
            let mut videos = client.build().unwrap().videos().stream();
            assert_eq!(ids(&mut videos).await, listing.ids());
            let connections = if framing == Framing::Close { 20 } else { 1 };
            assert_eq!(server.connections(), connections, "{api} {framing:?}");
        }
    }
}

#[tokio::test]
async fn an_error_response_keeps_the_connection() {
    for framing in [Framing::ContentLength, Framing::Chunked, Framing::GzipChunked] {
        let listing = listing(ApiVersion::V1, 20);
        let busy = move || Reply::new(503, r#"{"message":"busy"}"#).framing(framing);
        let server = listing.serve(move |_, before| (before == 0).then(busy)).await;
        let client = listing.client(server.base_url()).retry(at_once(2)).build().unwrap();
        assert_eq!(ids(&mut client.videos().stream()).await, listing.ids());
        assert_eq!((server.requests().len(), server.connections()), (40, 1), "{framing:?}");
    }
}

#[tokio::test]
async fn a_redirect_opens_no_connection_to_its_target() {
    for status in [301, 302, 303, 307, 308] {
        let listing = listing(ApiVersion::V1, 3);
        let other = listing.serve(|_, _| None).await;
        let away = Reply::redirect(status, &format!("{}/v1/video.list", other.base_url()));
        let server = listing.serve(move |page, _| (page == 1).then(|| away.clone())).await;
        let client = listing.client(server.base_url()).retry(quick_retries(3)).build().unwrap();
        let mut videos = client.videos().stream();
        let (before, error) = until_error(&mut videos).await;
        assert_eq!(before, listing.ids()[..1]);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Redirect, Some(status)));
        assert_eq!((error.attempts(), error.is_retryable()), (1, false));
        assert_eq!((server.requests().len(), other.connections()), (2, 0));
    }
}

#[tokio::test]
async fn interim_responses_before_a_page_are_skipped() {
    for status in [100, 102, 103] {
        let listing = listing(ApiVersion::V1, 3);
        let bodies = listing.clone();
        let flood = move |page, _| Some(Reply::ok(bodies.body(page)).after_interim(status, 1_000));
        let server = listing.serve(flood).await;
        let client = listing.client(server.base_url()).retry(RetryPolicy::none()).build().unwrap();
        assert_eq!(ids(&mut client.videos().stream()).await, listing.ids());
        assert_eq!((server.requests().len(), server.connections()), (3, 1), "{status}");
    }
}

#[tokio::test]
async fn endless_interim_responses_end_with_the_timeout() {
    let listing = listing(ApiVersion::V1, 3);
    let hints = b"HTTP/1.1 103 \r\n\r\n".repeat(10);
    let endless = Reply::raw([]).then(End::Repeat(hints, Duration::from_millis(1)));
    let server = listing
        .serve(move |page, before| (page == 1 && before == 0).then(|| endless.clone()))
        .await;
    let client = listing.client(server.base_url()).retry(RetryPolicy::none());
    let client = client.timeout(Duration::from_millis(1_200)).build().unwrap();
    let mut videos = client.videos().stream();
    let (mut got, error) = until_error(&mut videos).await;
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true));
    server.until_hang_ups(1).await;
    assert!(videos.rearm());
    got.extend(ids(&mut videos).await);
    assert_eq!((got, server.requests().len()), (listing.ids(), 4));
}
