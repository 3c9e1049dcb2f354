//! The command that resumes an export, quoted for a shell.

use std::ffi::OsString;

use heygen_videos::export::Format;

use super::escape::escaped;

/// The given arguments, starting with the program's name, with `--resume` added at the end.
///
/// `None` if a run with `--restart` has saved nothing. The older export still exists: `--restart`
/// would drop it, and `--resume` may need other options than these.
pub(crate) fn rerun_command(args: &[OsString], saved: bool) -> Option<String> {
    let restarts = args.iter().any(|arg| arg == "--restart");
    if restarts && !saved {
        return None;
    }
    let kept = args.iter().filter(|arg| *arg != "--restart" && *arg != "--resume");
    let mut words: Vec<String> = kept.map(word).collect();
    words.push("--resume".to_owned());
    Some(words.join(" "))
}

/// [`rerun_command`] with another format.
pub(crate) fn rerun_in(format: Format, args: &[OsString], saved: bool) -> Option<String> {
    let mut kept = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--format" {
            args.next();
        } else if !arg.as_encoded_bytes().starts_with(b"--format=") {
            kept.push(arg.clone());
        }
    }
    kept.extend(["--format", format.as_str()].map(OsString::from));
    rerun_command(&kept, saved)
}

/// The given arguments, starting with the program's name.
pub(crate) fn same_command(args: &[OsString]) -> String {
    args.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn word(arg: &OsString) -> String {
    match arg.to_str() {
        Some(text) => quoted(text),
        None => printed(arg.as_encoded_bytes()),
    }
}

/// The text as one word of a POSIX shell, without anything that could control a terminal.
fn quoted(text: &str) -> String {
    if escaped(text) != text {
        return printed(text.as_bytes());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    // zsh expands `=ls` to the path of ls.
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The bytes as a shell expression, for text that cannot be shown as a quoted word.
fn printed(bytes: &[u8]) -> String {
    let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
    if bytes.ends_with(b"\n") {
        // `$(...)` drops line endings at the end of its output. This form needs bash, zsh or a
        // recent sh.
        return format!("$'{octal}'");
    }
    format!("\"$(printf '{octal}')\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_rerun(args: &str, saved: bool, wanted: &str) {
        let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
        assert_eq!(rerun_command(&args, saved).as_deref(), Some(wanted));
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
    fn a_restart_that_saved_nothing_has_no_command_that_would_drop_the_older_export() {
        let args = ["heygen-videos", "export", "--restart", "--output", "x.jsonl"];
        assert_eq!(rerun_command(&args.map(OsString::from), false), None);
    }

    #[test]
    fn the_command_in_another_format_has_one_format() {
        for given in ["", " --format xlsx", " --format=xlsx"] {
            let args = format!("heygen-videos export --output x.xlsx{given} --force");
            let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
            assert_eq!(
                rerun_in(Format::Csv, &args, false).as_deref(),
                Some("heygen-videos export --output x.xlsx --force --format csv --resume")
            );
        }
    }

    #[test]
    fn arguments_are_quoted() {
        let args = ["./heygen-videos", "export", "--title", "Q&A's", "--output", "a b.csv"];
        assert_eq!(
            rerun_command(&args.map(OsString::from), true).as_deref(),
            Some(r"./heygen-videos export --title 'Q&A'\''s' --output 'a b.csv' --resume")
        );
        assert_eq!(quoted("videos.jsonl.gz"), "videos.jsonl.gz");
        assert_eq!(quoted("Q&A's $HOME"), r"'Q&A'\''s $HOME'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~/x"), "'~/x'");
        assert_eq!(quoted("=ls"), "'=ls'");
        assert_eq!(quoted("x\u{1b}"), r#""$(printf '\170\033')""#);
        assert_eq!(quoted("x\n"), r"$'\170\012'");
        assert_eq!(printed(b"\xffa"), r#""$(printf '\377\141')""#);
    }
}
