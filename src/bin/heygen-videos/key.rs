//! Finds the API key: in a file that an option names, in the environment, or in the official CLI's
//! file.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_file::parse;

/// Longer files are not key files.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// A key and its origin. It has no `Debug`, so that the key cannot be printed.
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) source: String,
}

/// Finds the key. The option takes precedence over the environment, and the environment over the
/// official CLI's file.
pub(crate) fn find(option: Option<&Path>, env: &mut Env) -> Result<Key, Failure> {
    if let Some(path) = option {
        return from_file(path, "--api-key-file", env);
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
        Err(reason) => {
            let failure = not_found(&format!("{source} {}", reason.as_str()));
            Err(failure.hint(format!("{}; or set HEYGEN_API_KEY", reason.hint())))
        }
    }
}

/// The files that may hold a key: the one that the option names, and the official CLI's.
pub(crate) fn files(option: Option<&Path>, env: &Env) -> impl Iterator<Item = PathBuf> {
    option.map(Path::to_owned).into_iter().chain(credentials(env).ok().flatten())
}

fn not_found(credentials: &str) -> Failure {
    let message = format!("no API key was found: HEYGEN_API_KEY is not set, and {credentials}");
    Failure::new(Exit::Key, "key", message)
        .hint("set HEYGEN_API_KEY, give --api-key-file PATH, or try --demo, which needs no key")
}

/// Reads the key from a file, or from stdin with `-`. `setting` is what names the file.
pub(crate) fn from_file(path: &Path, setting: &str, env: &mut Env) -> Result<Key, Failure> {
    let (text, source) = if path == Path::new("-") {
        (read(&mut env.stdin), "stdin".to_owned())
    } else {
        (open(path), path.display().to_string())
    };
    let text = text.map_err(|error| {
        let message = format!("{setting}: {source} cannot be read: {error}");
        Failure::new(Exit::Key, "key", message).hint(if source.starts_with('~') {
            "the shell has not replaced ~: write $HOME instead, or the whole path"
        } else {
            "give the path of a file that holds the key, or '-' for stdin"
        })
    })?;
    match parse(&text) {
        Ok(text) => Ok(Key { text, source }),
        Err(reason) => {
            let message = format!("{setting}: {source} {}", reason.as_str());
            Err(Failure::new(Exit::Key, "key", message).hint(reason.hint()))
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

fn open(path: &Path) -> io::Result<Vec<u8>> {
    read(&mut File::open(path)?)
}

fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if from.take(MAX_FILE_BYTES + 1).read_to_end(&mut text)? as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other("it is too long to hold a key"));
    }
    Ok(text)
}
