//! Error responses that are damaged or unusual: whatever can be read in them is used.

use std::time::Duration;

use heygen_videos::{ApiVersion, ErrorKind};

use crate::support::fault::{End, Reply};
use crate::support::listing::Listing;
use crate::support::walk::until_error;

#[tokio::test]
async fn the_first_retry_after_that_can_be_read_counts_even_at_304() {
    for (status, lines) in [
        (503, "retry-after: soon\r\nretry-after: 3600\r\n"),
        (429, "retry-after:\r\nretry-after: 3600\r\nretry-after: 7200\r\n"),
        (304, "retry-after: 3600\r\n"),
    ] {
        let listing = Listing::new(ApiVersion::V1, [1]);
        let head = format!("HTTP/1.1 {status} Wait\r\n{lines}content-length: 0\r\n\r\n");
        let server = listing.serve(move |_, _| Some(Reply::raw(&*head))).await;
        let client = listing.client(server.base_url()).build().unwrap();
        let (_, error) = until_error(&mut client.videos().stream()).await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)), "{lines}: {error}");
        assert_eq!((error.status(), server.requests().len()), (Some(status), 1), "{error}");
    }
}

#[tokio::test]
async fn the_reason_in_an_error_body_that_breaks_off_is_kept() {
    let body = r#"{"code":400545,"message":"Invalid folder"}"#;
    let reply = Reply::new(404, body).content_lengths(&[500]);
    for reply in [reply.clone().then(End::Close), reply.then(End::Silence)] {
        let listing = Listing::new(ApiVersion::V1, [1]);
        let server = listing.serve(move |_, _| Some(reply.clone())).await;
        let client = listing.client(server.base_url()).timeout(Duration::from_millis(500));
        let (_, error) = until_error(&mut client.build().unwrap().videos().stream()).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(404)), "{error}");
        assert_eq!(error.code(), Some("400545"), "{error}");
        assert!(error.to_string().ends_with(": Invalid folder"), "{error}");
    }
}
