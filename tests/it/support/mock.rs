//! A mock server on loopback that answers each request as told and remembers what was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use heygen_videos::{ApiVersion, Client, ClientBuilder, Error, ErrorKind, VideoStream};
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use serde_json::{Value, json};

use super::walk::{quick_retries, within};

/// The key of every client here.
pub(crate) const KEY: &str = "mock-key-4711";

/// A last page of v1 without videos, which ends every walk.
pub(crate) const LAST: &str = r#"{"code":100,"data":{"videos":[]}}"#;

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// What stands behind the `?`, undecoded.
    pub(crate) query: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    fn new(request: &HttpMockRequest) -> Self {
        let uri = request.uri();
        Self {
            method: request.method_str().to_owned(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: request.headers_vec().clone(),
        }
    }

    /// A query parameter as it was written, still encoded.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// Every value that a header has.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn header_count(&self) -> usize {
        self.headers.len()
    }
}

/// One answer to give.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
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

/// The server; the requests it got can be looked at any time.
pub(crate) struct Api {
    server: MockServer,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Api {
    /// A server that has `answer` say what comes to each request.
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let server = MockServer::start_async().await;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        server
            .mock_async(|when, then| {
                when.any_request();
                then.respond_with(move |request| {
                    let request = Asked::new(request);
                    let answer = answer(&request).respond();
                    seen.lock().unwrap().push(request);
                    answer
                });
            })
            .await;
        Self { server, asked }
    }

    /// A server that gives one answer after the other, and the last of them for ever.
    pub(crate) async fn with(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Mutex::new(answers.into_iter().collect::<VecDeque<_>>());
        Self::start(move |_| {
            let mut answers = answers.lock().unwrap();
            let answer = answers.front().expect("an answer is given").clone();
            if answers.len() > 1 {
                answers.pop_front();
            }
            answer
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// A client of the server that retries twice, quickly.
    pub(crate) fn builder(&self, api: ApiVersion) -> ClientBuilder {
        let builder = Client::builder().api_key(KEY).base_url(self.server.base_url());
        builder.api(api).retry(quick_retries(3))
    }

    #[track_caller]
    pub(crate) fn client(&self, api: ApiVersion) -> Client {
        self.builder(api).build().unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    #[track_caller]
    pub(crate) fn assert_requests(&self, expected: usize, what: &str) {
        let asked = self.asked();
        assert_eq!(asked.len(), expected, "{what}: {asked:?}");
    }
}

/// A body of v3 with these ids.
pub(crate) fn v3_page(ids: &[&str], has_more: bool, token: Option<&str>) -> Value {
    let videos: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
    json!({ "data": videos, "has_more": has_more, "next_token": token })
}

/// The error that the next item is.
pub(crate) async fn next_error(videos: &mut VideoStream, what: &str) -> Error {
    match within(videos.next()).await {
        Some(Err(error)) => error,
        other => panic!("{what}: an error is due, not {other:?}"),
    }
}

/// The error that one client makes of one answer, which it may ask for again.
pub(crate) async fn error_of(api: ApiVersion, answer: Answer) -> (Error, usize) {
    let what = format!("{answer:?}");
    let server = Api::with([answer]).await;
    let mut videos = server.client(api).videos().stream();
    let error = next_error(&mut videos, &what).await;
    assert!(videos.next().await.is_none(), "{what}: an error ends the stream");
    (error, server.asked().len())
}

/// A refusal that was made here, and that shows no secret.
#[track_caller]
pub(crate) fn assert_refusal(error: &Error, says: &str, what: &str) {
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{what}: {error}");
    let shown = error.to_string();
    assert!(shown.starts_with("invalid request: ") && shown.contains(says), "{what}: {shown}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{what}: {error:?}");
    let sent = (error.attempts(), error.status(), error.code(), error.retry_after());
    assert_eq!((sent, error.is_retryable()), ((0, None, None, None), false), "{what}");
}
