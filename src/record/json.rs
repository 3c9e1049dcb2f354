//! Reads JSON text without building values: finds the end of a value, the members of an object and
//! the text of a string. No function here recurses, so deeply nested input cannot overflow the
//! stack.

use std::borrow::Cow;
use std::ops::Range;
use std::str::Chars;

/// The position after the closing quote of the string whose opening quote is at `at`.
pub(super) fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += text.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The end of the value that begins at `at`. Only its brackets and strings are checked.
pub(super) fn value_end(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'"' => at = string_end(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' if depth > 0 => at += 1,
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            byte if is_scalar(*byte) => at = scalar_end(text, at),
            _ => return None,
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Whether this byte can be part of a number, `true`, `false` or `null`.
fn is_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// The end of the number or word that begins at `at`.
pub(super) fn scalar_end(text: &[u8], at: usize) -> usize {
    let length = text[at..].iter().position(|byte| !is_scalar(*byte));
    length.map_or(text.len(), |length| at + length)
}

/// The text of a quoted JSON string. Half of a surrogate pair becomes U+FFFD.
pub(super) fn unescape(quoted: &str) -> Cow<'_, str> {
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(quoted);
    let Some(first) = inner.find('\\') else { return inner.into() };
    let mut text = String::with_capacity(inner.len());
    text.push_str(&inner[..first]);
    let mut chars = inner[first..].chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            text.push(char);
            continue;
        }
        text.push(match chars.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => escaped_char(&mut chars),
            Some(other) => other,
            None => char::REPLACEMENT_CHARACTER,
        });
    }
    text.into()
}

/// Reads the digits after `\u` and, if needed, the second half of a surrogate pair.
fn escaped_char(rest: &mut Chars<'_>) -> char {
    let Some(first) = hex4(rest) else { return char::REPLACEMENT_CHARACTER };
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    let mut ahead = rest.clone();
    let second = match (ahead.next(), ahead.next()) {
        (Some('\\'), Some('u')) => hex4(&mut ahead).filter(|half| (0xDC00..0xE000).contains(half)),
        _ => None,
    };
    let Some(second) = second else { return char::REPLACEMENT_CHARACTER };
    *rest = ahead;
    let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn hex4(rest: &mut Chars<'_>) -> Option<u32> {
    let digits = rest.as_str().get(..4)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    *rest = rest.as_str()[4..].chars();
    Some(value)
}

/// Iterates over the members of an object whose text has no white space between tokens.
pub(super) struct ObjectMembers<'t> {
    object: &'t str,
    at: usize,
}

/// The position of an object's member in the text.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// The error for a line that is not a JSON object as this crate writes it, without white space.
#[derive(Debug)]
pub(crate) struct DamagedLine;

impl<'t> ObjectMembers<'t> {
    pub(super) fn of(object: &'t str) -> Self {
        Self { object, at: 0 }
    }

    /// The positions of the next name, including its quotes, and of its value.
    pub(super) fn next(&mut self) -> Result<Option<Member>, DamagedLine> {
        let text = self.object.as_bytes();
        let name = match (self.at, text.get(self.at)) {
            (0, Some(b'{')) if text.get(1) == Some(&b'}') => return self.end(1),
            (0, Some(b'{')) | (1.., Some(b',')) => self.at + 1,
            (1.., Some(b'}')) => return self.end(self.at),
            _ => return Err(DamagedLine),
        };
        let name_end = match text.get(name) {
            Some(b'"') => string_end(text, name).ok_or(DamagedLine)?,
            _ => return Err(DamagedLine),
        };
        if text.get(name_end) != Some(&b':') {
            return Err(DamagedLine);
        }
        let value = name_end + 1;
        self.at = value_end(text, value).ok_or(DamagedLine)?;
        Ok(Some(Member { name: name..name_end, value: value..self.at }))
    }

    fn end(&self, brace: usize) -> Result<Option<Member>, DamagedLine> {
        if brace + 1 == self.object.len() { Ok(None) } else { Err(DamagedLine) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(object: &str) -> Option<Vec<(&str, &str)>> {
        let mut members = ObjectMembers::of(object);
        let mut read = Vec::new();
        while let Some(Member { name, value }) = members.next().ok()? {
            read.push((&object[name], &object[value]));
        }
        Some(read)
    }

    #[test]
    fn members_are_read_in_order_with_their_exact_text() {
        let object = r#"{"a":1e400,"b\"c":"x\\","d":{"e":[1,{"f":"]}"}]},"g":null}"#;
        let wanted = [
            ("\"a\"", "1e400"),
            (r#""b\"c""#, r#""x\\""#),
            ("\"d\"", r#"{"e":[1,{"f":"]}"}]}"#),
            ("\"g\"", "null"),
        ];
        assert_eq!(read(object).unwrap(), wanted);
        assert_eq!(read("{}").unwrap(), []);
    }

    #[test]
    fn every_cut_and_every_lengthened_object_is_damaged() {
        let object = r#"{"a":[1,"é\u00e9"],"b":"x"}"#;
        for end in (0..object.len()).filter(|end| object.is_char_boundary(*end)) {
            assert!(read(&object[..end]).is_none(), "{}", &object[..end]);
        }
        assert!(read(&format!("{object}x")).is_none());
    }

    #[test]
    fn strings_are_unescaped_and_half_a_surrogate_pair_is_replaced() {
        for (quoted, text) in [
            (r#""plain é""#, "plain é"),
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u00e9\ud83d\ude00!""#, "é😀!"),
            (r#""\ud83d-\ude00""#, "\u{fffd}-\u{fffd}"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
        ] {
            assert_eq!(unescape(quoted), text);
        }
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(read(&deep).unwrap().len(), 1);
    }
}
