//! The loop that a user would write with reqwest and `serde_json`.

use std::hint::black_box;
use std::time::Duration;

use heygen_videos::simulator::Simulator;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};

use super::page::Page;

/// A client with the same settings as ours. With redirects or retries turned on, reqwest would copy
/// each request.
pub(crate) fn http() -> reqwest::Client {
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        ("x-api-key".parse().expect("a name"), HeaderValue::from_static(Simulator::API_KEY)),
    ]);
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .no_proxy()
        .pool_idle_timeout(Duration::from_secs(20))
        .default_headers(headers)
        .user_agent("by-hand")
        .timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(10))
        .build()
        .expect("a client")
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
