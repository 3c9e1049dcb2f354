//! A mock server on loopback that records its requests, and the JSON of pages for it.

use std::collections::{HashMap, VecDeque};
use std::panic::Location;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use heygen_videos::{ApiVersion, Client, ClientBuilder, Error, ErrorKind, VideoStream};
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use reqwest::Url;
use serde_json::{Value, json};

use super::walk::{quick_retries, within};

/// The key of every client in this module.
pub(crate) const KEY: &str = "mock-key-4711";

/// A last page of v1 without videos, which ends every walk.
pub(crate) const LAST: &str = r#"{"code":100,"data":{"videos":[]}}"#;

/// One request that the server received.
#[derive(Clone, Debug)]
pub(crate) struct MockRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The text after the `?`, still percent-encoded.
    pub(crate) query: String,
    headers: Vec<(String, String)>,
}

impl MockRequest {
    fn new(request: &HttpMockRequest) -> Self {
        let uri = request.uri();
        Self {
            method: request.method_str().to_owned(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: request.headers_vec().clone(),
        }
    }

    /// A query parameter, still percent-encoded.
    pub(crate) fn raw_param(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// All query parameters in order, decoded.
    #[track_caller]
    pub(crate) fn params(&self) -> Vec<(String, String)> {
        let url = Url::parse(&format!("http://localhost/?{}", self.query)).unwrap();
        url.query_pairs().into_owned().collect()
    }

    /// The page token, decoded.
    #[track_caller]
    pub(crate) fn token(&self) -> Option<String> {
        self.params().into_iter().find(|(name, _)| name == "token").map(|(_, token)| token)
    }

    /// All values of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn header_count(&self) -> usize {
        self.headers.len()
    }
}

/// One response of the server.
#[derive(Clone, Debug)]
pub(crate) struct MockResponse {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl MockResponse {
    pub(crate) fn new(status: u16, body: impl ToString) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    pub(crate) fn ok(body: impl ToString) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn respond(self) -> HttpMockResponse {
        let headers = self.headers.into_iter();
        HttpMockResponse::builder().status(self.status).headers(headers).body(self.body).build()
    }
}

/// The server and a record of its requests.
pub(crate) struct MockApi {
    server: MockServer,
    requests: Arc<Mutex<Vec<MockRequest>>>,
}

impl MockApi {
    /// A server that answers each request with what `respond` returns.
    pub(crate) async fn start(
        respond: impl Fn(&MockRequest) -> MockResponse + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start_async().await;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        server
            .mock_async(|when, then| {
                when.any_request();
                then.respond_with(move |request| {
                    let request = MockRequest::new(request);
                    let response = respond(&request).respond();
                    seen.lock().unwrap().push(request);
                    response
                });
            })
            .await;
        Self { server, requests }
    }

    /// A server that gives these responses in order and then repeats the last one.
    pub(crate) async fn with(responses: impl IntoIterator<Item = MockResponse>) -> Self {
        let responses = Mutex::new(responses.into_iter().collect::<VecDeque<_>>());
        Self::start(move |_| {
            let mut responses = responses.lock().unwrap();
            let response = responses.front().expect("there is a response").clone();
            if responses.len() > 1 {
                responses.pop_front();
            }
            response
        })
        .await
    }

    /// A server of v1 pages, each as `(token of the request, ids, token of the next page)`.
    pub(crate) async fn with_pages(pages: &[(Option<&str>, &[&str], Option<&str>)]) -> Self {
        let pages = pages.iter().map(|(token, ids, next)| {
            (token.map(str::to_owned), MockResponse::ok(v1_page(ids, *next)))
        });
        let pages: HashMap<_, _> = pages.collect();
        Self::start(move |request| {
            let page = pages.get(&request.token()).cloned();
            page.unwrap_or_else(|| MockResponse::new(400, "no page has this token"))
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// A client of the server that makes up to three attempts.
    pub(crate) fn builder(&self, api: ApiVersion) -> ClientBuilder {
        let builder = Client::builder().api_key(KEY).base_url(self.server.base_url());
        builder.api(api).retry(quick_retries(3))
    }

    #[track_caller]
    pub(crate) fn client(&self, api: ApiVersion) -> Client {
        self.builder(api).build().unwrap()
    }

    #[track_caller]
    pub(crate) fn requests(&self) -> Vec<MockRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// How many requests had this token; `None` counts those without a token.
    #[track_caller]
    pub(crate) fn requests_for(&self, token: Option<&str>) -> usize {
        self.requests().iter().filter(|request| request.token().as_deref() == token).count()
    }

    #[track_caller]
    pub(crate) fn assert_requests(&self, expected: usize, what: &str) {
        let requests = self.requests();
        assert_eq!(requests.len(), expected, "{what}: {requests:?}");
    }
}

/// A body of v1 with these ids.
pub(crate) fn v1_page(ids: &[&str], token: Option<&str>) -> Value {
    let videos: Vec<_> = ids.iter().map(|id| json!({ "video_id": id })).collect();
    json!({ "code": 100, "data": { "videos": videos, "token": token, "total": ids.len() } })
}

/// A body of v3 with these ids.
pub(crate) fn v3_page(ids: &[&str], has_more: bool, token: Option<&str>) -> Value {
    let videos: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
    json!({ "data": videos, "has_more": has_more, "next_token": token })
}

/// The next item, which must be an error.
#[track_caller]
pub(crate) fn next_error(videos: &mut VideoStream, what: &str) -> impl Future<Output = Error> {
    let caller = Location::caller();
    let next = within(videos.next());
    async move {
        match next.await {
            Some(Err(error)) => error,
            other => panic!("{what}: expected an error, got {other:?}, at {caller}"),
        }
    }
}

/// The error that this response causes, and how many requests the client sent.
pub(crate) async fn error_of(api: ApiVersion, response: MockResponse) -> (Error, usize) {
    let what = format!("{response:?}");
    let server = MockApi::with([response]).await;
    let mut videos = server.client(api).videos().stream();
    let error = next_error(&mut videos, &what).await;
    assert!(videos.next().await.is_none(), "{what}: an error ends the stream");
    (error, server.requests().len())
}

/// Asserts that the client itself rejected the setting or query, and that the error has no secret.
#[track_caller]
pub(crate) fn assert_refusal(error: &Error, says: &str, what: &str) {
    assert_refused_as(ErrorKind::InvalidRequest, error, says, what);
}

/// Asserts that the client itself rejected the cursor, and that the error has no secret.
#[track_caller]
pub(crate) fn assert_bad_cursor(error: &Error, says: &str, what: &str) {
    assert_refused_as(ErrorKind::Cursor, error, says, what);
}

#[track_caller]
pub(crate) fn assert_refused_as(kind: ErrorKind, error: &Error, says: &str, what: &str) {
    assert_eq!(error.kind(), kind, "{what}: {error}");
    let shown = error.to_string();
    let begins = format!("{}: ", kind.as_str());
    assert!(shown.starts_with(&begins) && shown.contains(says), "{what}: {shown}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{what}: {error:?}");
    let sent = (error.attempts(), error.status(), error.code(), error.retry_after());
    assert_eq!((sent, error.is_retryable()), ((0, None, None, None), false), "{what}");
}
