//! `TestClient`, an HTTP client written without a library, so that tests see the exact bytes.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::Simulator;

/// A keep-alive connection to a simulator.
pub(super) struct TestClient {
    stream: BufReader<TcpStream>,
    pub(super) key: &'static str,
}

pub(super) struct TestResponse {
    pub(super) status: u16,
    /// The headers in lower case, one per line.
    pub(super) headers: String,
    /// The JSON body; `Null` if there is none.
    pub(super) body: Value,
}

impl TestClient {
    pub(super) async fn to(simulator: &Simulator) -> Self {
        let stream = TcpStream::connect(simulator.addr()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), key: Simulator::API_KEY }
    }

    pub(super) async fn get(&mut self, target: &str) -> TestResponse {
        self.send("GET", target).await
    }

    pub(super) async fn send(&mut self, method: &str, target: &str) -> TestResponse {
        let key = self.key;
        let request = format!("{method} {target} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut headers = String::new();
        while !headers.ends_with("\r\n\r\n") {
            assert_ne!(self.stream.read_line(&mut headers).await.unwrap(), 0, "closed");
        }
        let headers = headers.to_lowercase();
        let length = headers.split("content-length: ").nth(1);
        let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        TestResponse {
            status: headers[9..12].parse().unwrap(),
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    /// All pages of v1. `query` starts with `&` or is empty.
    pub(super) async fn walk_v1(&mut self, query: &str) -> Vec<Value> {
        let (mut pages, mut token) = (Vec::new(), String::new());
        loop {
            let response = self.get(&format!("/v1/video.list?token={token}{query}")).await;
            assert_eq!(response.status, 200, "{}", response.body);
            let next = response.body["data"]["token"].as_str().map(escape);
            pages.push(response.body);
            match next {
                Some(next) => token = next,
                None => return pages,
            }
        }
    }
}

/// Percent-encodes a token for a query.
pub(super) fn escape(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}
