//! Responses at and above the size limit: the client reads at most `max_response_bytes`.

use std::time::Duration;

use heygen_videos::{ApiVersion, Error, ErrorKind, RetryPolicy, VideoStream};

use crate::support::fault::{End, FaultServer, Framing, Reply};
use crate::support::listing::Listing;
use crate::support::walk::{ids, quick_retries, until_error};

/// A limit that every page of [`listing`] is below.
const MAX: usize = 2_000;

fn listing() -> Listing {
    Listing::new(ApiVersion::V1, [2, 2, 1])
}

/// A stream that reads at most `max` bytes of a body, and makes up to three attempts.
#[track_caller]
fn stream(server: &FaultServer, max: usize) -> VideoStream {
    let client = listing().client(server.base_url()).max_response_bytes(max);
    client.retry(quick_retries(3)).build().unwrap().videos().stream()
}

/// The body, followed by white space up to `length` bytes.
fn padded(body: String, length: usize) -> String {
    format!("{body:length$}")
}

/// Gets `fault` for the second page, rearms and walks to the end. Returns the error and how many
/// bytes of the fault were read.
async fn walk_into(fault: Reply, max: usize) -> (Error, u64) {
    let listing = listing();
    let server =
        listing.serve(move |page, before| (page == 1 && before == 0).then(|| fault.clone())).await;
    let mut videos = stream(&server, max);
    let (mut got, error) = until_error(&mut videos).await;
    let first = listing.body(0).len() as u64;
    let read = videos.stats().bytes - first;
    assert!(videos.rearm());
    got.extend(ids(&mut videos).await);
    assert_eq!(got, listing.ids());
    assert_eq!(server.requests().len(), 4);
    (error, read)
}

#[track_caller]
fn assert_too_large(what: &str, (error, read): (Error, u64), max: usize) {
    let seen = (error.kind(), error.is_retryable(), error.attempts(), error.status());
    assert_eq!(seen, (ErrorKind::TooLarge, false, 1, Some(200)), "{what}: {error:?}");
    assert!(read <= max as u64, "{what}: {read} bytes were read");
}

#[tokio::test]
async fn a_body_at_the_limit_is_read_and_one_byte_more_is_too_large() {
    for framing in Framing::ALL {
        let reply = move |length| Reply::ok(padded(listing().body(1), length)).framing(framing);
        let server = listing().serve(move |page, _| (page == 1).then(|| reply(MAX))).await;
        let mut videos = stream(&server, MAX);
        assert_eq!(ids(&mut videos).await, listing().ids(), "{framing:?}");
        assert_eq!(server.requests().len(), 3, "{framing:?}");
        let others = listing().body(0).len() + listing().body(2).len();
        assert_eq!(videos.stats().bytes, (others + MAX) as u64, "{framing:?}");

        assert_too_large(&format!("{framing:?}"), walk_into(reply(MAX + 1), MAX).await, MAX);
    }
}

#[tokio::test]
async fn an_error_body_at_the_limit_gives_its_reason_and_a_longer_one_gives_none() {
    for framing in Framing::ALL {
        for (length, is_given) in [(MAX, true), (MAX + 1, false)] {
            let body = padded(r#"{"code":"odd","message":"Invalid folder"}"#.to_owned(), length);
            let reply = Reply::new(400, body).framing(framing);
            let server = FaultServer::start(move |_, _| reply.clone()).await;
            let (_, error) = until_error(&mut stream(&server, MAX)).await;
            let what = format!("{framing:?}, {length}: {error}");
            assert_eq!(error.status(), Some(400), "{what}");
            assert_eq!(error.to_string().contains("Invalid folder"), is_given, "{what}");
        }
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_read_only_to_the_limit() {
    for max in [MAX, 1 << 20] {
        let bombs = [Reply::bomb(), Reply::bomb().framing(Framing::Chunked)];
        for bomb in bombs {
            assert_too_large("a bomb", walk_into(bomb, max).await, max);
        }
    }
}

#[tokio::test]
async fn an_endless_body_is_read_only_to_the_limit() {
    let flood = Reply::ok("").framing(Framing::Close);
    let flood = flood.then(End::Repeat(vec![b' '; 100], Duration::ZERO));
    assert_too_large("a flood", walk_into(flood, MAX).await, MAX);
}

#[tokio::test]
async fn a_content_length_above_the_limit_is_an_error_before_the_body() {
    for length in [MAX + 1, usize::MAX / 2] {
        let lie = Reply::ok(listing().body(1)).content_lengths(&[length]).then(End::Silence);
        let (error, read) = walk_into(lie, MAX).await;
        assert_too_large("a length", (error, read), 0);
    }
}

#[tokio::test]
async fn a_huge_content_length_allocates_no_memory_of_that_size() {
    // Below the limit of this client, but more than any machine can allocate.
    let lie = Reply::ok(listing().body(1)).content_lengths(&[1 << 60]).then(End::Close);
    let server =
        listing().serve(move |page, before| (page == 1 && before == 0).then(|| lie.clone())).await;
    let mut videos = stream(&server, usize::MAX);
    assert_eq!(ids(&mut videos).await, listing().ids());
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn an_error_body_is_read_only_to_the_limit_and_keeps_its_status() {
    let long = format!(r#"{{"code":"x","message":"{}"}}"#, " ".repeat(40_000));
    for framing in Framing::ALL {
        let refusal = Reply::new(400, long.as_str()).framing(framing);
        let (error, read) = walk_into(refusal.clone(), MAX).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(400)), "{framing:?}");
        assert!(read <= MAX as u64, "{framing:?}: {read} bytes were read");
        let (error, read) = walk_into(refusal, 1 << 20).await;
        assert_eq!((error.code(), read), (Some("x"), long.len() as u64), "{framing:?}");
    }
    // Error bodies have a limit of their own, even if pages may be larger.
    let bomb = Reply::bomb().status(400);
    let (error, read) = walk_into(bomb, 1 << 30).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(400)));
    assert!(read <= 64 << 10, "{read} bytes were read");
}

#[tokio::test]
async fn a_server_error_with_a_stalled_body_keeps_its_status_and_retry_after() {
    let failure = || Reply::new(503, r#"{"code":"busy"}"#).header("retry-after", "0");
    let head = failure().wire().len() - r#"{"code":"busy"}"#.len();
    let pause = Duration::from_millis(100);
    for reply in [
        failure().drip(head, pause),
        failure().cut(head).then(End::Silence),
        failure().cut(head + 5),
    ] {
        let fault = reply.clone();
        let server = listing()
            .serve(move |page, before| (page == 1 && before < 2).then(|| fault.clone()))
            .await;
        let client = listing().client(server.base_url()).timeout(Duration::from_millis(1_200));
        let none = client.clone().retry(RetryPolicy::none()).build().unwrap();
        let (_, error) = until_error(&mut none.videos().stream()).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)), "{reply:?}");
        assert_eq!((error.is_retryable(), error.code()), (true, None), "{reply:?}");
        assert_eq!(error.retry_after(), Some(Duration::ZERO), "{reply:?}");
        let retried = client.retry(quick_retries(2)).build().unwrap();
        assert_eq!(ids(&mut retried.videos().stream()).await, listing().ids(), "{reply:?}");
        assert_eq!(server.requests().len(), 2 + 4, "{reply:?}");
    }
}
