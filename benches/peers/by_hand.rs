//! The loop that a user would write with reqwest and `serde_json`.

use std::hint::black_box;
use std::time::Duration;

use heygen_videos::simulator::Simulator;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};

use super::page::Page;

/// A client as ours sets it up: what it may do costs the same.
pub(crate) fn http() -> reqwest::Client {
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        ("x-api-key".parse().expect("a name"), HeaderValue::from_static(Simulator::API_KEY)),
    ]);
    let builder = reqwest::Client::builder().no_proxy().default_headers(headers);
    let builder = builder.timeout(Duration::from_secs(30)).user_agent("by-hand");
    builder.build().expect("a client")
}

pub(crate) async fn get(
    http: &reqwest::Client,
    base: &str,
    token: Option<&str>,
) -> impl AsRef<[u8]> + use<> {
    let mut query = vec![("limit", "100")];
    query.extend(token.map(|token| ("token", token)));
    let request = http.get(format!("{base}/v1/video.list")).query(&query);
    let response = request.send().await.and_then(reqwest::Response::error_for_status);
    response.expect("a page").bytes().await.expect("a body")
}

pub(crate) async fn by_hand(http: &reqwest::Client, base: &str) -> usize {
    let (mut count, mut token) = (0, None);
    loop {
        let body = get(http, base, token.as_deref()).await;
        let page: Page = serde_json::from_slice(body.as_ref()).expect("a page");
        for video in page.data.videos {
            black_box(&video);
            count += 1;
        }
        token = page.data.token;
        if token.is_none() {
            return count;
        }
    }
}
