//! Where the key comes from: a file that is named, the environment, the official CLI's file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;

/// No file with a key in it is longer.
const LONGEST_FILE: u64 = 64 << 10;

/// The names under which a file may hold the key.
const NAMES: [&str; 5] = ["api_key", "api-key", "apikey", "key", "heygen_api_key"];

/// A key and where it was found; never shown itself, so it has no `Debug`.
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) source: String,
}

/// Finds the key: what a flag names wins over the environment, which wins over the official CLI's
/// credentials.
pub(crate) fn find(flag: Option<&Path>, env: &mut Env) -> Result<Key, Failure> {
    if let Some(path) = flag {
        return from_flag(path, env);
    }
    if let Some(key) = env.var("HEYGEN_API_KEY") {
        let text = key.to_str().ok_or_else(|| {
            Failure::new(Exit::Key, "key", "the key in HEYGEN_API_KEY is not Unicode")
        })?;
        return Ok(Key { text: text.to_owned(), source: "HEYGEN_API_KEY".into() });
    }
    let Some(path) = credentials(env) else {
        return Err(none_found("HEYGEN_API_KEY is not set, and there is no home directory"));
    };
    let shown = path.display();
    match open(&path) {
        Ok(text) => match parse(&text) {
            Ok(key) => Ok(Key { text: key, source: shown.to_string() }),
            Err(why) => {
                Err(none_found(&format!("HEYGEN_API_KEY is not set, and {shown} {}", why.says())))
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(none_found(&format!("HEYGEN_API_KEY is not set, and {shown} does not exist")))
        }
        Err(error) => Err(none_found(&format!(
            "HEYGEN_API_KEY is not set, and {shown} cannot be read: {error}"
        ))),
    }
}

fn none_found(tried: &str) -> Failure {
    Failure::new(Exit::Key, "key", format!("no API key was found: {tried}"))
        .hint("set HEYGEN_API_KEY, give --api-key-file PATH, or try it without a key with --demo")
}

fn from_flag(path: &Path, env: &mut Env) -> Result<Key, Failure> {
    let (text, source) = if path == Path::new("-") {
        (read(&mut env.stdin), "stdin".to_owned())
    } else {
        (open(path), path.display().to_string())
    };
    let text = text.map_err(|error| {
        Failure::usage(format!("--api-key-file: {source} cannot be read: {error}"))
    })?;
    match parse(&text) {
        Ok(text) => Ok(Key { text, source }),
        Err(why) => {
            let why = why.says();
            Err(Failure::new(Exit::Key, "key", format!("--api-key-file: {source} {why}")))
        }
    }
}

/// The file of the official CLI's.
fn credentials(env: &Env) -> Option<PathBuf> {
    let directory = match env.var("HEYGEN_CONFIG_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => {
            let home = env.var("HOME").or_else(|| env.var("USERPROFILE"))?;
            Path::new(home).join(".heygen")
        }
    };
    Some(directory.join("credentials"))
}

fn open(path: &Path) -> io::Result<String> {
    read(&mut File::open(path)?)
}

fn read(from: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    if from.take(LONGEST_FILE + 1).read_to_string(&mut text)? as u64 > LONGEST_FILE {
        return Err(io::Error::other("it is too long to hold a key"));
    }
    Ok(text)
}

/// Why a file gave no key; says nothing of what is in it.
#[derive(Debug, PartialEq)]
enum NoKey {
    Empty,
    LoginOnly,
    NotUnderstood,
}

impl NoKey {
    fn says(&self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::LoginOnly => "holds a login of the official CLI's and no API key",
            Self::NotUnderstood => {
                "holds neither a bare key, nor a line 'api_key = …', nor JSON with 'api_key'"
            }
        }
    }
}

/// Reads a bare key, `api_key = key` lines, or the official CLI's JSON.
fn parse(text: &str) -> Result<String, NoKey> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        return from_json(text);
    }
    let lines: Vec<_> =
        text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    if let Some(key) = lines.iter().find_map(|line| assigned(line)) {
        return Ok(key.to_owned());
    }
    match lines[..] {
        [] => Err(NoKey::Empty),
        [key] if !key.contains(char::is_whitespace) => Ok(key.to_owned()),
        _ => Err(NoKey::NotUnderstood),
    }
}

/// The value of a line that assigns one of [`NAMES`]; other keys may well contain an equals sign.
fn assigned(line: &str) -> Option<&str> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    let value = value.trim().trim_matches(['"', '\'']);
    (NAMES.contains(&name.as_str()) && !value.is_empty()).then_some(value)
}

fn from_json(text: &str) -> Result<String, NoKey> {
    let value: Value = serde_json::from_str(text).map_err(|_| NoKey::NotUnderstood)?;
    match value.get("api_key").and_then(Value::as_str).map(str::trim) {
        Some(key) if !key.is_empty() => Ok(key.to_owned()),
        _ if value.get("oauth").is_some() => Err(NoKey::LoginOnly),
        _ => Err(NoKey::NotUnderstood),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_key_may_contain_equals_signs_and_end_with_a_line_end() {
        for text in ["NDQ0aGV5==\n", "NDQ0aGV5==\r\n\n", "  NDQ0aGV5==", "\u{feff}NDQ0aGV5=="] {
            assert_eq!(parse(text).as_deref(), Ok("NDQ0aGV5=="), "{text:?}");
        }
    }

    #[test]
    fn assignments_and_json_are_read() {
        for text in [
            "api_key = k1==",
            "# mine\nregion = eu\napi_key=\"k1==\"\n",
            "export HEYGEN_API_KEY='k1=='",
            "[default]\nkey: k1==",
            r#"{"api_key": "k1==", "future": {}}"#,
            r#"{"oauth": {"access_token": "t"}, "api_key": "k1==\n"}"#,
        ] {
            assert_eq!(parse(text).as_deref(), Ok("k1=="), "{text:?}");
        }
    }

    #[test]
    fn what_holds_no_key_is_told_apart() {
        for (text, why) in [
            ("", NoKey::Empty),
            ("\n# nothing\n", NoKey::Empty),
            ("two words", NoKey::NotUnderstood),
            ("two\nlines", NoKey::NotUnderstood),
            ("{}", NoKey::NotUnderstood),
            (r#"{"api_key": 5}"#, NoKey::NotUnderstood),
            (r#"{"api_key": "cut"#, NoKey::NotUnderstood),
            (r#"{"oauth": {"access_token": "t"}}"#, NoKey::LoginOnly),
        ] {
            assert_eq!(parse(text), Err(why), "{text:?}");
        }
    }
}
