//! Reads the API key from the content of a file: a bare key, named values, or JSON.
//!
//! A file may hold secrets of other services, which must never be sent to HeyGen. So a name that
//! says HeyGen takes precedence, and a file in which several keys could be meant is refused.

use serde_json::Value;

use crate::key_names::{Candidate, Meaning, meaning, named_values, unquoted};

/// Why a file has no usable key. The text contains nothing from the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum NoKey {
    Empty,
    EmptyValue,
    Several,
    LoginOnly,
    Utf16,
    NotUtf8,
    NotUnderstood,
}

impl NoKey {
    /// What is wrong with the file, to be put after its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::EmptyValue => "names the key, but gives it no value",
            Self::Several => "holds several values that could be the key",
            Self::LoginOnly => "holds a login of the official CLI and no API key",
            Self::Utf16 => "is UTF-16 text",
            Self::NotUtf8 => "is not UTF-8 text",
            Self::NotUnderstood => {
                "holds no bare key, no line 'HEYGEN_API_KEY = KEY' or 'api_key = KEY', and no JSON \
                 with a field \"api_key\""
            }
        }
    }

    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Empty | Self::EmptyValue => "write the key into the file",
            Self::Several => "name the right one HEYGEN_API_KEY, once, or give a file with one key",
            Self::LoginOnly => "make an API key in the settings of your account",
            Self::Utf16 | Self::NotUtf8 => "save the file as UTF-8 text",
            Self::NotUnderstood => "write only the key into the file, or a line HEYGEN_API_KEY=KEY",
        }
    }
}

/// Reads the key from a bare key, a file with named values, or the official CLI's JSON.
pub(crate) fn parse(bytes: &[u8]) -> Result<String, NoKey> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Err(NoKey::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NoKey::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return from_json(text);
    }
    let (named, lines) = named_values(text);
    if !named.is_empty() {
        return chosen(&named);
    }
    match lines[..] {
        [] => Err(NoKey::Empty),
        [line] => bare(line).map(str::to_owned),
        _ => Err(NoKey::NotUnderstood),
    }
}

