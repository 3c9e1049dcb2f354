//! `ExtraBuilder`: collects the unknown fields of one video.

use super::lone_surrogates::replace_lone_surrogates;
use super::raw_json::RawJson;

/// Ends the text of a value. JSON text never contains it: in a string it must be escaped.
const END: char = '\0';

/// Collects the unknown fields of a video. One builder serves all videos of a page in turn, so that
/// each video costs one allocation.
///
/// A field is the length of its name, the name, the JSON text and a NUL. The length is stored as
/// the character with this code point. Most names are short, so it usually takes one byte.
#[derive(Debug, Default)]
pub(crate) struct ExtraBuilder {
    fields: String,
    /// A bit for each name so far; different names may share one.
    name_bits: u64,
    /// Whether two names share a bit, so that they may be the same.
    may_repeat: bool,
}

impl ExtraBuilder {
    pub(super) fn clear(&mut self) {
        self.fields.clear();
        self.name_bits = 0;
        self.may_repeat = false;
    }

    /// Begins a field; [`value`](Self::value) must follow. `None` if the name is longer than a
    /// million bytes.
    #[inline]
    pub(super) fn begin(&mut self, name: &str) -> Option<()> {
        // Most names are this short, and one byte is quick to push.
        let length = match u8::try_from(name.len()) {
            Ok(length) if length.is_ascii() => char::from(length),
            _ => length_char(name.len())?,
        };
        let bit = name_bit(name);
        self.may_repeat |= self.name_bits & bit != 0;
        self.name_bits |= bit;
        self.fields.push(length);
        self.fields.push_str(name);
        Some(())
    }

    /// Ends the field that was started.
    #[inline]
    pub(super) fn value(&mut self, json: RawJson<'_>) {
        // Numbers, `true`, `false` and `null` have no escapes.
        let has_text = matches!(json.0.as_bytes().first(), Some(b'"' | b'[' | b'{'));
        if has_text && json.has_escape() {
            self.push_escaped(json);
        } else {
            push_compact(&mut self.fields, json.0);
        }
        self.fields.push(END);
    }

    fn push_escaped(&mut self, json: RawJson<'_>) {
        match replace_lone_surrogates(json.0.as_bytes()) {
            Some(replaced) => push_compact(&mut self.fields, &String::from_utf8_lossy(&replaced)),
            None => push_compact(&mut self.fields, json.0),
        }
    }

    /// Adds a field, unless its name is longer than a million bytes.
    pub(super) fn push(&mut self, name: &str, json: RawJson<'_>) {
        if self.begin(name).is_some() {
            self.value(json);
        }
    }

    /// Removes the field of this name, if there is one.
    pub(super) fn remove(&mut self, name: &str) {
        // The last field of a name is the one that is kept, and a field without a value is removed.
        self.push(name, RawJson(""));
    }

    /// The fields that were collected, for [`split_field`]. The builder is empty afterwards.
    pub(super) fn finish(&mut self) -> Box<str> {
        if self.fields.is_empty() {
            return Box::default();
        }
        if self.may_repeat {
            self.remove_duplicates();
        }
        let fields = self.fields.as_str().into();
        self.clear();
        fields
    }

    /// Where each field begins.
    fn starts(&self) -> Vec<usize> {
        let mut starts = Vec::with_capacity(MANY);
        let mut rest = self.fields.as_str();
        while let Some((_, _, after)) = split_field(rest) {
            starts.push(self.fields.len() - rest.len());
            rest = after;
        }
        starts
    }

    fn name(&self, start: usize) -> &str {
        split_name(&self.fields[start..]).map_or("", |(name, _)| name)
    }

    /// Keeps the last field of each name, unless it has no value.
    fn remove_duplicates(&mut self) {
        let mut starts = self.starts();
        // Comparing all pairs is fastest for a few fields, but far too slow for many.
        let names = |starts: &[usize], name| starts.iter().any(|start| self.name(*start) == name);
        let is_repeated = |at| names(&starts[..at], self.name(starts[at]));
        if starts.len() <= MANY && !(1..starts.len()).any(is_repeated) {
            return;
        }
        starts.sort_unstable_by(|a, b| self.name(*a).cmp(self.name(*b)).then(b.cmp(a)));
        starts.dedup_by(|earlier, kept| self.name(*earlier) == self.name(*kept));
        starts.sort_unstable();
        let mut kept = String::with_capacity(self.fields.len());
        for start in starts {
            let text = &self.fields[start..];
            match split_field(text) {
                Some((_, json, rest)) if !json.is_empty() => {
                    kept.push_str(&text[..text.len() - rest.len()]);
                }
                _ => {}
            }
        }
        self.fields = kept;
    }
}

