//! Text in the XML of a workbook.

/// Appends text, escaped as Excel does it: `_x0001_` for a control character, and `_x005F_` for an
/// underscore that would otherwise look like the start of such an escape.
pub(super) fn push_text(to: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let control;
        let escaped: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'_' if is_escape(&bytes[at..]) => b"_x005F_",
            0xEF if bytes[at..].starts_with("\u{FFFE}".as_bytes()) => b"_xFFFE_",
            0xEF if bytes[at..].starts_with("\u{FFFF}".as_bytes()) => b"_xFFFF_",
            b'\t' | b'\n' => continue,
            0..0x20 => {
                control = format!("_x{byte:04X}_");
                control.as_bytes()
            }
            _ => continue,
        };
        to.extend_from_slice(&bytes[copied..at]);
        to.extend_from_slice(escaped);
        copied = at + if byte == 0xEF { 3 } else { 1 };
    }
    to.extend_from_slice(&bytes[copied..]);
}

/// Whether the text begins with `_xHHHH_`, which Excel reads as one character.
fn is_escape(text: &[u8]) -> bool {
    text.len() >= 7
        && text[1] == b'x'
        && text[2..6].iter().all(u8::is_ascii_hexdigit)
        && text[6] == b'_'
}
