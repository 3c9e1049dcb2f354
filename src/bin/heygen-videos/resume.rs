//! The command that goes on with an export: the very one that was given, with `--resume`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::text::quoted;

/// `args` as a person would type them to go on, the program's name first.
pub(crate) fn command(args: &[OsString]) -> String {
    let mut words: Vec<String> = Vec::new();
    for arg in args {
        let word = arg.to_string_lossy();
        // Starting anew would throw away what there is to go on with.
        if word != "--restart" && word != "--resume" {
            words.push(quoted(&word));
        }
    }
    words.push("--resume".to_owned());
    words.join(" ")
}

/// The port in the checkpoint of a demonstration: 0, which is any, where there is none.
pub(crate) fn port(output: &Path) -> u16 {
    let mut path = output.as_os_str().to_owned();
    path.push(".checkpoint");
    let read = || -> Option<u16> {
        let saved: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        saved["job"]["base_url"].as_str()?.rsplit_once(':')?.1.parse().ok()
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_given_one_with_resume() {
        let again = |args: &[&str]| command(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(
            again(&["./heygen-videos", "export", "--title", "Q&A's", "--output", "a b.csv"]),
            r"./heygen-videos export --title 'Q&A'\''s' --output 'a b.csv' --resume"
        );
        let once = "heygen-videos export --output x.jsonl --resume";
        assert_eq!(again(&["heygen-videos", "export", "--restart", "--output", "x.jsonl"]), once);
        assert_eq!(again(&["heygen-videos", "export", "--resume", "--output", "x.jsonl"]), once);
    }
}
