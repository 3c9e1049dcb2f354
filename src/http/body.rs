//! Reads a response body up to a number of decoded bytes.

use std::io;

use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::task::yield_now;

use super::counters::Counters;
use super::inflate::{InflateError, Inflater, MAGIC};

/// The initial size of a body's buffer. A page of 100 videos has about 21 KB.
const USUAL_BYTES: usize = 24 << 10;

/// How many bytes larger than its decoded content a gzip body may be, because of headers and empty
/// blocks.
const GZIP_OVERHEAD: usize = 64 << 10;

/// How many bytes are inflated at once. They can expand to a thousand times as many bytes.
const PIECE: usize = 1 << 10;

/// How many bytes are decoded before other tasks get a turn.
const TURN: usize = 256 << 10;

/// Why a body could not be read.
#[derive(Debug)]
pub(super) enum BodyError {
    Transport(reqwest::Error),
    /// The gzip is cut short or damaged.
    Gzip(io::Error),
    /// It has more decoded bytes than the limit.
    TooLong,
    /// It has this `Content-Encoding`, which was not asked for.
    UnknownCoding(String),
}

impl From<reqwest::Error> for BodyError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error)
    }
}

impl From<InflateError> for BodyError {
    fn from(error: InflateError) -> Self {
        match error {
            InflateError::TooLong => Self::TooLong,
            InflateError::Damaged(error) => Self::Gzip(error),
        }
    }
}

/// Reads a body of up to `max` decoded bytes.
///
/// The limit counts decoded bytes, so that a small gzip body cannot fill the memory.
pub(super) async fn read_capped(
    response: &mut Response,
    max: usize,
    counters: &Counters,
) -> Result<impl AsRef<[u8]> + use<>, BodyError> {
    if is_gzip(response.headers())? {
        return Ok(read_gzip(response, max, counters).await?.into());
    }
    let announced = announced(response, max)?;
    // Do not allocate all of a large `Content-Length` before the bytes have arrived.
    let room = announced.unwrap_or(USUAL_BYTES).min(4 * USUAL_BYTES);
    // Most uncompressed bodies arrive in one chunk, which is returned without a copy.
    let (mut body, mut joined, mut read) = (Default::default(), Vec::new(), 0);
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > max - read {
            return Err(BodyError::TooLong);
        }
        read += chunk.len();
        counters.add_bytes(chunk.len());
        if read == chunk.len() {
            body = chunk;
            continue;
        }
        if joined.is_empty() {
            joined.reserve(room.max(read));
            joined.extend_from_slice(&body);
        }
        joined.extend_from_slice(&chunk);
    }
    Ok(if joined.is_empty() { body } else { joined.into() })
}

/// Reads the body of an error, up to `max` bytes before and after decoding. If an uncompressed body
/// breaks off, returns what has arrived, because it may contain the whole reason. A body that is too
/// long, or that cannot be decoded, counts as empty.
pub(super) async fn read_error_body(
    response: &mut Response,
    max: usize,
    counters: &Counters,
) -> Vec<u8> {
    if is_gzip(response.headers()).is_err() {
        return Vec::new();
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if chunk.len() > max - body.len() {
            return Vec::new();
        }
        body.extend_from_slice(&chunk);
    }
    // The label is not always right: a gateway may compress an error of its own without saying so,
    // or decompress the body and keep the label.
    if body.starts_with(&MAGIC) {
        let mut inflater = Inflater::new(max);
        let read = inflater.write(&body);
        body = read.and_then(|()| inflater.finish()).unwrap_or_default();
    }
    counters.add_bytes(body.len());
    body
}

async fn read_gzip(
    response: &mut Response,
    max: usize,
    counters: &Counters,
) -> Result<Vec<u8>, BodyError> {
    let longest = max.saturating_add(GZIP_OVERHEAD);
    announced(response, longest)?;
    let mut inflater = Inflater::new(max);
    let (mut received, mut turn) = (0, 0);
    while let Some(chunk) = response.chunk().await? {
        received += chunk.len();
        if received > longest {
            return Err(BodyError::TooLong);
        }
        for piece in chunk.chunks(PIECE) {
            let before = inflater.decoded();
            let inflated = inflater.write(piece);
            let decoded = inflater.decoded() - before;
            counters.add_bytes(decoded);
            inflated?;
            turn += decoded;
            if turn > TURN {
                turn = 0;
                yield_now().await;
            }
        }
    }
    let before = inflater.decoded();
    let body = inflater.finish()?;
    counters.add_bytes(body.len() - before);
    Ok(body)
}

/// The announced length of the body, which must not be above `max`.
fn announced(response: &Response, max: usize) -> Result<Option<usize>, BodyError> {
    let announced = response.content_length().map(|bytes| bytes.try_into().unwrap_or(usize::MAX));
    if announced.is_some_and(|bytes| bytes > max) {
        return Err(BodyError::TooLong);
    }
    Ok(announced)
}

/// Whether the body is gzip; an error if it has another coding.
///
/// The names of codings are case-insensitive, and `x-gzip` is gzip (RFC 9110, section 8.4.1.3). Some
/// servers give the charset here, which is not a coding.
fn is_gzip(headers: &HeaderMap) -> Result<bool, BodyError> {
    let lines = headers.get_all(CONTENT_ENCODING).iter();
    let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    let names = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
    let no_coding = ["", "identity", "none", "utf-8", "utf8"];
    let is_coding = |name: &&str| !no_coding.iter().any(|none| name.eq_ignore_ascii_case(none));
    let names: Vec<_> = names.filter(is_coding).collect();
    match &*names {
        [] => Ok(false),
        [name] if ["gzip", "x-gzip"].iter().any(|gzip| name.eq_ignore_ascii_case(gzip)) => Ok(true),
        _ => Err(BodyError::UnknownCoding(names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(lines: &[&'static str], expected: Result<bool, &str>) {
        let values = lines.iter().map(|line| (CONTENT_ENCODING, HeaderValue::from_static(line)));
        let found = match is_gzip(&values.collect()) {
            Ok(is_gzip) => Ok(is_gzip),
            Err(BodyError::UnknownCoding(name)) => Err(name),
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(found, expected.map_err(str::to_owned), "{lines:?}");
    }

    #[test]
    fn the_coding_is_read_without_regard_to_case() {
        for plain in [&[][..], &[""], &["identity"], &["Identity, "], &["identity", "identity"]] {
            check(plain, Ok(false));
        }
        for no_coding in [&["UTF-8"][..], &["utf8"], &["none"], &["None, utf-8"]] {
            check(no_coding, Ok(false));
        }
        for gzip in [
            &["gzip"][..],
            &["GZIP"],
            &["x-gzip"],
            &[" X-GZip "],
            &["identity, gzip"],
            &["gzip, UTF-8"],
        ] {
            check(gzip, Ok(true));
        }
        check(&["br"], Err("br"));
        check(&["gzip, br"], Err("gzip, br"));
        check(&["gzip", "gzip"], Err("gzip, gzip"));
    }
}
