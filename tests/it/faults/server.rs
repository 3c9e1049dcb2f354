//! Tests of the fault server itself, with a plain socket as the client.

use std::io::{ErrorKind, Read, Result};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::fault::{
    End, FaultServer, Framing, Reply, bomb, gzip, gzip_bad_crc, page_v1, page_v3, refused_url,
};
use crate::support::walk::within;

/// A socket that sends requests and returns every byte and error it receives.
struct Client(TcpStream);

impl Client {
    async fn connect(server: &FaultServer) -> Self {
        Self(TcpStream::connect(server.address()).await.expect("the server listens"))
    }

    async fn send(&mut self, target: &str) {
        let head = format!("GET {target} HTTP/1.1\r\nHost: x\r\nX-Api-Key:  k\r\n\r\n");
        self.0.write_all(head.as_bytes()).await.expect("the connection is open");
    }

    /// Everything until the connection ends, and how it ended.
    async fn rest(&mut self) -> (Vec<u8>, Result<()>) {
        let mut bytes = Vec::new();
        let end = within(self.0.read_to_end(&mut bytes)).await;
        (bytes, end.map(|_| ()))
    }

    async fn take(&mut self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        within(self.0.read_exact(&mut bytes)).await.expect("the connection stays open");
        bytes
    }
}

/// A server that answers every request with `reply`, and a client that has sent one.
async fn asked(reply: Reply) -> (FaultServer, Client) {
    let server = FaultServer::start(move |_, _| reply.clone()).await;
    let mut client = Client::connect(&server).await;
    client.send("/").await;
    (server, client)
}

/// All bytes that a client of `reply` receives before an orderly close.
async fn received(reply: Reply) -> Vec<u8> {
    let (_server, mut client) = asked(reply).await;
    let (bytes, end) = client.rest().await;
    end.expect("an orderly close");
    bytes
}

#[track_caller]
fn assert_reset(end: Result<()>) {
    assert_eq!(end.expect_err("a reset, not a close").kind(), ErrorKind::ConnectionReset);
}

/// Head and body of a response.
#[track_caller]
fn halves(wire: &[u8]) -> (String, Vec<u8>) {
    let at = wire.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head") + 4;
    (String::from_utf8(wire[..at].to_vec()).expect("an ASCII head"), wire[at..].to_vec())
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut body).map(|_| body)
}

#[track_caller]
fn dechunk(mut wire: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = wire.windows(2).position(|two| two == b"\r\n").expect("a chunk size line");
        let size = str::from_utf8(&wire[..line]).expect("an ASCII size");
        let size = usize::from_str_radix(size, 16).expect("a hexadecimal size");
        let chunk = &wire[line + 2..];
        body.extend_from_slice(&chunk[..size]);
        assert_eq!(&chunk[size..size + 2], b"\r\n");
        wire = &chunk[size + 2..];
        if size == 0 {
            assert_eq!(wire, b"", "data after the last chunk");
            return body;
        }
    }
}

#[tokio::test]
async fn the_body_arrives_whole_in_every_framing() {
    let page = page_v1(0..3, Some("next"), 5);
    for framing in Framing::ALL {
        let reply = Reply::ok(page.as_str()).framing(framing).then(End::Close);
        let (head, body) = halves(&received(reply).await);
        assert!(head.starts_with("HTTP/1.1 200 \r\ncontent-type: application/json\r\n"), "{head}");
        let length = format!("content-length: {}\r\n", body.len());
        let gzipped = matches!(framing, Framing::GzipLength | Framing::GzipChunked);
        let chunked = matches!(framing, Framing::Chunked | Framing::GzipChunked);
        assert_eq!(head.contains("content-encoding: gzip\r\n"), gzipped);
        assert_eq!(head.contains("transfer-encoding: chunked\r\n"), chunked);
        assert_eq!(head.contains("connection: close\r\n"), framing == Framing::Close);
        assert_eq!(head.contains(&length), !chunked && framing != Framing::Close);
        let body = if chunked { dechunk(&body) } else { body };
        let body = if gzipped { gunzip(&body).expect("sound gzip") } else { body };
        assert_eq!(body, page.as_bytes());
    }
}

