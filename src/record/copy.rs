//! Copies a JSON value to a line: without white space between tokens, and without presigned URLs.

use super::json::{scalar_end, string_end, unescape};
use super::presigned::is_presigned;

/// What to do with presigned URLs.
#[derive(Debug)]
pub(super) enum UrlFilter<'a> {
    Keep,
    /// Leave them out and count them.
    Drop(&'a mut u64),
}

impl UrlFilter<'_> {
    /// Returns whether the filter removes this string, and counts it if so.
    fn drops(&mut self, quoted: &str) -> bool {
        let Self::Drop(count) = self else { return false };
        let is_dropped = is_presigned(&unescape(quoted));
        **count += u64::from(is_dropped);
        is_dropped
    }
}

/// Appends a value; returns false if it is a presigned URL, which is left out.
///
/// Presigned URLs inside the value are left out, too, at any depth.
pub(super) fn copy_value(value: &str, urls: &mut UrlFilter<'_>, to: &mut Vec<u8>) -> bool {
    let value = value.trim_ascii();
    match value.as_bytes().first() {
        Some(b'"') if urls.drops(value) => return false,
        Some(b'{' | b'[') if !is_plain(value, urls) => copy_nested(value, urls, to),
        _ => to.extend_from_slice(value.as_bytes()),
    }
    true
}

/// Whether an array or object can be copied unchanged.
fn is_plain(value: &str, urls: &UrlFilter<'_>) -> bool {
    let has_space = value.bytes().any(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    // If a letter or slash of a URL is escaped, the text contains a backslash.
    let may_have_url =
        || value.bytes().any(|byte| byte == b'\\') || value.to_ascii_lowercase().contains("http");
    !has_space && (matches!(urls, UrlFilter::Keep) || !may_have_url())
}

/// Copies an array or object token by token. Uses a list of open brackets instead of recursion.
fn copy_nested(value: &str, urls: &mut UrlFilter<'_>, to: &mut Vec<u8>) {
    let text = value.as_bytes();
    // For each open bracket: whether it is an object, and whether it already has an element.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut name = None;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let token = at;
        match byte {
            b'"' => {
                let Some(end) = string_end(text, at) else { break };
                at = end;
                let quoted = &value[token..end];
                let is_name = name.is_none() && matches!(open.last(), Some((true, _)));
                if is_name {
                    name = Some(quoted);
                    continue;
                }
                let name = name.take();
                if !urls.drops(quoted) {
                    begin_value(&mut open, name, to);
                    to.extend_from_slice(quoted.as_bytes());
                }
            }
            b'{' | b'[' => {
                at += 1;
                begin_value(&mut open, name.take(), to);
                open.push((*byte == b'{', false));
                to.push(*byte);
            }
            b'}' | b']' => {
                at += 1;
                open.pop();
                to.push(*byte);
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                // Skip at least one byte, so that invalid JSON cannot make the loop run forever.
                at = scalar_end(text, at).max(at + 1);
                begin_value(&mut open, name.take(), to);
                to.extend_from_slice(&text[token..at]);
            }
        }
    }
}

/// Appends what precedes a value: a comma after the previous value, and the name.
fn begin_value(open: &mut [(bool, bool)], name: Option<&str>, to: &mut Vec<u8>) {
    if let Some((_, has_values)) = open.last_mut()
        && std::mem::replace(has_values, true)
    {
        to.push(b',');
    }
    if let Some(name) = name {
        to.extend_from_slice(name.as_bytes());
        to.push(b':');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn copied(value: &str) -> (Option<String>, u64) {
        let (mut to, mut dropped) = (Vec::new(), 0);
        let is_there = copy_value(value, &mut UrlFilter::Drop(&mut dropped), &mut to);
        (is_there.then(|| String::from_utf8(to).unwrap()), dropped)
    }

    #[test]
    fn white_space_is_removed_between_tokens_and_kept_in_strings() {
        for (value, wanted) in [
            (" 18446744073709551617\n", "18446744073709551617"),
            (
                "{ \"a b\" :\r\n [ 1.50 , \"x y\\n\" , { } , [ ] ] }",
                r#"{"a b":[1.50,"x y\n",{},[]]}"#,
            ),
            (r#""a  b""#, r#""a  b""#),
            ("[true, false, null, -1e400]", "[true,false,null,-1e400]"),
        ] {
            assert_eq!(copied(value), (Some(wanted.to_owned()), 0));
        }
    }

    #[test]
    fn presigned_urls_are_left_out_at_any_depth_and_counted() {
        let url = r#""https://files.example/v.mp4?Signature=x""#;
        let escaped = r#""\u0068ttps:\/\/files.example\/v.mp4?Signature=x""#;
        assert_eq!(copied(url), (None, 1));
        assert_eq!(copied(escaped), (None, 1));
        for (value, wanted, count) in [
            (format!("[{url},1,{escaped},2]"), "[1,2]", 2),
            (format!("[[{escaped}]]"), "[[]]", 1),
            (format!(r#"{{"a":{url},"b":[{{"c":{url}}}],"d":1}}"#), r#"{"b":[{}],"d":1}"#, 2),
            (format!(r#"{{{url}:1}}"#), &*format!(r#"{{{url}:1}}"#), 0),
        ] {
            assert_eq!(copied(&value), (Some(wanted.to_owned()), count), "{value}");
        }
    }

    #[test]
    fn kept_urls_are_copied_and_deep_nesting_does_not_exhaust_the_stack() {
        let mut to = Vec::new();
        assert!(copy_value(r#"["https://x.example/?sig=1"]"#, &mut UrlFilter::Keep, &mut to));
        assert_eq!(to, br#"["https://x.example/?sig=1"]"#);
        let deep = format!("{} \"http\"{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(copied(&deep).0.unwrap(), deep.replace(' ', ""));
    }
}
