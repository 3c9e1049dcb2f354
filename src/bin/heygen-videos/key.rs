//! Finds the API key: in a file that an option names, in the environment, or in the official CLI's
//! file.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;

/// Longer files are not key files.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// The names that a key can have in a file.
const NAMES: [&str; 5] = ["api_key", "api-key", "apikey", "key", "heygen_api_key"];

/// A key and its origin. It has no `Debug`, so that the key cannot be printed.
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) source: String,
}

/// Finds the key. The option takes precedence over the environment, and the environment over the
/// official CLI's file.
pub(crate) fn find(option: Option<&Path>, env: &mut Env) -> Result<Key, Failure> {
    if let Some(path) = option {
        return from_option(path, env);
    }
    if let Some(key) = env.chosen_var("HEYGEN_API_KEY", Exit::Key, "key")? {
        return Ok(Key { text: key.to_owned(), source: "HEYGEN_API_KEY".into() });
    }
    let path = credentials(env)?.ok_or_else(|| not_found("there is no home directory"))?;
    let source = path.display().to_string();
    let text = open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => not_found(&format!("{source} does not exist")),
        _ => not_found(&format!("{source} cannot be read: {error}")),
    })?;
    match parse(&text) {
        Ok(text) => Ok(Key { text, source }),
        Err(reason) => Err(not_found(&format!("{source} {}", reason.as_str()))),
    }
}

fn not_found(credentials: &str) -> Failure {
    let message = format!("no API key was found: HEYGEN_API_KEY is not set, and {credentials}");
    Failure::new(Exit::Key, "key", message)
        .hint("set HEYGEN_API_KEY, give --api-key-file PATH, or try --demo, which needs no key")
}

fn from_option(path: &Path, env: &mut Env) -> Result<Key, Failure> {
    let (text, source) = if path == Path::new("-") {
        (read(&mut env.stdin), "stdin".to_owned())
    } else {
        (open(path), path.display().to_string())
    };
    let text = text.map_err(|error| {
        let message = format!("--api-key-file: {source} cannot be read: {error}");
        Failure::new(Exit::Key, "key", message)
    })?;
    match parse(&text) {
        Ok(text) => Ok(Key { text, source }),
        Err(reason) => {
            let message = format!("--api-key-file: {source} {}", reason.as_str());
            Err(Failure::new(Exit::Key, "key", message))
        }
    }
}

/// The path of the official CLI's file.
pub(crate) fn credentials(env: &Env) -> Result<Option<PathBuf>, Failure> {
    if env.vars.get(OsStr::new("HEYGEN_CONFIG_DIR")).is_some_and(|folder| folder.is_empty()) {
        let message = "HEYGEN_CONFIG_DIR is set but empty";
        return Err(Failure::new(Exit::Key, "key", message)
            .hint("give it a value, or remove it with 'unset HEYGEN_CONFIG_DIR'"));
    }
    if let Some(folder) = env.var("HEYGEN_CONFIG_DIR") {
        return Ok(Some(Path::new(folder).join("credentials")));
    }
    let home = env.var("HOME").or_else(|| env.var("USERPROFILE"));
    Ok(home.map(|home| Path::new(home).join(".heygen").join("credentials")))
}

fn open(path: &Path) -> io::Result<String> {
    read(&mut File::open(path)?)
}

fn read(from: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    if from.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)? as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other("it is too long to hold a key"));
    }
    Ok(text)
}

/// Why a file has no usable key. The text contains nothing from the file.
#[derive(Debug, PartialEq)]
enum NoKey {
    Empty,
    LoginOnly,
    NotUnderstood,
}

impl NoKey {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::LoginOnly => "holds a login of the official CLI and no API key",
            Self::NotUnderstood => {
                "holds no bare key, no line 'api_key = KEY' and no JSON with a field \"api_key\""
            }
        }
    }
}

/// Reads a bare key, a line `api_key = KEY`, or the official CLI's JSON.
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

/// The value of a line that assigns one of [`NAMES`]. A bare key may also contain an equals sign.
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
    fn a_bare_key_may_contain_equals_signs_and_end_with_a_newline() {
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
    fn a_file_without_a_key_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", NoKey::Empty),
            ("\n# nothing\n", NoKey::Empty),
            ("two words", NoKey::NotUnderstood),
            ("two\nlines", NoKey::NotUnderstood),
            ("{}", NoKey::NotUnderstood),
            (r#"{"api_key": 5}"#, NoKey::NotUnderstood),
            (r#"{"api_key": "cut"#, NoKey::NotUnderstood),
            (r#"{"oauth": {"access_token": "t"}}"#, NoKey::LoginOnly),
        ] {
            assert_eq!(parse(text), Err(reason), "{text:?}");
        }
    }
}
