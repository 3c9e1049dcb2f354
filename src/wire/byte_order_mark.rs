//! The byte order mark that some servers write before the JSON. In UTF-8 it has no meaning.

pub(super) fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
