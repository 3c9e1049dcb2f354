//! A small listing that a fault server sends page by page, and faults to send instead of a page,
//! grouped by the error they cause.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::TryStreamExt;
use heygen_videos::{ApiVersion, Client, ClientBuilder, Cursor};

use super::fault::{
    End, FaultServer, Framing, RawRequest, Reply, gzip, gzip_bad_crc, page_v1, page_v3,
};
use super::walk::within;

/// Part of every key and token. It must not appear in any error.
pub(crate) const CANARY: &str = "canary";

/// Pages of ids. The token of each page contains its number.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) api: ApiVersion,
    pages: Arc<[Vec<String>]>,
}

impl Listing {
    /// A listing with this many videos on each page, and at least one page.
    pub(crate) fn new(api: ApiVersion, sizes: impl IntoIterator<Item = usize>) -> Self {
        let mut numbers = 0..;
        let pages = sizes.into_iter().map(|size| {
            numbers.by_ref().take(size).map(|number: usize| format!("video-{number:05}")).collect()
        });
        Self { api, pages: pages.collect() }
    }

    pub(crate) fn len(&self) -> usize {
        self.pages.len()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.pages.concat()
    }

    /// The number of videos before a page.
    pub(crate) fn before(&self, page: usize) -> usize {
        self.pages[..page].iter().map(Vec::len).sum()
    }

    /// The page that a request asks for. The token must be exactly the one that was sent.
    pub(crate) fn asked(&self, request: &RawRequest) -> usize {
        let Some(token) = request.query("token") else { return 0 };
        let number = token.strip_prefix(CANARY).and_then(|rest| rest.get(3..8)?.parse().ok());
        let page = number.filter(|page| (1..self.len()).contains(page));
        let page = page.expect("a token of this listing");
        assert_eq!(token, format!("{CANARY}%2B{page:05}%2F%3D%3D"));
        page
    }

    /// The token of a page; `None` for the first page and after the last.
    pub(crate) fn token(&self, page: usize) -> Option<String> {
        (1..self.len()).contains(&page).then(|| format!("{CANARY}+{page:05}/=="))
    }

    pub(crate) fn body(&self, page: usize) -> String {
        let token = self.token(page + 1);
        match self.api {
            ApiVersion::V3 => page_v3(&self.pages[page], token.as_deref()),
            _ => page_v1(&self.pages[page], token.as_deref(), self.before(self.len()) as u64),
        }
    }

    /// A server that calls `fault(page, times)` for a page that was requested `times` times before.
    /// It sends the returned fault, or the page if there is none.
    pub(crate) async fn serve(
        &self,
        fault: impl Fn(usize, usize) -> Option<Reply> + Send + Sync + 'static,
    ) -> FaultServer {
        let (listing, times) = (self.clone(), Mutex::new(vec![0; self.len()]));
        FaultServer::start(move |request, _| {
            let page = listing.asked(request);
            let mut times = times.lock().unwrap();
            let before = times[page];
            times[page] += 1;
            fault(page, before).unwrap_or_else(|| Reply::ok(listing.body(page)))
        })
        .await
    }

    /// A client for servers of this listing.
    pub(crate) fn client(&self, base_url: impl Into<String>) -> ClientBuilder {
        Client::builder().api_key(format!("{CANARY}-key")).base_url(base_url).api(self.api)
    }

    /// The cursors before each page and after the last, from a walk without faults.
    pub(crate) async fn cursors(&self) -> Vec<Cursor> {
        let server = self.serve(|_, _| None).await;
        let query = self.client(server.base_url()).build().unwrap().videos();
        let mut cursors = vec![query.clone().stream().cursor()];
        let pages = query.pages().map_ok(|page| page.cursor()).try_collect::<Vec<_>>();
        cursors.extend(within(pages).await.expect("a listing without faults"));
        cursors
    }
}

/// Named faults to send instead of the page with this body.
pub(crate) type Faults = fn(&str) -> Vec<(&'static str, Reply)>;

/// The response is lost, cut or garbled.
pub(crate) fn lost(body: &str) -> Vec<(&'static str, Reply)> {
    let good = || Reply::ok(body);
    let (head, length) = (good().wire().len() - body.len(), body.len());
    let zipped = gzip(body.as_bytes());
    vec![
        ("a close instead of a response", Reply::close()),
        ("a reset instead of a response", Reply::reset()),
        ("a close within the head", good().cut(head / 2)),
        ("a reset within the head", good().cut(head / 2).then(End::Reset)),
        ("a close after the head", good().cut(head)),
        ("a close within the body", good().cut(head + length / 2)),
        ("a reset within the body", good().cut(head + length / 2).then(End::Reset)),
        ("a close before the last byte", good().cut(head + length - 1)),
        ("a length too long", good().content_lengths(&[length + 1]).then(End::Close)),
        ("a length too short", good().content_lengths(&[length / 2]).then(End::Close)),
        ("a length of zero", good().content_lengths(&[0]).then(End::Close)),
        ("a chunk size of letters", good().framing(Framing::Chunked).chunk_size("zz")),
        ("an empty chunk size", good().framing(Framing::Chunked).chunk_size("")),
        ("a chunk size past 64 bits", good().framing(Framing::Chunked).chunk_size(&"f".repeat(17))),
        ("a chunk size too large", {
            good().framing(Framing::Chunked).chunk_size("fffff").then(End::Close)
        }),
        ("a chunk size too small", good().framing(Framing::Chunked).chunk_size("1")),
        ("a last chunk first", good().framing(Framing::Chunked).chunk_size("0").then(End::Close)),
        ("another protocol", Reply::garbage()),
        ("another version", Reply::raw("HTTP/9 200 OK\r\n\r\n")),
        ("an empty body", Reply::ok("")),
        ("text labelled gzip", Reply::labelled_gzip(body)),
        ("an empty body labelled gzip", Reply::labelled_gzip("")),
        ("gzip with a wrong checksum", Reply::labelled_gzip(gzip_bad_crc(body.as_bytes()))),
        ("gzip without its checksum", Reply::labelled_gzip(&zipped[..zipped.len() - 8])),
        ("half of a gzip", Reply::labelled_gzip(&zipped[..zipped.len() / 2])),
    ]
}

/// A response whose head is complete but not valid.
pub(crate) fn unreadable_head(body: &str) -> Vec<(&'static str, Reply)> {
    let good = || Reply::ok(body);
    let length = body.len();
    let with_line = |line: &str| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{line}\r\n\r\n");
        Reply::raw(head + body).then(End::KeepAlive)
    };
    vec![
        ("two lengths", good().content_lengths(&[length, length + 1])),
        (
            "a length that is not a number",
            good().content_lengths(&[]).header("content-length", "x"),
        ),
        ("white space before a colon", with_line("x-canary : 1")),
        ("a name with white space", with_line("x canary: 1")),
        ("a line without a colon", with_line("canary")),
        ("a NUL", with_line("x-canary: a\0b")),
        ("more headers than allowed", with_line(&["x-canary: 1"; 1_001].join("\r\n"))),
    ]
}