/// If a video has more fields than this, duplicates are found by sorting.
const MANY: usize = 16;

/// One of 64 bits for a name. No two names that v3 documents share a bit.
fn name_bit(name: &str) -> u64 {
    let (first, last) = match name.as_bytes() {
        [first, .., last] => (usize::from(*first), usize::from(*last)),
        _ => (0, 0),
    };
    1 << ((name.len() + 5 * first + 3 * last) % 64)
}

/// Splits the first field off: its name, its JSON text and the fields after it.
pub(super) fn split_field(fields: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = split_name(fields)?;
    let (json, rest) = rest.split_once(END)?;
    Some((name, json, rest))
}

fn split_name(fields: &str) -> Option<(&str, &str)> {
    let mut chars = fields.chars();
    let length = chars.next()? as usize;
    let length = if length < SURROGATES { length } else { length - SURROGATE_COUNT };
    chars.as_str().split_at_checked(length)
}

/// The first code point that is not a `char`, and how many such code points there are.
const SURROGATES: usize = 0xd800;
const SURROGATE_COUNT: usize = 0x800;

/// Most names do not need this, and out of line it does not slow them down.
#[cold]
fn length_char(length: usize) -> Option<char> {
    let number = if length < SURROGATES { length } else { length.checked_add(SURROGATE_COUNT)? };
    char::from_u32(number.try_into().ok()?)
}

/// Appends JSON text without the white space between its tokens. Only arrays and objects have some.
#[inline]
fn push_compact(to: &mut String, json: &str) {
    if matches!(json.as_bytes().first(), Some(b'[' | b'{')) {
        push_without_white_space(to, json);
    } else {
        to.push_str(json);
    }
}

fn push_without_white_space(to: &mut String, json: &str) {
    let (mut is_string, mut is_escaped, mut begin) = (false, false, 0);
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_string = !is_string,
            b' ' | b'\t' | b'\n' | b'\r' if !is_string => {
                to.push_str(&json[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    to.push_str(&json[begin..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(mut rest: &str) -> Vec<(&str, &str)> {
        let mut fields = Vec::new();
        while let Some((name, json, after)) = split_field(rest) {
            fields.push((name, json));
            rest = after;
        }
        fields
    }

    #[test]
    fn a_name_of_any_length_is_found_again() {
        let mut builder = ExtraBuilder::default();
        let lengths = [0, 1, 127, 128, SURROGATES - 1, SURROGATES, 1_000_000];
        for (number, length) in lengths.into_iter().enumerate() {
            builder.begin(&"n".repeat(length)).unwrap();
            builder.value(RawJson(&number.to_string()));
        }
        assert!(builder.begin(&"n".repeat(0x0011_0000)).is_none(), "too long");
        let finished = builder.finish();
        let found: Vec<_> =
            fields(&finished).iter().map(|(name, json)| (name.len(), *json)).collect();
        let numbers = ["0", "1", "2", "3", "4", "5", "6"];
        assert_eq!(found, lengths.into_iter().zip(numbers).collect::<Vec<_>>());
    }

    #[test]
    fn documented_names_of_v3_are_not_mistaken_for_repeated_names() {
        let names = [
            "completed_at",
            "duration",
            "failure_code",
            "failure_message",
            "gif_url",
            "output_language",
            "thumbnail_url",
            "video_page_url",
            "video_url",
        ];
        let mut builder = ExtraBuilder::default();
        names.iter().for_each(|name| builder.push(name, RawJson("0")));
        assert!(!builder.may_repeat);
        builder.push("duration", RawJson("1"));
        assert!(builder.may_repeat);
    }

    #[test]
    fn the_last_field_of_a_name_is_kept_in_its_place() {
        for count in [3, 16, 17, 1_000] {
            let mut builder = ExtraBuilder::default();
            for number in 0..count {
                builder.push(&format!("x{}", number % (count / 2)), RawJson(&number.to_string()));
            }
            builder.remove("x0");
            builder.remove("x");
            let finished = builder.finish();
            let fields = fields(&finished);
            let kept = fields.iter().map(|(_, json)| json.parse::<usize>().unwrap());
            let last = (0..count).filter(|n| n + count / 2 >= count && n % (count / 2) != 0);
            assert_eq!(kept.collect::<Vec<_>>(), last.collect::<Vec<_>>());
            assert!(builder.finish().is_empty(), "the builder is empty again");
        }
    }
}
