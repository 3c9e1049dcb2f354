//! Redirects in every form: an error after one request, and never followed.

use heygen_videos::{ApiVersion, ErrorKind};

use crate::support::fault::{End, Reply};
use crate::support::listing::Listing;
use crate::support::walk::{quick_retries, until_error};

#[tokio::test]
async fn the_error_names_the_host_that_a_redirect_leads_to_and_nothing_else_of_it() {
    for (location, names) in [
        ("https://new.example/canary?token=canary", "https://new.example"),
        ("https://bob:canary@new.example:8443/#canary", "https://new.example:8443"),
        ("//new.example/", "http://new.example"),
    ] {
        let listing = Listing::new(ApiVersion::V1, [1]);
        let server = listing.serve(move |_, _| Some(Reply::redirect(308, location))).await;
        let client = listing.client(server.base_url()).build().unwrap();
        let (_, error) = until_error(&mut client.videos().stream()).await;
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(&format!("(this one leads to {names})")), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[tokio::test]
async fn a_redirect_with_a_missing_or_odd_location_is_the_same_error() {
    let long = format!("/{}", "x".repeat(20_000));
    let lines = [
        "",
        "location:\r\n",
        "location: /v3/videos\r\n",
        "location: v3/videos?token=canary\r\n",
        "location: ?limit=1\r\n",
        "location: #top\r\n",
        "location: //\r\n",
        "location: http://\r\n",
        "location: http://[::1\r\n",
        "location: http://user:canary@127.0.0.1:1/\r\n",
        "location: javascript:alert(1)\r\n",
        "location: file:///etc/passwd\r\n",
        "location: two words\r\n",
        "location: \u{e9}\u{1f600}\r\n",
        "location: http://127.0.0.1:1/a\r\nlocation: http://127.0.0.1:1/b\r\n",
    ]
    .map(str::to_owned);
    for line in lines.into_iter().chain([format!("location: {long}\r\n")]) {
        for status in [301, 302, 303, 307, 308, 300, 305, 399] {
            let listing = Listing::new(ApiVersion::V1, [1]);
            let head = format!("HTTP/1.1 {status} Moved\r\n{line}content-length: 0\r\n\r\n");
            let server =
                listing.serve(move |_, _| Some(Reply::raw(&*head).then(End::KeepAlive))).await;
            let client = listing.client(server.base_url()).retry(quick_retries(3));
            let client = client.build().unwrap();
            let (_, error) = until_error(&mut client.videos().stream()).await;
            let what = format!("{status} {line:.50}: {error:?}");
            assert_eq!(
                (error.kind(), error.status()),
                (ErrorKind::Redirect, Some(status)),
                "{what}"
            );
            assert_eq!((error.attempts(), server.requests().len()), (1, 1), "{what}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{what}");
        }
    }
}