/// A complete response that is not a page of videos.
pub(crate) fn no_page(_: &str) -> Vec<(&'static str, Reply)> {
    let html = "<!doctype html><title>Sign in</title>";
    vec![
        ("HTML", Reply::ok(html).header("content-type", "text/html")),
        ("gzipped HTML", Reply::ok(html).framing(Framing::GzipChunked)),
        ("an empty object", Reply::ok("{}")),
        ("no content", Reply::no_content()),
        ("accepted", Reply::new(202, "{}")),
        ("null", Reply::ok("null")),
        ("an array", Reply::ok("[]")),
        ("a string", Reply::ok(r#""videos""#)),
        ("no data", Reply::ok(r#"{"code":100,"data":null}"#)),
        ("data without videos", Reply::ok(r#"{"data":{}}"#)),
        ("videos of another type", Reply::ok(r#"{"data":{"videos":{},"token":null}}"#)),
        ("a video without an id", Reply::ok(r#"{"data":{"videos":[{"status":"x"}]}}"#)),
        ("an id of another type", Reply::ok(r#"{"data":[{"id":7}],"has_more":false}"#)),
        ("JSON and more text", Reply::ok(r#"{"data":{"videos":[]}}x"#)),
    ]
}

/// A server error, with any body.
pub(crate) fn failed(_: &str) -> Vec<(&'static str, Reply)> {
    let said = |status| Reply::new(status, r#"{"code":"x","message":"canary-key"}"#);
    let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(100_000));
    let waits = ODD_WAITS.map(|wait| (wait, said(503).header("retry-after", wait)));
    let mut faults = vec![
        ("500", said(500)),
        ("502, chunked", said(502).framing(Framing::Chunked)),
        ("503, gzipped", said(503).framing(Framing::GzipLength)),
        ("504, ended by close", said(504).framing(Framing::Close)),
        ("503, cut in its body", said(503).cut(said(503).wire().len() - 9)),
        ("503, reset in its body", said(503).cut(said(503).wire().len() - 9).then(End::Reset)),
        ("503, chunks cut", said(503).framing(Framing::Chunked).cut(120)),
        ("503, chunks garbled", said(503).framing(Framing::Chunked).chunk_size("zz")),
        ("503, text labelled gzip", said(503).header("content-encoding", "gzip")),
        ("503, longer than the limit", Reply::new(503, long.clone())),
        ("503, longer, chunked", Reply::new(503, long.clone()).framing(Framing::Chunked)),
        ("503, longer, gzipped", Reply::new(503, long).framing(Framing::GzipLength)),
    ];
    faults.extend(waits);
    faults
}

/// A rate limit whose `Retry-After` asks for no wait or is invalid.
pub(crate) fn limited(_: &str) -> Vec<(&'static str, Reply)> {
    let body = r#"{"data":null,"error":{"code":400140,"message":"canary-key"}}"#;
    let said = |wait| (wait, Reply::new(429, body).header("retry-after", wait));
    ODD_WAITS.map(said).into()
}

/// Values of `Retry-After` that ask for no wait or are invalid.
const ODD_WAITS: [&str; 11] = [
    "",
    "0",
    "-1",
    "0.0",
    "soon",
    "1 s",
    "nan",
    "0, 99",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Tue, 99 Foo 2026 25:61:61 GMT",
];

/// A response that takes longer than the time limit of an attempt.
pub(crate) fn slow(body: &str) -> Vec<(&'static str, Reply)> {
    let (good, pause) = (|| Reply::ok(body), Duration::from_millis(10));
    let (length, head) = (body.len(), good().wire().len() - body.len());
    vec![
        ("silence", Reply::silence()),
        ("silence within the head", good().cut(head / 2).then(End::Silence)),
        ("silence within the body", good().cut(head + length / 2).then(End::Silence)),
        ("silence before the end of a length", good().content_lengths(&[length + 1])),
        ("silence before the last chunk", {
            let whole = good().framing(Framing::Chunked);
            whole.clone().cut(whole.wire().len() - 5).then(End::Silence)
        }),
        ("a dripping head", good().drip(0, pause)),
        ("a dripping body", good().drip(head, pause)),
        ("a body without end", Reply::endless_drip(pause)),
    ]
}
