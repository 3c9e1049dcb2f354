//! The command that goes on with an export: the very one that was given, with `--resume`.

use std::ffi::OsString;

/// `args` as a person would type them to go on, the program's name first.
///
/// Where this run has saved nothing, what it was to throw away by `--restart` is still there, and
/// is not what to go on with.
pub(crate) fn rerun_command(args: &[OsString], saved: bool) -> String {
    let again =
        if saved || !args.iter().any(|arg| arg == "--restart") { "--resume" } else { "--restart" };
    let mut words: Vec<String> = Vec::new();
    for arg in args {
        match arg.to_str() {
            Some("--restart" | "--resume") => {}
            Some(word) => words.push(quoted(word)),
            None => words.push(printed(arg.as_encoded_bytes())),
        }
    }
    words.push(again.to_owned());
    words.join(" ")
}

/// A word that is no Unicode, in a form that any shell makes the same bytes of.
fn printed(word: &[u8]) -> String {
    let octal: String = word.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("\"$(printf '{octal}')\"")
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_given_one_with_resume() {
        let words = |args: &[&str]| args.iter().map(OsString::from).collect::<Vec<_>>();
        let again = |args: &[&str]| rerun_command(&words(args), true);
        assert_eq!(
            again(&["./heygen-videos", "export", "--title", "Q&A's", "--output", "a b.csv"]),
            r"./heygen-videos export --title 'Q&A'\''s' --output 'a b.csv' --resume"
        );
        let once = "heygen-videos export --output x.jsonl --resume";
        assert_eq!(again(&["heygen-videos", "export", "--restart", "--output", "x.jsonl"]), once);
        assert_eq!(again(&["heygen-videos", "export", "--resume", "--output", "x.jsonl"]), once);
        let nothing_saved = |args: &[&str]| rerun_command(&words(args), false);
        assert_eq!(nothing_saved(&["heygen-videos", "export", "--output", "x.jsonl"]), once);
        assert_eq!(
            nothing_saved(&["heygen-videos", "export", "--restart", "--output", "x.jsonl"]),
            "heygen-videos export --output x.jsonl --restart"
        );
    }

    #[test]
    fn a_shell_reads_a_quoted_word_back() {
        assert_eq!(quoted("videos.jsonl.gz"), "videos.jsonl.gz");
        assert_eq!(quoted("Q&A's $HOME"), r"'Q&A'\''s $HOME'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~/x"), "'~/x'");
    }
}
