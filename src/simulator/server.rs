//! The HTTP/1.1 server: accepts connections and answers requests.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::Request;
use hyper::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::debug;

use super::fault::Fault;
use super::log::Recorded;
use super::parameters::parameters;
use super::refusal::Refusal;
use super::request::PageRequest;
use super::response::{Answer, PageResponse};
use super::shared::Shared;
use super::token::Token;
use super::version::ServedVersion;

/// The pause before accepting again after a failure, for example without a free file descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

impl Shared {
    /// Counts a request, waits for the latency, answers and records it.
    async fn serve<B: Body + Sync>(&self, request: Request<B>) -> Answer {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let path = request.uri().path();
        let version = ServedVersion::of(path);
        let query = parameters(request.uri().query().unwrap_or_default());
        let gone = self.v1_gone().filter(|_| ServedVersion::at(path) == Some(ServedVersion::V1));
        let page_request = match gone {
            Some(status) => Err(Refusal::gone(status)),
            None => {
                PageRequest::read(request.method(), path, request.headers(), &query, &self.api_key)
            }
        };
        let fault = if page_request.is_ok() { self.script().take(number) } else { None };
        let mut wait = *self.latency();
        if let Some(Fault::Latency(more)) = fault {
            wait = wait.saturating_add(more);
        }
        // Tokio rounds even a zero wait up to a millisecond.
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let answer = match page_request {
            Ok(page_request) => self.answer(&page_request, fault),
            Err(refusal) => refusal.answer(version),
        };
        let (path, status) = (path.to_owned(), answer.status().as_u16());
        debug!(number, path, status, "request answered");
        self.log().push(Recorded { path, query, status });
        answer
    }

    fn answer(&self, request: &PageRequest, fault: Option<Fault>) -> Answer {
        let refuse = |refusal: Refusal| Ok(refusal.answer(request.version));
        let answer = match fault {
            Some(Fault::Status(status)) => refuse(Refusal::status(status)),
            Some(Fault::StatusRetryAfter(status, value)) => {
                refuse(Refusal::status(status).with_retry_after(value))
            }
            Some(Fault::Code { code, message }) => refuse(Refusal::code(code, message)),
            Some(Fault::EmptyPage) => self.empty_page(request),
            Some(Fault::RepeatToken) => self.page(request, true),
            Some(Fault::Latency(_)) | None => self.page(request, false),
        };
        // Writing JSON to memory does not fail. If it did, the client would get an error.
        answer.unwrap_or_else(|_: io::Error| Refusal::status(500).answer(request.version))
    }

    fn page(&self, request: &PageRequest, repeat: bool) -> io::Result<Answer> {
        let account = self.account();
        let after = request.token.as_ref().and_then(|sent| sent.token.after.as_ref());
        let listed = account.page(after, &request.filter, request.limit);
        let token = match &request.token {
            Some(sent) if repeat || sent.token.repeats => Some(sent.text.clone()),
            // If no video follows, the token leads to what comes after the last video of this page
            // or, if the page is empty, to the first page.
            None if repeat => {
                let after =
                    listed.next.or_else(|| listed.entries.last().map(|last| last.sort_key()));
                Some(Token { after, nonce: self.next_nonce(), repeats: true }.encode()?)
            }
            _ => listed.next.map(|sort_key| Token::after(sort_key).encode()).transpose()?,
        };
        PageResponse { entries: listed.entries, token, total: account.len() }
            .answer(request.version)
    }

    fn empty_page(&self, request: &PageRequest) -> io::Result<Answer> {
        let (after, repeats) = match &request.token {
            Some(sent) => (sent.token.after.clone(), sent.token.repeats),
            None => (None, false),
        };
        let token = Some(Token { after, nonce: self.next_nonce(), repeats }.encode()?);
        PageResponse { entries: Vec::new(), token, total: self.account().len() }
            .answer(request.version)
    }
}

