//! What is sent, byte for byte: targets as they were written, and all headers there are.

use std::sync::{Arc, Mutex};

use heygen_videos::{ApiVersion, Client, RetryPolicy};
use httpmock::prelude::*;
use httpmock::{HttpMockResponse, MockServer};
use serde_json::json;

use crate::support::walk::ids;

/// A client without retries; `prefix` is a path in its base URL.
#[track_caller]
fn client_of(server: &MockServer, api: ApiVersion, prefix: &str) -> Client {
    let builder = Client::builder().api_key("mock-key").base_url(server.url(prefix));
    builder.api(api).retry(RetryPolicy::none()).build().unwrap()
}

/// A request as it came: its target undecoded, and its headers in order of their names.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    target: String,
    headers: Vec<(String, String)>,
}

/// Serves the pages of these tokens one after the other, and keeps what was sent.
async fn keeps_what_is_sent(
    server: &MockServer,
    api: ApiVersion,
    tokens: &'static [&'static str],
) -> Arc<Mutex<Vec<Sent>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    server
        .mock_async(|when, then| {
            when.method(GET);
            then.respond_with(move |request| {
                let mut headers = request.headers_vec().clone();
                headers.sort();
                let target = request.uri().path_and_query().map(ToString::to_string);
                let mut kept = keep.lock().unwrap();
                let next = tokens.get(kept.len()).copied();
                kept.push(Sent { target: target.unwrap_or_default(), headers });
                let page = match api {
                    ApiVersion::V3 => json!({ "data": [], "next_token": next }),
                    _ => json!({ "data": { "videos": [], "token": next } }),
                };
                let cookie = ("set-cookie", "session=1; Path=/");
                HttpMockResponse::builder()
                    .status(200)
                    .headers([cookie].map(|(name, value)| (name.to_owned(), value.to_owned())))
                    .body(page.to_string())
                    .build()
            });
        })
        .await;
    kept
}

/// Texts that a careless encoder spoils, and the form in which no server can misread them.
const AWKWARD: [&str; 12] = [
    "plain-._~Title09",
    "two words",
    "a&limit=1",
    "1+1",
    "100%",
    "%2B",
    "fg/Tz==",
    "a#b?c;d",
    "Füße",
    "動画\u{1F3AC}",
    "\"<>\\^`{|}'",
    "\0\r\n\t ",
];
const ENCODED: [&str; 12] = [
    "plain-._~Title09",
    "two%20words",
    "a%26limit%3D1",
    "1%2B1",
    "100%25",
    "%252B",
    "fg%2FTz%3D%3D",
    "a%23b%3Fc%3Bd",
    "F%C3%BC%C3%9Fe",
    "%E5%8B%95%E7%94%BB%F0%9F%8E%AC",
    "%22%3C%3E%5C%5E%60%7B%7C%7D%27",
    "%00%0D%0A%09%20",
];

#[tokio::test]
async fn filters_and_tokens_are_written_in_the_one_form_that_every_server_reads_alike() {
    for (api, path) in [(ApiVersion::V1, "/v1/video.list"), (ApiVersion::V3, "/v3/videos")] {
        for (text, written) in AWKWARD.into_iter().zip(ENCODED) {
            let server = MockServer::start_async().await;
            let sent = keeps_what_is_sent(&server, api, &[]).await;
            let client = client_of(&server, api, "");
            ids(&mut client.videos().folder_id(text).title(text).stream()).await;
            let target = format!("{path}?limit=100&folder_id={written}&title={written}");
            assert_eq!(sent.lock().unwrap()[0].target, target, "{text:?}");
        }
        // The page after each text has that text for its token.
        let server = MockServer::start_async().await;
        let sent = keeps_what_is_sent(&server, api, &AWKWARD).await;
        let query = client_of(&server, api, "").videos().page_size(3).max_items(50);
        ids(&mut query.folder_id("f").title("x y").stream()).await;
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), AWKWARD.len() + 1);
        assert_eq!(sent[0].target, format!("{path}?limit=3&folder_id=f&title=x%20y"));
        for (sent, written) in sent[1..].iter().zip(ENCODED) {
            let target = format!("{path}?limit=3&folder_id=f&title=x%20y&token={written}");
            assert_eq!(sent.target, target);
        }
    }
}

#[tokio::test]
async fn five_headers_are_sent_with_every_page_and_no_other() {
    for api in [ApiVersion::V1, ApiVersion::V3] {
        let server = MockServer::start_async().await;
        let sent = keeps_what_is_sent(&server, api, &["t", "u"]).await;
        ids(&mut client_of(&server, api, "").videos().stream()).await;
        let address = server.address().to_string();
        let expected = [
            ("accept", "application/json"),
            ("accept-encoding", "gzip"),
            ("host", address.as_str()),
            ("user-agent", concat!("heygen-videos/", env!("CARGO_PKG_VERSION"))),
            ("x-api-key", "mock-key"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), 3);
        for sent in &*sent {
            assert_eq!(sent.headers, expected);
        }
    }
}

#[tokio::test]
async fn a_path_in_the_base_url_is_a_prefix_with_or_without_a_slash_at_its_end() {
    for (api, path) in [(ApiVersion::V1, "/v1/video.list"), (ApiVersion::V3, "/v3/videos")] {
        for prefix in ["", "/", "/heygen", "/heygen/", "/a/b%20c"] {
            let server = MockServer::start_async().await;
            let sent = keeps_what_is_sent(&server, api, &[]).await;
            ids(&mut client_of(&server, api, prefix).videos().page_size(1).stream()).await;
            let target = format!("{}{path}?limit=1", prefix.trim_end_matches('/'));
            assert_eq!(sent.lock().unwrap()[0].target, target, "{prefix:?}");
        }
    }
}
