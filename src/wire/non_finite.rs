//! `NaN` and `Infinity`, which Python writes for numbers that JSON does not have.

const WORDS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];

/// Replaces each of these words within an array by `null`; `None` if there is none.
///
/// Outside of an array it stays an error: a token that is `null` would end the listing.
pub(super) fn replace_non_finite(json: &[u8]) -> Option<Vec<u8>> {
    let mut replaced = None::<Vec<u8>>;
    let (mut is_string, mut depth, mut at, mut copied) = (false, 0_usize, 0, 0);
    while let Some(byte) = json.get(at) {
        let rest = &json[at..];
        at += 1;
        match byte {
            b'\\' if is_string => at += 1,
            b'"' => is_string = !is_string,
            _ if is_string => {}
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'N' | b'I' | b'-' if depth > 0 => {
                let Some(word) = WORDS.iter().find(|word| rest.starts_with(word)) else { continue };
                let text = replaced.get_or_insert_default();
                text.extend_from_slice(&json[copied..at - 1]);
                text.extend_from_slice(b"null");
                at += word.len() - 1;
                copied = at;
            }
            _ => {}
        }
    }
    let mut replaced = replaced?;
    replaced.extend_from_slice(&json[copied..]);
    Some(replaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_arrays_are_replaced_and_those_in_strings_and_elsewhere_are_not() {
        for (json, wanted) in [
            (r#"[NaN,{"a":-Infinity},Infinity]"#, Some(r#"[null,{"a":null},null]"#)),
            (r#"{"NaN":["NaN","\"NaN",NaN]}"#, Some(r#"{"NaN":["NaN","\"NaN",null]}"#)),
            (r#"{"token":NaN,"videos":[-1]}"#, None),
            (r#"{"videos":[],"token":Infinity}"#, None),
            (r#"]]NaN"#, None),
            (r#"["\"#, None),
            (r#"[Na"#, None),
            ("", None),
        ] {
            let replaced = replace_non_finite(json.as_bytes());
            assert_eq!(replaced.map(|text| String::from_utf8(text).unwrap()).as_deref(), wanted);
        }
    }
}