/// The key among several candidates. Those that say HeyGen take precedence.
fn chosen(named: &[Candidate<'_>]) -> Result<String, NoKey> {
    let is_meant = |candidate: &&Candidate<'_>| candidate.meaning == Meaning::HeyGen;
    let meant: Vec<_> = named.iter().filter(is_meant).collect();
    let meant = if meant.is_empty() { named.iter().collect() } else { meant };
    let mut values = meant.into_iter().map(|candidate| candidate.value);
    let first = values.next().ok_or(NoKey::NotUnderstood)?;
    if values.any(|value| value != first) {
        return Err(NoKey::Several);
    }
    match first {
        Some("") => Err(NoKey::EmptyValue),
        Some(value) => Ok(value.to_owned()),
        None => Err(NoKey::NotUnderstood),
    }
}

/// A line that is a key. An equals sign is only allowed at its end, as padding: anything else is the
/// name and the value of another setting.
fn bare(line: &str) -> Result<&str, NoKey> {
    let key = unquoted(line).ok_or(NoKey::NotUnderstood)?;
    let is_key = |c: char| !c.is_whitespace() && !"=:\"'`$".contains(c);
    match key.trim_end_matches('=') {
        "" => Err(NoKey::NotUnderstood),
        start if start.chars().all(is_key) => Ok(key),
        _ => Err(NoKey::NotUnderstood),
    }
}

fn from_json(text: &str) -> Result<String, NoKey> {
    let value: Value = serde_json::from_str(text).map_err(|_| NoKey::NotUnderstood)?;
    let entries = value.as_object().into_iter().flatten();
    let named: Vec<_> = entries
        .filter_map(|(name, value)| {
            let meaning = meaning(name, None)?;
            Some(Candidate { meaning, value: value.as_str().map(str::trim) })
        })
        .collect();
    match chosen(&named) {
        Err(NoKey::NotUnderstood | NoKey::EmptyValue) if value.get("oauth").is_some() => {
            Err(NoKey::LoginOnly)
        }
        chosen => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_parsed(text: &str, wanted: Result<&str, NoKey>) {
        let parsed = parse(text.as_bytes());
        assert_eq!(parsed.as_ref().map(String::as_str), wanted.as_ref().copied(), "{text:?}");
    }

    #[test]
    fn a_bare_key_may_be_quoted_end_with_equals_signs_and_have_white_space_around_it() {
        for text in [
            "NDQ0aGV5==\n",
            "NDQ0aGV5==\r\n\n",
            "  NDQ0aGV5==",
            "\u{feff}NDQ0aGV5==",
            "\"NDQ0aGV5==\"\n",
            "'NDQ0aGV5=='",
            "# mine\nNDQ0aGV5== # and a comment",
        ] {
            assert_parsed(text, Ok("NDQ0aGV5=="));
        }
    }

    #[test]
    fn named_values_and_json_are_read() {
        for text in [
            "api_key = k1==",
            "# mine\nregion = eu\napi_key=\"k1==\"\n",
            "export HEYGEN_API_KEY='k1=='",
            "HEYGEN_API_KEY=k1== # of the main account",
            "[default]\nkey: k1==",
            "[heygen]\n\tapi_key = k1==\n",
            "heygen:\n  api_key: k1==\n",
            "env:\n  HEYGEN_API_KEY: \"k1==\"\n",
            "api_key = k1==\nAPI-KEY = k1==\n",
            r#"{"api_key": "k1==", "future": {}}"#,
            r#"{"oauth": {"access_token": "t"}, "api_key": "k1==\n"}"#,
        ] {
            assert_parsed(text, Ok("k1=="));
        }
    }

    #[test]
    fn the_key_of_heygen_takes_precedence_over_other_keys() {
        for text in [
            "API_KEY=foreign\nHEYGEN_API_KEY=right\n",
            "HEYGEN_API_KEY=right\nAPI_KEY=foreign\nKEY=other\n",
            "api_key: foreign\nheygen:\n  api_key: right\n",
            "[default]\napi_key=foreign\n[heygen]\napi_key=right\n",
            r#"{"api_key": "foreign", "HEYGEN_API_KEY": "right"}"#,
        ] {
            assert_parsed(text, Ok("right"));
        }
    }

    #[test]
    fn a_file_in_which_several_keys_could_be_meant_is_refused() {
        for text in [
            "api_key=one\nkey=two\n",
            "HEYGEN_API_KEY=one\nHEYGEN_API_KEY=two\n",
            "[heygen-a]\napi_key=one\n[heygen-b]\napi_key=two\n",
            "[default]\napi_key=one\n[DEFAULT]\nkey=two\n",
            r#"{"api_key": "one", "key": "two"}"#,
        ] {
            assert_parsed(text, Err(NoKey::Several));
        }
        for text in [
            "HEYGEN_API_KEY=\nAPI_KEY=foreign\n",
            "HEYGEN_API_KEY=''\nKEY=foreign\n",
            "HEYGEN_API_KEY= # to do\nKEY=foreign\n",
            "heygen_api_key:\nkey: foreign\n",
            r#"{"heygen_api_key": "", "api_key": "foreign"}"#,
            "api_key=\n",
        ] {
            assert_parsed(text, Err(NoKey::EmptyValue));
        }
    }

    #[test]
    fn a_secret_of_another_service_is_never_taken_for_the_key() {
        for text in [
            "STRIPE_KEY=foreign\n",
            "password: foreign",
            "password:foreign",
            "https://user:foreign@example.com",
            "database:\n  key: foreign\n",
            "database:\n    main:\n        api_key: foreign\n",
            "notes: |\n  api_key: foreign\n",
            "[prod]\nkey=foreign\n[dev]\nkey=other\n",
            "[database]\napi_key = foreign\n",
            "- key: foreign\n",
            r#"{"database": {"key": "foreign"}}"#,
            "api_key = \"foreign",
            "two words",
            "two\nlines",
        ] {
            assert_parsed(text, Err(NoKey::NotUnderstood));
        }
    }

    #[test]
    fn a_file_without_a_key_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", NoKey::Empty),
            ("\n# nothing\n", NoKey::Empty),
            ("==", NoKey::NotUnderstood),
            ("{}", NoKey::NotUnderstood),
            (r#"{"api_key": 5}"#, NoKey::NotUnderstood),
            (r#"{"api_key": "cut"#, NoKey::NotUnderstood),
            (r#"{"oauth": {"access_token": "t"}}"#, NoKey::LoginOnly),
            (r#"{"oauth": {"access_token": "t"}, "api_key": ""}"#, NoKey::LoginOnly),
        ] {
            assert_parsed(text, Err(reason));
        }
        let utf16: Vec<u8> = "\u{feff}key".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(parse(&utf16), Err(NoKey::Utf16));
        assert_eq!(parse(&utf16[2..]), Err(NoKey::Utf16));
        assert_eq!(parse(b"k\xe9y"), Err(NoKey::NotUtf8));
    }
}
