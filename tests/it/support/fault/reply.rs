//! What the fault server sends in answer to one request, and how it leaves the connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::answer::{Answer, Framing};
use super::gzip::bomb;

/// What becomes of the connection once the bytes of a reply are out.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// It waits for the next request.
    KeepAlive,
    /// An orderly close (FIN).
    Close,
    /// A reset (RST). What the client's buffers hold by then still reaches it.
    Reset,
    /// Nothing more is sent until the client hangs up.
    Silence,
    /// The same bytes over and over, with a pause before each, until the client hangs up.
    Repeat(Vec<u8>, Duration),
    /// It looks alive until the next request comes in on it, which is logged and gets a FIN. That
    /// request takes a number, but the script is not asked about it.
    StaleClose,
    /// As `StaleClose`, with a reset.
    StaleReset,
}

/// One reply: the bytes, their pace, and the [`End`].
///
/// Without `then`, the end is the one that fits: a keep-alive, or a close where the bytes are cut,
/// raw or delimited by the close.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Sent before the answer; a raw reply is nothing else.
    before: Vec<u8>,
    answer: Option<Answer>,
    cut: Option<usize>,
    drip: Option<(usize, Duration)>,
    end: Option<End>,
}

/// The kinds of reply.
impl Reply {
    /// A well-formed JSON answer of known length.
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

    /// These bytes and no others, then a close.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { before: bytes.into(), answer: None, cut: None, drip: None, end: None }
    }

    /// A 204, which has neither body nor length.
    pub(crate) fn no_content() -> Self {
        Self::raw(*b"HTTP/1.1 204 No Content\r\n\r\n").then(End::KeepAlive)
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "").header("location", location)
    }

    /// Something that is not HTTP.
    pub(crate) fn garbage() -> Self {
        Self::raw(*b"\x16\x03\x01 220 mail.example ESMTP\r\n\r\n")
    }

    /// An orderly close in place of an answer.
    pub(crate) fn close() -> Self {
        Self::raw([])
    }

    /// A reset in place of an answer.
    pub(crate) fn reset() -> Self {
        Self::raw([]).then(End::Reset)
    }

    /// No answer at all until the client hangs up.
    pub(crate) fn silence() -> Self {
        Self::raw([]).then(End::Silence)
    }

    /// A 200 whose body is a space after each pause, for ever.
    pub(crate) fn endless_drip(pause: Duration) -> Self {
        Self::ok("").framing(Framing::Close).then(End::Repeat(b" ".to_vec(), pause))
    }

    /// Interim answers (100 or 103) without end.
    pub(crate) fn endless_interim(status: u16) -> Self {
        // Many a write: one by one they would be slow to send, and the client never strained.
        Self::raw([]).then(End::Repeat(interim(status).repeat(1000), Duration::ZERO))
    }

    /// A 200 labelled gzip whose body is `bytes` as they are, gzip or not.
    pub(crate) fn labelled_gzip(bytes: impl Into<Vec<u8>>) -> Self {
        Self::ok(bytes).header("content-encoding", "gzip")
    }

    /// A 200 with the [`bomb`].
    pub(crate) fn bomb() -> Self {
        Self::labelled_gzip(bomb())
    }
}

/// What can be changed about a reply.
impl Reply {
    /// Sets a header, in place of one of the same name.
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

    /// Declares these lengths, one header each, in place of the true one. After one that is too
    /// long the client waits for the rest, unless `then` closes the connection.
    #[track_caller]
    pub(crate) fn content_lengths(mut self, lengths: &[usize]) -> Self {
        self.answer_mut().lengths = Some(lengths.to_vec());
        self
    }

    /// Writes `size` in place of the first chunk's size, in a chunked framing.
    #[track_caller]
    pub(crate) fn chunk_size(mut self, size: &str) -> Self {
        self.answer_mut().chunk_size = Some(size.to_owned());
        self
    }

    /// Sends that many interim answers (100 or 103) first.
    pub(crate) fn after_interim(mut self, status: u16, times: usize) -> Self {
        self.before = interim(status).repeat(times);
        self
    }

    /// Sends only the first `n` bytes of head and body.
    pub(crate) fn cut(mut self, n: usize) -> Self {
        self.cut = Some(n);
        self
    }

    /// Sends the bytes from offset `from` on one by one, with a pause before each.
    pub(crate) fn drip(mut self, from: usize, pause: Duration) -> Self {
        self.drip = Some((from, pause));
        self
    }

    /// Says how the connection is left.
    pub(crate) fn then(mut self, end: End) -> Self {
        self.end = Some(end);
        self
    }

    #[track_caller]
    fn answer_mut(&mut self) -> &mut Answer {
        self.answer.as_mut().expect("a raw reply has no head to change")
    }
}

/// What it comes to on the wire.
impl Reply {
    /// The bytes that are sent, head and body, before the end.
    pub(crate) fn wire(&self) -> Vec<u8> {
        let mut wire = self.before.clone();
        if let Some(answer) = &self.answer {
            answer.write(&mut wire);
        }
        wire.truncate(self.cut.unwrap_or(usize::MAX));
        wire
    }

    /// Whether the next request on the connection dies.
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

    /// Writes the bytes at their pace; with [`End::Repeat`] it returns only when that fails.
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
