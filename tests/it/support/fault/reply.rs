//! One reply of the fault server, and the state in which it leaves the connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::answer::{Answer, Framing};
use super::gzip::bomb;

/// What happens to the connection after the bytes of a reply.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The server waits for the next request.
    KeepAlive,
    /// An orderly close (FIN).
    Close,
    /// A reset (RST). Bytes that the client has already buffered still reach it.
    Reset,
    /// Nothing more is sent until the client closes.
    Silence,
    /// The same bytes repeatedly, each time after a pause, until the client closes.
    Repeat(Vec<u8>, Duration),
    /// The connection stays open. The next request on it is logged and numbered, but it gets a FIN,
    /// and the script is not called.
    StaleClose,
    /// Like `StaleClose`, but with a reset.
    StaleReset,
}

/// One reply: the bytes, their pace, and the [`End`].
///
/// Without `then`, the connection stays open. It closes if the bytes are cut, raw or delimited by
/// the close.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Sent before the response, or instead of it in a raw reply.
    before: Vec<u8>,
    answer: Option<Answer>,
    cut: Option<usize>,
    drip: Option<(usize, Duration)>,
    end: Option<End>,
}

/// The kinds of reply.
impl Reply {
    /// A well-formed JSON response with its length.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let answer = Answer {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.into(),
            framing: Framing::ContentLength,
            lengths: None,
            chunk_size: None,
        };
        Self { answer: Some(answer), ..Self::raw([]) }
    }

    /// [`new`](Self::new) with status 200.
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    /// Exactly these bytes, then a close.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { before: bytes.into(), answer: None, cut: None, drip: None, end: None }
    }

    /// A 204 without a body or a length.
    pub(crate) fn no_content() -> Self {
        Self::raw(*b"HTTP/1.1 204 No Content\r\n\r\n").then(End::KeepAlive)
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "").header("location", location)
    }

    /// Bytes that are not HTTP.
    pub(crate) fn garbage() -> Self {
        Self::raw(*b"\x16\x03\x01 220 mail.example ESMTP\r\n\r\n")
    }

    /// An orderly close instead of a response.
    pub(crate) fn close() -> Self {
        Self::raw([])
    }

    /// A reset instead of a response.
    pub(crate) fn reset() -> Self {
        Self::raw([]).then(End::Reset)
    }

    /// No response until the client closes.
    pub(crate) fn silence() -> Self {
        Self::raw([]).then(End::Silence)
    }

    /// A 200 whose body is an endless drip of spaces.
    pub(crate) fn endless_drip(pause: Duration) -> Self {
        Self::ok("").framing(Framing::Close).then(End::Repeat(b" ".to_vec(), pause))
    }

    /// Endless interim responses (100 or 103).
    pub(crate) fn endless_interim(status: u16) -> Self {
        // Each write sends many. Single ones are too slow to put load on the client.
        Self::raw([]).then(End::Repeat(interim(status).repeat(1000), Duration::ZERO))
    }

    /// A 200 labelled as gzip whose body is `bytes`, even if they are not gzip.
    pub(crate) fn labelled_gzip(bytes: impl Into<Vec<u8>>) -> Self {
        Self::ok(bytes).header("content-encoding", "gzip")
    }

    /// A 200 with the [`bomb`].
    pub(crate) fn bomb() -> Self {
        Self::labelled_gzip(bomb())
    }
}

/// Changes to a reply.
impl Reply {
    /// Sets a header, or replaces it.
    #[track_caller]
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        let headers = &mut self.answer_mut().headers;
        headers.retain(|(key, _)| key != name);
        headers.push((name.to_owned(), value.into()));
        self
    }

    #[track_caller]
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.answer_mut().status = status;
        self
    }

    #[track_caller]
    pub(crate) fn framing(mut self, framing: Framing) -> Self {
        self.answer_mut().framing = framing;
        self
    }

    /// Sends these lengths, one header each, instead of the right one. If a length is too long, the
    /// client waits for the rest unless `then` closes the connection.
    #[track_caller]
    pub(crate) fn content_lengths(mut self, lengths: &[usize]) -> Self {
        self.answer_mut().lengths = Some(lengths.to_vec());
        self
    }

    /// Replaces the size of the first chunk, in a chunked framing.
    #[track_caller]
    pub(crate) fn chunk_size(mut self, size: &str) -> Self {
        self.answer_mut().chunk_size = Some(size.to_owned());
        self
    }

    /// Sends this many interim responses (100 or 103) first.
    pub(crate) fn after_interim(mut self, status: u16, times: usize) -> Self {
        self.before = interim(status).repeat(times);
        self
    }

    /// Sends only the first `n` bytes of head and body.
    pub(crate) fn cut(mut self, n: usize) -> Self {
        self.cut = Some(n);
        self
    }

    /// Sends the bytes from offset `from` one by one, with a pause before each.
    pub(crate) fn drip(mut self, from: usize, pause: Duration) -> Self {
        self.drip = Some((from, pause));
        self
    }

    /// Sets what happens to the connection afterwards.
    pub(crate) fn then(mut self, end: End) -> Self {
        self.end = Some(end);
        self
    }

    #[track_caller]
    fn answer_mut(&mut self) -> &mut Answer {
        self.answer.as_mut().expect("a raw reply has no head to change")
    }
}

/// The reply on the wire.
impl Reply {
    /// All bytes that are sent, head and body, before the [`End`].
    pub(crate) fn wire(&self) -> Vec<u8> {
        let mut wire = self.before.clone();
        if let Some(answer) = &self.answer {
            answer.write(&mut wire);
        }
        wire.truncate(self.cut.unwrap_or(usize::MAX));
        wire
    }

    /// Whether the next request on the connection fails.
    pub(crate) fn goes_stale(&self) -> bool {
        matches!(self.end, Some(End::StaleClose | End::StaleReset))
    }

    pub(super) fn end(&self) -> End {
        let closes = |answer: &Answer| answer.framing == Framing::Close;
        match &self.end {
            Some(end) => end.clone(),
            None if self.cut.is_some() || self.answer.as_ref().is_none_or(closes) => End::Close,
            None => End::KeepAlive,
        }
    }

    /// Writes the bytes with their pauses. With [`End::Repeat`] it returns only on an error.
    pub(super) async fn send(&self, to: &mut (impl AsyncWrite + Send + Unpin)) -> io::Result<()> {
        let wire = self.wire();
        let (from, pause) = self.drip.unwrap_or((wire.len(), Duration::ZERO));
        let (at_once, dripped) = wire.split_at(from.min(wire.len()));
        to.write_all(at_once).await?;
        for byte in dripped {
            tokio::time::sleep(pause).await;
            to.write_all(&[*byte]).await?;
        }
        while let Some(End::Repeat(bytes, pause)) = &self.end {
            if !pause.is_zero() {
                tokio::time::sleep(*pause).await;
            }
            to.write_all(bytes).await?;
        }
        Ok(())
    }
}

fn interim(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} \r\n\r\n").into_bytes()
}