#[tokio::test]
async fn a_cut_sends_exactly_the_bytes_before_it_and_then_closes_or_resets() {
    for framing in Framing::ALL {
        let whole = Reply::ok(page_v3(0..2, None)).framing(framing);
        let wire = whole.wire();
        for n in [0, 1, wire.len() / 3, wire.len() / 2, wire.len() - 1] {
            assert_eq!(received(whole.clone().cut(n)).await, wire[..n]);
            let (_server, mut client) = asked(whole.clone().cut(n).then(End::Reset)).await;
            let (bytes, end) = client.rest().await;
            assert_eq!(bytes, wire[..n]);
            assert_reset(end);
        }
    }
}

#[tokio::test]
async fn a_connection_can_end_without_a_response() {
    assert_eq!(received(Reply::close()).await, b"");
    let (_server, mut client) = asked(Reply::reset()).await;
    let (bytes, end) = client.rest().await;
    assert_eq!(bytes, b"");
    assert_reset(end);
}

#[tokio::test]
async fn requests_are_logged_and_numbered_across_connections() {
    let server = FaultServer::start(|request, number| {
        let token = request.query("token").unwrap_or("none");
        Reply::ok(format!("{number} {token}"))
    })
    .await;
    let (mut first, mut second) = (Client::connect(&server).await, Client::connect(&server).await);
    first.send("/v1/video.list?limit=2").await;
    assert!(first.take(Reply::ok("0 none").wire().len()).await.ends_with(b"0 none"));
    second.send("/").await;
    assert!(second.take(Reply::ok("1 none").wire().len()).await.ends_with(b"1 none"));
    first.send("/?limit=2&token=a%3D").await;
    assert!(first.take(Reply::ok("2 a%3D").wire().len()).await.ends_with(b"2 a%3D"));

    let requests = server.requests();
    assert_eq!(requests.iter().map(|r| r.connection).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(server.connections(), 2);
    assert_eq!((&*requests[0].method, &*requests[0].target), ("GET", "/v1/video.list?limit=2"));
    assert_eq!(requests[0].headers[0], ("host".to_owned(), "x".to_owned()));
    assert_eq!(requests[0].header("x-api-key"), Some("k"));
    assert_eq!(server.base_url(), format!("http://{}", server.address()));
}

#[tokio::test]
async fn a_stale_connection_logs_the_next_request_and_ends_without_a_response() {
    for end in [End::StaleClose, End::StaleReset] {
        let resets = matches!(end, End::StaleReset);
        let reply = Reply::ok("a");
        let length = reply.wire().len();
        let (server, mut client) = asked(reply.then(end)).await;
        assert!(client.take(length).await.ends_with(b"\r\n\r\na"));
        client.send("/second").await;
        let (bytes, end) = client.rest().await;
        assert_eq!(bytes, b"");
        if resets {
            assert_reset(end)
        } else {
            end.expect("an orderly close")
        }
        assert_eq!(server.requests()[1].target, "/second");
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn lengths_and_chunk_sizes_can_be_wrong() {
    let wrong = Reply::ok("body").content_lengths(&[3, 9]).then(End::Close);
    let (head, body) = halves(&received(wrong).await);
    assert!(head.ends_with("\r\ncontent-length: 3\r\ncontent-length: 9\r\n\r\n"), "{head}");
    assert_eq!(body, b"body");
    let wrong = Reply::ok("body").framing(Framing::Chunked).chunk_size("zz").then(End::Close);
    assert_eq!(halves(&received(wrong).await).1, b"zz\r\nbody\r\n0\r\n\r\n");
}

#[tokio::test]
async fn heads_follow_the_script() {
    let text = async |reply| String::from_utf8_lossy(&received(reply).await).into_owned();
    assert_eq!(text(Reply::raw("HTTP/9 x\r\n")).await, "HTTP/9 x\r\n");
    assert!(!text(Reply::garbage()).await.contains("HTTP"));
    let empty = text(Reply::no_content().then(End::Close)).await;
    assert_eq!(empty, "HTTP/1.1 204 No Content\r\n\r\n");
    assert!(text(Reply::ok("").then(End::Close)).await.ends_with("content-length: 0\r\n\r\n"));
    let away = text(Reply::redirect(302, "http://127.0.0.1:9/x").then(End::Close)).await;
    assert!(
        away.starts_with("HTTP/1.1 302 ")
            && away.contains("\r\nlocation: http://127.0.0.1:9/x\r\n")
    );
    let html =
        text(Reply::new(503, "<p>").header("content-type", "text/html").then(End::Close)).await;
    assert_eq!(html, "HTTP/1.1 503 \r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\n<p>");
    let flood = text(Reply::ok("a").after_interim(103, 1000).then(End::Close)).await;
    assert_eq!(flood.matches("HTTP/1.1 103 \r\n\r\n").count(), 1000);
    assert!(flood.ends_with("\r\n\r\na"));
}

#[tokio::test]
async fn a_drip_pauses_before_each_byte() {
    let pause = Duration::from_millis(3);
    let whole = Reply::ok("0123456789");
    let wire = whole.wire();
    let started = Instant::now();
    let dripped = received(whole.drip(wire.len() - 10, pause).then(End::Close)).await;
    assert_eq!(dripped, wire);
    assert!(started.elapsed() >= 10 * pause);

    let started = Instant::now();
    let (server, mut client) = asked(Reply::endless_drip(pause)).await;
    let head = Reply::ok("").framing(Framing::Close).wire().len();
    assert!(
        client.take(head + 10).await.ends_with(&[b"\r\n\r\n".as_slice(), &[b' '; 10]].concat())
    );
    assert!(started.elapsed() >= 10 * pause);
    drop(client);
    server.until_hang_ups(1).await;
}

#[tokio::test]
async fn interim_responses_continue_while_the_client_reads() {
    let (server, mut client) = asked(Reply::endless_interim(100)).await;
    let one = b"HTTP/1.1 100 \r\n\r\n";
    // More than the buffers of both sides can hold.
    let flood = client.take(one.len() * 1_000_000).await;
    assert!(flood.chunks(one.len()).all(|part| part == one));
    drop(client);
    server.until_hang_ups(1).await;
}

#[tokio::test]
async fn silence_lasts_until_the_client_hangs_up() {
    let (server, mut client) = asked(Reply::silence()).await;
    server.until_requests(1).await;
    let read = timeout(Duration::from_millis(20), client.0.read_u8()).await;
    assert!(read.is_err(), "neither a byte nor an end: {read:?}");
    drop(client);
    server.until_hang_ups(1).await;
}

#[tokio::test]
async fn gzip_can_be_a_bomb_or_broken() {
    let (head, body) = halves(&received(Reply::bomb().then(End::Close)).await);
    assert!(head.contains("content-encoding: gzip\r\n"));
    assert!(body == bomb() && body.len() < 400_000, "{} bytes", body.len());
    let mut decoder = GzDecoder::new(&*body);
    let spaces = std::io::copy(&mut decoder.by_ref().take(256 << 20), &mut std::io::sink());
    assert_eq!(spaces.expect("sound gzip so far"), 256 << 20);
    let mut page = String::new();
    decoder.read_to_string(&mut page).expect("a right checksum over all of it");
    assert_eq!(page, page_v1::<u8>([], None, 0));

    let sound = gzip(b"body");
    assert_eq!(gunzip(&sound).expect("sound gzip"), b"body");
    for broken in [&gzip_bad_crc(b"body"), &sound[..sound.len() - 9], b"plain text"] {
        let (_, body) = halves(&received(Reply::labelled_gzip(broken).then(End::Close)).await);
        assert_eq!(body, broken);
        assert!(gunzip(&body).is_err());
    }
    let trailed = [sound, b"junk".to_vec()].concat();
    let (_, body) = halves(&received(Reply::labelled_gzip(trailed).then(End::Close)).await);
    assert_eq!(body.strip_suffix(b"junk").map(gunzip).expect("the junk").expect("sound"), b"body");
}

#[tokio::test]
async fn a_refused_url_and_a_dropped_server_refuse_connections() {
    let url = refused_url();
    let refused = TcpStream::connect(url.strip_prefix("http://").expect("plain http")).await;
    assert_eq!(refused.expect_err("no server listens").kind(), ErrorKind::ConnectionRefused);

    let (server, mut client) = asked(Reply::silence()).await;
    server.until_requests(1).await;
    let address = server.address();
    drop(server);
    // The open connection ends too, by close or reset.
    let (bytes, _end) = client.rest().await;
    assert_eq!(bytes, b"");
    let refused = TcpStream::connect(address).await;
    assert_eq!(refused.expect_err("the listener is gone").kind(), ErrorKind::ConnectionRefused);
}
