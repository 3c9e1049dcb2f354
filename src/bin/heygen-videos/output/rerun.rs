//! The command that goes on with an export, quoted for a shell.

use std::ffi::OsString;

/// The given arguments, the program's name first, with `--resume` at their end.
///
/// A `--restart` that has saved nothing is repeated: the export that it should replace is still
/// there and must not be resumed.
pub(crate) fn rerun_command(args: &[OsString], saved: bool) -> String {
    let restarts = args.iter().any(|arg| arg == "--restart");
    let option = if restarts && !saved { "--restart" } else { "--resume" };
    let kept = args.iter().filter(|arg| *arg != "--restart" && *arg != "--resume");
    let mut words: Vec<String> = kept.map(word).collect();
    words.push(option.to_owned());
    words.join(" ")
}

fn word(arg: &OsString) -> String {
    match arg.to_str() {
        Some(text) => quoted(text),
        None => printed(arg.as_encoded_bytes()),
    }
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Bytes that are not Unicode as one word of a POSIX shell.
fn printed(bytes: &[u8]) -> String {
    let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("\"$(printf '{octal}')\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_rerun(args: &str, saved: bool, wanted: &str) {
        let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
        assert_eq!(rerun_command(&args, saved), wanted);
    }

    #[test]
    fn the_command_is_the_given_one_with_resume() {
        let resumed = "heygen-videos export --output x.jsonl --resume";
        assert_rerun("heygen-videos export --output x.jsonl", true, resumed);
        assert_rerun("heygen-videos export --output x.jsonl", false, resumed);
        assert_rerun("heygen-videos export --resume --output x.jsonl", true, resumed);
        assert_rerun("heygen-videos export --restart --output x.jsonl", true, resumed);
    }

    #[test]
    fn a_restart_that_saved_nothing_is_repeated() {
        let restarted = "heygen-videos export --output x.jsonl --restart";
        assert_rerun("heygen-videos export --restart --output x.jsonl", false, restarted);
    }

    #[test]
    fn arguments_are_quoted() {
        let args = ["./heygen-videos", "export", "--title", "Q&A's", "--output", "a b.csv"];
        assert_eq!(
            rerun_command(&args.map(OsString::from), true),
            r"./heygen-videos export --title 'Q&A'\''s' --output 'a b.csv' --resume"
        );
        assert_eq!(quoted("videos.jsonl.gz"), "videos.jsonl.gz");
        assert_eq!(quoted("Q&A's $HOME"), r"'Q&A'\''s $HOME'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~/x"), "'~/x'");
        assert_eq!(printed(b"\xffa"), r#""$(printf '\377\141')""#);
    }
}
