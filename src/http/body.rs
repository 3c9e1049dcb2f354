//! Reads a response body up to a number of decoded bytes.

use reqwest::Response;

use super::counters::Counters;

/// The first size of a body's buffer. A page of 100 videos has about 21 KB.
const USUAL_BYTES: usize = 24 << 10;

/// Reads a body of up to `max` decoded bytes; `None` if it is longer.
///
/// The limit counts decoded bytes, so that a small gzip body cannot fill the memory.
pub(super) async fn read_capped(
    response: &mut Response,
    max: usize,
    counters: &Counters,
) -> Result<Option<impl AsRef<[u8]> + use<>>, reqwest::Error> {
    let announced = response.content_length().map(|bytes| bytes.try_into().unwrap_or(usize::MAX));
    if announced.is_some_and(|bytes| bytes > max) {
        return Ok(None);
    }
    // Do not allocate all of a large `Content-Length` before the bytes have arrived.
    let room = announced.unwrap_or(USUAL_BYTES).min(4 * USUAL_BYTES);
    // Most uncompressed bodies arrive in one chunk, which is returned without a copy.
    let (mut body, mut joined, mut read) = (Default::default(), Vec::new(), 0);
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > max - read {
            return Ok(None);
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
    Ok(Some(if joined.is_empty() { body } else { joined.into() }))
}
