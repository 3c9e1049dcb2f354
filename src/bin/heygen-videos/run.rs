//! `run`: parses the arguments, runs the command, and reports a failure.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};

use crate::cli::{Cli, Command, ProgressMode};
use crate::commands::{self, note_wrong_usage};
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::log::{LogStyle, start_log};
use crate::output::{failure_json, failure_lines};
use crate::panics::caught;

/// Runs the program with these arguments. The first one is the program's name.
pub(crate) fn run(args: Vec<OsString>, mut env: Env) -> Exit {
    let as_json = errors_as_json(&args);
    match caught(|| try_run(args, &mut env)) {
        Ok(exit) => exit,
        // A reader such as `head` closes stdout when it has read enough. This is not an error.
        Err(failure) if env.stdout.is_closed() => Exit::first([Exit::StdoutClosed, failure.exit]),
        Err(failure) => {
            if as_json {
                env.stderr.end_log();
                env.say(failure_json(&failure));
            } else {
                env.say(failure_lines(&failure));
            }
            failure.exit
        }
    }
}

fn try_run(args: Vec<OsString>, env: &mut Env) -> Result<Exit, Failure> {
    let begun = begin(&args, env).inspect_err(|failure| note_wrong_usage(&args, failure));
    match begun? {
        Ok(command) => commands::run(command, &args, env),
        Err(help) => print(&help, env),
    }
}

/// Parses the arguments and starts the log. Returns the command, or the help that was asked for.
fn begin(args: &[OsString], env: &mut Env) -> Result<Result<Command, clap::Error>, Failure> {
    refuse_a_key(args)?;
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => return Err(usage(error)),
        Err(help) => return Ok(Err(help)),
    };
    env.is_quiet = cli.quiet;
    start_log(cli.verbose, log_style(&cli.command), env)?;
    Ok(Ok(cli.command))
}

/// A program that reads the events of a run gets nothing else on stderr.
fn log_style(command: &Command) -> LogStyle {
    let (run, path) = match command {
        Command::Export(args) => (&args.run, args.path()),
        Command::Sync(args) => (&args.run, Some(&*args.path)),
        _ => return LogStyle::Lines,
    };
    match run.progress {
        ProgressMode::Json => LogStyle::Json { path: path.map(Path::to_owned) },
        _ => LogStyle::Lines,
    }
}

/// Rejects a key in the arguments before anything can print it.
fn refuse_a_key(args: &[OsString]) -> Result<(), Failure> {
    let is_key = |arg: &OsString| {
        let arg = arg.to_string_lossy();
        arg == "--api-key" || arg.starts_with("--api-key=")
    };
    if !args.iter().any(is_key) {
        return Ok(());
    }
    Err(Failure::usage(
        "there is no --api-key, because other users of this machine can see arguments",
    )
    .hint(
        "set HEYGEN_API_KEY, or give --api-key-file PATH ('-' is stdin); remove the key from your \
         shell's history",
    ))
}

/// Whether a program reads stderr. This must also work for invalid arguments that clap cannot
/// parse.
fn errors_as_json(args: &[OsString]) -> bool {
    args.iter().any(|arg| arg == "--progress=json")
        || args.windows(2).any(|pair| pair[0] == "--progress" && pair[1] == "json")
}

fn usage(mut error: clap::Error) -> Failure {
    drop_destructive_suggestion(&mut error);
    let text = error.render().to_string();
    let text = text.trim_end();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("a command is missing").details(format!("\n{text}"));
    }
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let (message, details) = text.split_once('\n').unwrap_or((text, ""));
    Failure::usage(message).details(details)
}

/// Removes the suggestion of an option that replaces files, because a user who mistyped another
/// option might follow it. Also removes the usage, which repeats the suggestion.
fn drop_destructive_suggestion(error: &mut clap::Error) {
    let is_destructive = |kind| {
        let text = error.get(kind).map(ToString::to_string).unwrap_or_default();
        text.contains("--force") || text.contains("--restart")
    };
    if is_destructive(ContextKind::SuggestedArg) || is_destructive(ContextKind::Suggested) {
        for kind in [ContextKind::SuggestedArg, ContextKind::Suggested, ContextKind::Usage] {
            error.remove(kind);
        }
    }
}

