//! Gzip as servers really send it: labels in any case, several members, and what follows them.

use std::time::Duration;

use heygen_videos::{ApiVersion, ErrorKind, RetryPolicy};

use crate::support::fault::{End, Framing, Reply, gzip};
use crate::support::listing::Listing;
use crate::support::walk::{ids, quick_retries, until_error};

/// Makes the body of a response from a page.
type Encode = fn(&str) -> Vec<u8>;

/// Walks a listing whose pages are all encoded by `encode` and labelled with `label`.
async fn check(api: ApiVersion, label: &str, encode: Encode, what: &str) {
    for framing in [Framing::ContentLength, Framing::Chunked, Framing::Close] {
        let listing = Listing::new(api, [2, 2, 1]);
        let (bodies, label) = (listing.clone(), label.to_owned());
        let server = listing
            .serve(move |page, _| {
                let reply = Reply::ok(encode(&bodies.body(page))).framing(framing);
                Some(reply.header("content-encoding", label.as_str()))
            })
            .await;
        let client = listing.client(server.base_url()).retry(RetryPolicy::none()).build().unwrap();
        let mut videos = client.videos().stream();
        assert_eq!(ids(&mut videos).await, listing.ids(), "{what}, {api}, {framing:?}");
        let decoded: usize = (0..listing.len()).map(|page| listing.body(page).len()).sum();
        assert_eq!(videos.stats().bytes, decoded as u64, "{what}: `bytes` counts decoded bytes");
        if framing != Framing::Close {
            assert_eq!(server.connections(), 1, "{what}: the connection is kept");
        }
    }
}

#[tokio::test]
async fn the_label_of_gzip_is_case_insensitive() {
    for label in ["gzip", "GZIP", "Gzip", "x-gzip", "X-GZIP", " gzip ", "identity, gzip"] {
        check(ApiVersion::V1, label, |body| gzip(body.as_bytes()), label).await;
    }
    for label in ["identity", "Identity", ""] {
        check(ApiVersion::V3, label, |body| body.into(), label).await;
    }
}

#[tokio::test]
async fn gzip_may_have_several_members_and_something_after_them() {
    let encodings: [(&str, Encode); 5] = [
        ("two members", |body| {
            let (a, b) = body.as_bytes().split_at(body.len() / 2);
            [gzip(a), gzip(b)].concat()
        }),
        ("a member for each byte", |body| body.as_bytes().chunks(1).flat_map(gzip).collect()),
        ("empty members", |body| [gzip(b""), gzip(body.as_bytes()), gzip(b"")].concat()),
        ("zeros at the end", |body| [gzip(body.as_bytes()), vec![0; 512]].concat()),
        ("other bytes at the end", |body| [&gzip(body.as_bytes())[..], b"\r\nx"].concat()),
    ];
    for (what, encode) in encodings {
        for api in [ApiVersion::V1, ApiVersion::V3] {
            check(api, "gzip", encode, what).await;
        }
    }
}

#[tokio::test]
async fn a_gzip_that_is_cut_anywhere_is_retried() {
    let listing = Listing::new(ApiVersion::V1, [1]);
    let (a, b) = (listing.body(0), listing.clone());
    let (a, rest) = a.as_bytes().split_at(9);
    let whole = [gzip(a), gzip(rest)].concat();
    for end in 0..whole.len() {
        let cut = whole[..end].to_vec();
        let bodies = b.clone();
        let server = b
            .serve(move |page, before| {
                let cut = Reply::labelled_gzip(cut.clone());
                Some(if before == 0 { cut } else { Reply::ok(bodies.body(page)) })
            })
            .await;
        let client = b.client(server.base_url()).retry(quick_retries(2)).build().unwrap();
        let mut videos = client.videos().stream();
        assert_eq!(ids(&mut videos).await, b.ids(), "cut after {end} bytes");
        assert_eq!(videos.stats().retries, 1, "cut after {end} bytes");
    }
}

#[tokio::test]
async fn damaged_gzip_keeps_its_reason_in_the_chain() {
    let listing = Listing::new(ApiVersion::V1, [1]);
    let server = listing.serve(|_, _| Some(Reply::labelled_gzip("not a gzip at all"))).await;
    let client = listing.client(server.base_url()).retry(RetryPolicy::none()).build().unwrap();
    let (_, error) = until_error(&mut client.videos().stream()).await;
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Network, true));
    assert!(error.to_string().contains("was cut short or damaged in transit"), "{error}");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("gzip"), "{error:?}");
}

#[tokio::test]
async fn a_gzip_without_end_and_without_a_byte_of_content_is_too_large() {
    let empty = gzip(b"");
    // A header with an endless file name, and an endless series of empty members.
    let floods = [vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3], empty.clone()];
    for (head, repeated) in floods.into_iter().zip([vec![b'n'; 1 << 10], empty.repeat(50)]) {
        let listing = Listing::new(ApiVersion::V1, [1]);
        let flood = Reply::labelled_gzip(head).framing(Framing::Close);
        let flood = flood.then(End::Repeat(repeated, Duration::ZERO));
        let server = listing.serve(move |_, _| Some(flood.clone())).await;
        let client = listing.client(server.base_url()).max_response_bytes(100_000);
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        let mut videos = client.videos().stream();
        let (_, error) = until_error(&mut videos).await;
        let kinds = [ErrorKind::TooLarge, ErrorKind::Network];
        assert!(kinds.contains(&error.kind()), "{error:?}");
        assert_eq!(videos.stats().bytes, 0);
        server.until_hang_ups(1).await;
    }
}

#[tokio::test]
async fn a_charset_in_place_of_a_coding_is_ignored() {
    for label in ["UTF-8", "none"] {
        check(ApiVersion::V1, label, |body| body.as_bytes().to_vec(), label).await;
    }
}

#[tokio::test]
async fn an_error_body_gives_its_reason_whatever_its_label_says() {
    let plain = br#"{"code":400545,"message":"Folder not found"}"#;
    let zipped = gzip(plain);
    for (body, label) in [(&zipped[..], "GZIP"), (&zipped, "identity"), (plain, "gzip")] {
        let listing = Listing::new(ApiVersion::V1, [1]);
        let answer = Reply::new(404, body).header("content-encoding", label);
        let server = listing.serve(move |_, _| Some(answer.clone())).await;
        let client = listing.client(server.base_url()).build().unwrap();
        let mut videos = client.videos().stream();
        let (_, error) = until_error(&mut videos).await;
        let shown = error.to_string();
        assert!(shown.ends_with("code 400545): Folder not found"), "{label}: {shown}");
        assert_eq!(videos.stats().bytes, plain.len() as u64, "{label}");
    }
}
