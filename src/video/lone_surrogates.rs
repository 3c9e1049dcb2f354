//! Lone surrogates in the escapes of a JSON text, which a Rust string cannot hold.

/// Replaces each lone surrogate by U+FFFD, as [Unicode] recommends; `None` if there is none.
///
/// JavaScript writes one where a string was cut within a character, and RFC 8259, section 8.2,
/// allows it. The length does not change, so positions in parse errors stay right.
///
/// [Unicode]: https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G7404
pub(crate) fn replace_lone_surrogates(json: &[u8]) -> Option<Vec<u8>> {
    let (mut replaced, mut at) = (None, 0);
    while let Some(next) = json[at..].iter().position(|byte| *byte == b'\\') {
        at += next;
        at += match (unit(json, at), unit(json, at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                let text = replaced.get_or_insert_with(|| json.to_vec());
                text[at + 2..at + 6].copy_from_slice(b"fffd");
                6
            }
            (Some(_), _) => 6,
            // Another escape, of two bytes. Skip both: the second one may be a backslash.
            (None, _) => 2,
        };
        at = at.min(json.len());
    }
    replaced
}

/// The UTF-16 code unit of the escape `\uXXXX` at `at`, if there is one.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    // `from_str_radix` would accept a sign.
    let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_replaced(json: &str, wanted: Option<&str>) {
        let replaced = replace_lone_surrogates(json.as_bytes());
        assert_eq!(replaced.map(|text| String::from_utf8(text).unwrap()).as_deref(), wanted);
    }

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_are_not() {
        assert_replaced(r#""a\ud83d""#, Some(r#""a\ufffd""#));
        assert_replaced(r#""\uDE00b""#, Some(r#""\ufffdb""#));
        assert_replaced(r#""\ud83d\ud83d\ude00\ude00""#, Some(r#""\ufffd\ud83d\ude00\ufffd""#));
        assert_replaced(r#""\ud83d\n\ude00""#, Some(r#""\ufffd\n\ufffd""#));
        assert_replaced(r#""\ud83d\u0041""#, Some(r#""\ufffd\u0041""#));
        assert_replaced(r#""\\\ud83d""#, Some(r#""\\\ufffd""#));
        for whole in [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""\\\\ude00""#, r#""\u00e9\"""#, "[]"]
        {
            assert_replaced(whole, None);
        }
    }

    #[test]
    fn cut_and_invalid_escapes_are_left_to_the_parser() {
        for odd in [r#""\ud83"#, r#""\u"#, r#""\"#, r#""\u+83d""#, r#""\ud8zz""#, "\"\\ud8\u{e9}\""]
        {
            assert_replaced(odd, None);
        }
    }
}