/// Prints the help or the version to stdout.
fn print(help: &clap::Error, env: &mut Env) -> Result<Exit, Failure> {
    let text = help.render();
    let has_colours = env.has_colours(&env.stdout);
    let text = if has_colours { text.ansi().to_string() } else { text.to_string() };
    let written = env.stdout.write_all(text.as_bytes()).and_then(|()| env.stdout.flush());
    written.map_err(|error| Failure::stdout(&error))?;
    Ok(Exit::Complete)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use heygen_videos::Video;
    use heygen_videos::simulator::Simulator;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::env::Out;
    use crate::notices::NoticeFeed;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Buffer {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// An environment without streams.
    fn env(vars: &[(&str, &str)]) -> Env {
        Env {
            vars: vars.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            stdin: Box::new(io::empty()),
            stdout: Out::new(io::sink(), false),
            stderr: Out::new(io::sink(), false),
            columns: None,
            zone: TimeZone::UTC,
            bar: None,
            notices: NoticeFeed::default(),
            is_quiet: false,
            is_logging: false,
        }
    }

    /// Runs the program with both streams on a simulated terminal.
    fn on_a_terminal(args: &[&str], vars: &[(&str, &str)]) -> (Exit, String, String) {
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let env = Env {
            stdout: Out::new(stdout.clone(), true),
            stderr: Out::new(stderr.clone(), true),
            columns: Some(120),
            ..env(vars)
        };
        let args = ["heygen-videos"].iter().chain(args).map(OsString::from).collect();
        (run(args, env), stdout.text(), stderr.text())
    }

    #[test]
    fn a_terminal_gets_a_table_on_stdout_and_a_footer_on_stderr() {
        let (exit, stdout, stderr) = on_a_terminal(&["list", "--demo", "--limit", "3"], &[]);
        assert_eq!((exit, stdout.lines().count()), (Exit::Complete, 4));
        assert!(stdout.starts_with("TITLE  ") && stdout.contains("2025-10-06"), "{stdout}");
        assert_eq!(stderr, "3 videos; the account has 2,500; add --limit N to see more\n");
        let (exit, stdout, stderr) = on_a_terminal(&["list", "--demo", "0"], &[]);
        assert_eq!((exit, stdout.as_str()), (Exit::Complete, ""));
        assert_eq!(stderr, "0 videos; the account has 0\n");
    }

    #[test]
    fn no_character_of_a_title_controls_the_terminal() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let simulator = runtime.block_on(Simulator::builder().videos(0).start()).unwrap();
        let mut video = Video::new("a1");
        video.video_title = Some("\u{1b}]0;owned\u{7}\u{9b}2J\r\n\u{202e}x".into());
        simulator.insert(video);
        let url = simulator.base_url();
        let vars = [("HEYGEN_API_KEY", Simulator::API_KEY), ("HEYGEN_API_BASE", &url)];
        let csv = ["export", "--output", "-", "--format", "csv"];
        for args in [&["list"][..], &["list", "--json"], &["export", "--output", "-"], &csv] {
            let (exit, stdout, _) = on_a_terminal(args, &vars);
            assert_eq!((exit, stdout.contains("a1")), (Exit::Complete, true));
            let stdout = stdout.replace("\r\n", "\n");
            let controls = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!stdout.contains(controls), "{stdout:?}");
        }
    }

    /// A stream that panics when an event is written to it.
    struct Panicking {
        event: &'static str,
        to: Buffer,
    }

    impl Write for Panicking {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains(self.event), "a bug, with the secret canary");
            self.to.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_bug_in_the_middle_of_an_export_has_an_exit_code_an_event_and_a_summary_and_resumes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (path, summary) = (at("videos.jsonl"), at("summary.json"));
        let args = ["export", "--demo", "300", "--output", &path, "--summary-file", &summary];
        let run_until = |event, args: &[&str]| {
            let to = Buffer::default();
            let stderr = Out::new(Panicking { event, to: to.clone() }, false);
            let args = ["heygen-videos"].iter().chain(args).map(OsString::from).collect();
            (run(args, Env { stderr, ..env(&[]) }), to.text())
        };
        let json = [&args[..], &["--progress", "json"]].concat();
        for (event, exit, resumable) in [
            ("\"event\":\"started\"", Exit::Api, false),
            ("\"event\":\"checkpoint\"", Exit::Incomplete, true),
        ] {
            let (ended, stderr) = run_until(event, &json);
            assert_eq!(ended, exit, "{stderr}");
            let last: serde_json::Value =
                serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
            assert_eq!((&last["kind"], &last["resumable"]), (&"bug".into(), &resumable.into()));
            assert_eq!(last["resume"].is_string(), resumable, "{last}");
            assert!(!stderr.contains("canary"), "{stderr}");
            let written = std::fs::read_to_string(&summary).unwrap();
            let written: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!((&written["kind"], &written["exit"]), (&"bug".into(), &last["exit"]));
        }
        let (ended, stderr) = run_until("never", &[&args[..], &["--resume"]].concat());
        assert_eq!(ended, Exit::Complete, "{stderr}");
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 300);
    }

    #[test]
    fn help_has_colours_on_a_terminal() {
        let (exit, stdout, _) = on_a_terminal(&["list", "--help"], &[("TERM", "xterm")]);
        assert_eq!((exit, stdout.contains("\u{1b}[")), (Exit::Complete, true));
    }
}