/// Accepts connections until the future is dropped, which closes them all.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    connections.spawn(serve_connection(stream, Arc::clone(&shared)));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
            // Remove closed connections, which would otherwise use memory.
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers the requests of one connection until the client closes it.
async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    // By default, a response may wait 40 ms for the acknowledgement of the previous one.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.serve(request).await) }
    });
    // A client that closes the connection is not an error.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpStream;
    use tokio::time::{sleep, timeout};

    use crate::simulator::Simulator;
    use crate::simulator::test_client::{TestClient, escape};
    use crate::video::Video;

    async fn simulator(videos: u64) -> Simulator {
        Simulator::builder().videos(videos).start().await.unwrap()
    }

    fn videos_of(pages: &[Value]) -> Vec<Video> {
        let videos = pages.iter().flat_map(|page| page["data"]["videos"].as_array().unwrap());
        videos.map(|video| serde_json::from_value(video.clone()).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_walk_gets_every_video_with_the_fewest_requests() {
        let simulator = simulator(300).await;
        let mut client = TestClient::to(&simulator).await;
        let pages = client.walk_v1("").await;
        assert_eq!(pages.len(), 3, "no extra request after a full last page");
        assert_eq!(videos_of(&pages), simulator.videos());
        assert!(pages.iter().all(|page| page["data"]["total"] == 300 && page["code"] == 100));
        assert_eq!(pages[2]["data"]["token"], Value::Null);
        assert_eq!((simulator.requests(), simulator.connections()), (3, 1));
    }

    #[tokio::test]
    async fn both_versions_list_the_same_videos() {
        let simulator = simulator(25).await;
        let mut client = TestClient::to(&simulator).await;
        let (mut ids, mut sizes, mut token) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = client.get(&format!("/v3/videos?token={token}")).await.body;
            let videos = page["data"].as_array().unwrap();
            ids.extend(videos.iter().map(|video| video["id"].as_str().unwrap().to_owned()));
            sizes.push(videos.len());
            assert!(videos.iter().all(|video| video.get("thumbnail_url").is_some()));
            let next = page["next_token"].as_str().map(escape);
            assert_eq!(page["has_more"], next.is_some());
            match next {
                Some(next) => token = next,
                None => break,
            }
        }
        assert_eq!((ids, sizes), (simulator.ids(), vec![10, 10, 5]));
    }

    #[tokio::test]
    async fn filters_are_read_from_the_query() {
        let simulator = simulator(1_000).await;
        let mut client = TestClient::to(&simulator).await;
        let folder = simulator.folders()[0].clone();
        let pages = client.walk_v1(&format!("&folder_id={folder}&title=q%26a+&limit=3")).await;
        let mut expected = simulator.videos();
        expected.retain(|video| {
            let title = video.video_title.as_deref().unwrap_or_default();
            video.folder() == Some(&folder) && title.contains("Q&A ")
        });
        assert!(expected.len() > 6);
        assert_eq!(videos_of(&pages), expected);
        assert_eq!(
            pages[0]["data"]["total"], 1_000,
            "the size of the account, not of the filtered listing"
        );
        let none = client.get("/v1/video.list?folder_id=nope").await.body;
        assert_eq!(none["data"]["videos"], json!([]));
    }

    #[tokio::test]
    async fn inserted_videos_are_sent_as_they_are() {
        let simulator = simulator(0).await;
        let mut client = TestClient::to(&simulator).await;
        let mut video = Video::new("a1");
        video.video_title = Some("Intro".to_owned());
        video.status = Some("archived".into());
        video.extra.insert("duration", 1.5);
        simulator.insert(video);
        let sent = client.get("/v1/video.list").await.body;
        let expected = json!({"video_id": "a1", "status": "archived", "video_title": "Intro", "duration": 1.5});
        assert_eq!(sent["data"]["videos"], json!([expected]));
        let sent = client.get("/v3/videos").await.body;
        let expected = json!({"id": "a1", "status": "archived", "title": "Intro", "duration": 1.5});
        assert_eq!(sent, json!({"data": [expected], "has_more": false, "next_token": null}));
        assert!(simulator.remove("a1") && simulator.is_empty());
    }

    #[tokio::test]
    async fn invalid_requests_are_refused_in_the_format_of_the_version() {
        let simulator = simulator(5).await;
        let mut client = TestClient::to(&simulator).await;
        for (target, code) in [
            ("/v1/video.list?limit=101", json!(40_012)),
            ("/v1/video.list?limit=x", json!(40_012)),
            ("/v1/video.list?token=altered", json!(40_012)),
            ("/v3/videos?limit=0", json!("invalid_parameter")),
            ("/v3/videos?token=%00", json!("invalid_parameter")),
        ] {
            let response = client.get(target).await;
            let found = response.body.pointer("/error/code").or_else(|| response.body.get("code"));
            assert_eq!((response.status, found), (400, Some(&code)), "{target}");
        }
        assert_eq!(client.get("/v2/videos").await.status, 404);
        assert_eq!(client.get("/v3/nothing").await.body["error"]["code"], "not_found");
        let response = client.send("POST", "/v1/video.list").await;
        assert_eq!(response.status, 405);
        assert!(response.headers.contains("allow: get"));
    }

    #[tokio::test]
    async fn a_wrong_key_is_unauthorized_and_never_recorded_or_shown() {
        let builder = Simulator::builder().api_key("canary");
        assert!(!format!("{builder:?}").contains("canary"));
        let simulator = builder.start().await.unwrap();
        let mut client = TestClient::to(&simulator).await;
        let response = client.get("/v1/video.list").await;
        assert_eq!(response.status, 401);
        assert_eq!(response.body, json!({"code": 400_112, "message": "Unauthorized"}));
        assert_eq!(client.get("/v3/videos").await.body["error"]["code"], "unauthorized");
        client.key = "canary";
        assert_eq!(client.get("/v1/video.list").await.status, 200);
        assert!(!format!("{simulator:?}{:?}", simulator.recorded()).contains("canary"));
    }

    #[tokio::test]
    async fn requests_are_recorded_with_parameters_and_status() {
        let simulator = simulator(5).await;
        let mut client = TestClient::to(&simulator).await;
        client.get("/v1/video.list?limit=2&title=a%20b").await;
        client.get("/nowhere").await;
        let recorded = simulator.recorded();
        assert_eq!((recorded[0].path.as_str(), recorded[0].status), ("/v1/video.list", 200));
        assert_eq!(recorded[0].param("title"), Some("a b"));
        assert_eq!(recorded[0].param("token"), None);
        assert_eq!((recorded.len(), recorded[1].status), (2, 404));
    }

    #[tokio::test]
    async fn latency_delays_every_response() {
        let wait = Duration::from_millis(40);
        let simulator = Simulator::builder().latency(wait).start().await.unwrap();
        let mut client = TestClient::to(&simulator).await;
        let begun = Instant::now();
        client.get("/v1/video.list").await;
        assert!(begun.elapsed() >= wait);
        simulator.set_latency(Duration::MAX);
        let never = timeout(Duration::from_millis(20), client.get("/v1/video.list")).await;
        assert!(never.is_err());
        assert_eq!((simulator.requests(), simulator.recorded().len()), (2, 1));
    }

    #[tokio::test]
    async fn dropping_the_server_closes_its_connections_and_its_port() {
        let simulator = simulator(5).await;
        let address = simulator.addr();
        let mut open = TcpStream::connect(address).await.unwrap();
        while simulator.connections() == 0 {
            sleep(Duration::from_millis(1)).await;
        }
        drop(simulator);
        let read = timeout(Duration::from_secs(5), open.read_u8()).await.expect("still open");
        assert!(read.is_err());
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[test]
    fn a_simulator_can_be_shared_between_threads() {
        fn can_be_shared<T: Send + Sync + 'static>() {}
        can_be_shared::<Simulator>();
    }
}
