//! HTTP responses in every framing.

use super::gzip::gzip;

/// The size of a chunk. It is small, so that cuts hit every part of the framing.
const CHUNK: usize = 64;

/// How a body is delimited and encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    ContentLength,
    Chunked,
    /// No length: the body ends with the connection.
    Close,
    GzipLength,
    GzipChunked,
}

impl Framing {
    pub(crate) const ALL: [Self; 5] =
        [Self::ContentLength, Self::Chunked, Self::Close, Self::GzipLength, Self::GzipChunked];

    fn is_chunked(self) -> bool {
        matches!(self, Self::Chunked | Self::GzipChunked)
    }

    fn is_gzip(self) -> bool {
        matches!(self, Self::GzipLength | Self::GzipChunked)
    }
}

/// A well-formed response, unless a field replaces a length with a wrong one.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) framing: Framing,
    /// Replaces the right length.
    pub(super) lengths: Option<Vec<usize>>,
    /// Replaces the size of the first chunk.
    pub(super) chunk_size: Option<String>,
}

impl Answer {
    /// Appends head and body.
    pub(super) fn write(&self, wire: &mut Vec<u8>) {
        let body = if self.framing.is_gzip() { gzip(&self.body) } else { self.body.clone() };
        let mut head = format!("HTTP/1.1 {} \r\n", self.status);
        let mut line = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
        self.headers.iter().for_each(|(name, value)| line(name, value));
        if self.framing.is_gzip() {
            line("content-encoding", "gzip");
        }
        if self.framing.is_chunked() {
            line("transfer-encoding", "chunked");
        } else if self.framing == Framing::Close {
            line("connection", "close");
        } else {
            let lengths = self.lengths.clone().unwrap_or_else(|| vec![body.len()]);
            lengths.iter().for_each(|length| line("content-length", &length.to_string()));
        }
        head.push_str("\r\n");
        wire.extend(head.into_bytes());
        if self.framing.is_chunked() {
            self.write_chunks(&body, wire);
        } else {
            wire.extend(body);
        }
    }

    fn write_chunks(&self, body: &[u8], wire: &mut Vec<u8>) {
        let mut first_size = self.chunk_size.clone();
        for chunk in body.chunks(CHUNK) {
            let size = first_size.take().unwrap_or_else(|| format!("{:x}", chunk.len()));
            wire.extend([size.as_bytes(), b"\r\n", chunk, b"\r\n"].concat());
        }
        wire.extend_from_slice(b"0\r\n\r\n");
    }
}
