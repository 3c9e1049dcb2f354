//! Bad input: refused with a word on what to do, before a socket is opened.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FusedStream;
use heygen_videos::{
    ApiVersion, Client, ClientBuilder, Cursor, ErrorKind, Result, RetryPolicy, VideoQuery,
};

use crate::support::walk::{ids, simulator, take};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, says: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    assert_eq!((error.attempts(), error.is_retryable(), error.status()), (0, false, None));
}

fn builder() -> ClientBuilder {
    Client::builder().api_key("secret-key")
}

#[test]
fn a_key_that_cannot_be_one_is_refused() {
    refused(Client::new(""), "the API key is empty");
    refused(Client::builder().build(), "the API key is empty");
    for key in ["secret\n", "secret key", " secret", "secret\0", "sécret", "\u{7f}secret"] {
        refused(Client::new(key), "copy it again");
    }
}

#[test]
fn an_unsafe_base_url_is_refused() {
    for (url, says) in [
        ("http://api.heygen.com", "must be https"),
        ("http://127.0.0.1.evil.com", "must be https"),
        ("http://localhost.evil.com", "must be https"),
        ("http://0.0.0.0", "must be https"),
        ("http://[::ffff:127.0.0.1]", "must be https"),
        ("http://192.168.0.1", "must be https"),
        ("http://128.0.0.1", "must be https"),
        ("http://localhost@evil.com", "user name"),
        ("https://user:secret@api.heygen.com", "user name"),
        ("https://@api.heygen.com", "user name"),
        ("https://api.heygen.com?x=secret", "query"),
        ("https://api.heygen.com/#secret", "fragment"),
        ("ftp://api.heygen.com", "must begin with 'https://'"),
        ("file:///etc/passwd", "must begin with 'https://'"),
        ("api.heygen.com", "must begin with 'https://'"),
        ("//api.heygen.com", "must begin with 'https://'"),
        ("", "must begin with 'https://'"),
        ("https:api.heygen.com", "must begin with 'https://'"),
        (" https://api.heygen.com", "must begin with 'https://'"),
        ("https://api.heygen.com\n", "white space"),
        ("https://api.hey gen.com", "white space"),
        ("http://127.0.0.1\\@evil.com", "backslashes"),
        ("https://", "cannot be parsed"),
        ("https://api.heygen.com:99999", "cannot be parsed"),
    ] {
        refused(builder().base_url(url).build(), says);
    }
}

#[test]
fn a_limit_that_lets_nothing_through_is_refused() {
    let zero = Duration::ZERO;
    refused(builder().timeout(zero).build(), "timeout of zero");
    refused(builder().connect_timeout(zero).build(), "timeout of zero");
    refused(builder().max_response_bytes(0).build(), "max_response_bytes");
    refused(builder().retry(RetryPolicy::default().max_attempts(0)).build(), "RetryPolicy::none()");
    refused(builder().user_agent("a\nb").build(), "user agent");
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-300] {
        refused(builder().requests_per_second(rate).build(), "positive number");
    }
    let most = Duration::MAX;
    let client = builder().timeout(most).connect_timeout(most).max_response_bytes(usize::MAX);
    assert!(client.build().is_ok(), "as much as can be is no mistake");
}

#[test]
fn a_text_that_is_no_cursor_is_refused() {
    for text in ["", "secret", "hgc1", "hgc1.v1.secret", "hgc0.v1.x", "{\"secret\":1}"] {
        refused(text.parse::<Cursor>(), "cursor");
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<Cursor>(&json).is_err());
    }
}

#[tokio::test]
async fn a_wrong_query_is_the_first_item_and_sends_nothing() {
    let simulator = simulator(250).await;
    let client = simulator.client();
    let v3 = simulator.client_builder().api(ApiVersion::V3).build().unwrap();
    let mut listing = client.videos().stream();
    take(&mut listing, 120).await;
    let cursor = listing.cursor();
    let asked = simulator.requests();
    let query = || client.videos();
    let of: Vec<(VideoQuery, &str)> = vec![
        (query().page_size(0), "page_size is 0: it must be 1 to 100"),
        (query().page_size(101), "page_size is 101: it must be 1 to 100"),
        (query().page_size(0).max_items(0), "page_size is 0"),
        (query().read_ahead(1_001), "1000 at most"),
        (query().folder_id(""), "folder_id is empty: leave it out"),
        (query().title(""), "title is empty: leave it out"),
        (query().title("x").resume_from(cursor.clone()), "other filters"),
        (query().folder_id("x").resume_from(cursor.clone()), "other filters"),
        (v3.videos().resume_from(cursor.clone()), "build it with .api(ApiVersion::V1)"),
    ];
    for (query, says) in of {
        let resumes = format!("{query:?}").contains("Some(Cursor");
        let mut pages = query.clone().pages();
        refused(pages.next().await.unwrap(), says);
        assert!(pages.next().await.is_none());
        let mut videos = query.stream();
        for _ in 0..2 {
            refused(videos.next().await.unwrap(), says);
            assert!(videos.next().await.is_none());
            assert!(videos.is_terminated());
            assert_eq!(videos.cursor() == cursor, resumes, "a place that was given is not lost");
            assert!(videos.rearm(), "the same error again");
        }
    }
    assert_eq!(simulator.requests(), asked);
    // The place is as good as before.
    let rest = ids(&mut query().resume_from(cursor).page_size(7).stream()).await;
    assert_eq!(rest, simulator.ids()[120..]);
}
