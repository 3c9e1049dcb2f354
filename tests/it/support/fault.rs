//! A raw HTTP/1.1 server on loopback that can send invalid responses.
//!
//! It reads one request at a time, without a body, and writes exactly the bytes of a [`Reply`] that
//! its script returns.

mod answer;
mod connection;
mod gzip;
mod page;
mod reply;

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::Location;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use heygen_videos::ClientBuilder;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub(crate) use answer::Framing;
use connection::{HungUp, serve};
pub(crate) use gzip::{bomb, gzip, gzip_bad_crc};
pub(crate) use page::{page_v1, page_v3};
pub(crate) use reply::{End, Reply};

/// How long an `until_…` method waits before the test fails.
const TEST_TIMEOUT: Duration = Duration::from_secs(20);

/// One request that the server received.
#[derive(Clone, Debug)]
pub(crate) struct RawRequest {
    pub(crate) method: String,
    /// Path and query as sent, still percent-encoded.
    pub(crate) target: String,
    /// The headers in order, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
}

impl RawRequest {
    /// The first header with this name, which must be in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first query parameter with this name, still percent-encoded.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(k, _)| *k == name)
            .map(|p| p.1)
    }
}

/// A header that marks the requests of one client.
///
/// The port of a server may have belonged to another one, whose clients may still send requests to
/// it. A test that starts thousands of servers and counts requests needs to tell them apart.
#[derive(Clone, Debug)]
pub(crate) struct Mark(String);

impl Mark {
    const HEADER: &str = "x-mark";

    /// A mark that no other client has.
    pub(crate) fn new() -> Self {
        Self(fastrand::u128(..).to_string())
    }

    pub(crate) fn on(&self, client: ClientBuilder) -> ClientBuilder {
        client.header(Self::HEADER, &*self.0)
    }

    pub(crate) fn is_on(&self, request: &RawRequest) -> bool {
        request.header(Self::HEADER) == Some(&self.0)
    }
}

type Script = dyn Fn(&RawRequest, usize) -> Reply + Send + Sync;

/// What the server has received so far.
#[derive(Debug, Default)]
struct Log {
    requests: Vec<RawRequest>,
    connections: usize,
    hang_ups: usize,
}

/// A running server. Dropping it closes its listener and all of its connections.
pub(crate) struct FaultServer {
    address: SocketAddr,
    log: Arc<watch::Sender<Log>>,
    accepting: JoinHandle<()>,
}

impl FaultServer {
    /// Listens on a free loopback port, and answers each request with the reply of `script`, which
    /// also gets the request's index in [`requests`](Self::requests).
    ///
    /// A panic in `script` only closes the connection: assert on `requests()` afterwards instead.
    pub(crate) async fn start(
        script: impl Fn(&RawRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        Self::start_on(listener, script)
    }

    /// [`start`](Self::start) on a port that a test has chosen.
    pub(crate) fn start_on(
        listener: TcpListener,
        script: impl Fn(&RawRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("a bound listener has an address");
        let log = Arc::new(watch::Sender::new(Log::default()));
        let accepting = tokio::spawn(accept(listener, Arc::new(script), Arc::clone(&log)));
        Self { address, log, accepting }
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests so far, including those without a response.
    pub(crate) fn requests(&self) -> Vec<RawRequest> {
        self.log.borrow().requests.clone()
    }

    /// Forgets all requests so far, so that a long test does not keep them in memory. The next
    /// request has the index 0 again.
    #[cfg(feature = "sqlite")]
    pub(crate) fn forget_requests(&self) {
        self.log.send_modify(|log| log.requests = Vec::new());
    }

    /// The number of accepted connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.log.borrow().connections
    }

    /// Waits until at least `n` requests have arrived.
    #[track_caller]
    pub(crate) fn until_requests(&self, n: usize) -> impl Future<Output = ()> + Send {
        self.until(format!("{n} requests"), move |log| log.requests.len() >= n)
    }

    /// Waits until the client has ended at least `n` connections, for whatever reason.
    #[track_caller]
    pub(crate) fn until_hang_ups(&self, n: usize) -> impl Future<Output = ()> + Send {
        self.until(format!("{n} hang-ups"), move |log| log.hang_ups >= n)
    }

    #[track_caller]
    fn until(
        &self,
        what: impl fmt::Display + Send,
        holds: impl Fn(&Log) -> bool + Send,
    ) -> impl Future<Output = ()> + Send {
        let mut log = self.log.subscribe();
        let caller = Location::caller();
        async move {
            let seen = tokio::time::timeout(TEST_TIMEOUT, log.wait_for(holds)).await.is_ok();
            assert!(seen, "waited {TEST_TIMEOUT:?} for {what} at {caller}");
        }
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        // The join set of this task holds the connections, which end with it.
        self.accepting.abort();
    }
}

/// A loopback URL that refuses every connection.
#[track_caller]
pub(crate) fn refused_url() -> String {
    // The port stays bound but never listens, so that no other test gets it.
    static BOUND: LazyLock<TcpSocket> = LazyLock::new(|| {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        socket
    });
    format!("http://{}", BOUND.local_addr().expect("a bound socket has an address"))
}

async fn accept(listener: TcpListener, script: Arc<Script>, log: Arc<watch::Sender<Log>>) {
    let mut open = JoinSet::new();
    for number in 0.. {
        let Ok((stream, _)) = listener.accept().await else { return };
        log.send_modify(|log| log.connections += 1);
        let (script, log) = (Arc::clone(&script), Arc::clone(&log));
        open.spawn(async move {
            if let Err(HungUp) = serve(stream, number, &*script, &log).await {
                log.send_modify(|log| log.hang_ups += 1);
            }
        });
        while open.try_join_next().is_some() {}
    }
}
