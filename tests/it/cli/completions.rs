//! Shell completions, tried in each shell. A shell that is not installed skips its test.

use std::fs;
use std::process::Command;

use crate::support::cli::{Cli, Scratch};

/// Writes the completion script for a shell, and returns what this line prints in that shell.
#[track_caller]
fn offered(shell: &str, arguments: &[&str], line: &str) -> Option<String> {
    if Command::new(shell).args(["-c", "true"]).output().is_err() {
        println!("skipped: {shell} is not installed");
        return None;
    }
    let files = Scratch::new();
    let ended = Cli::new(&["completions", shell]).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    fs::write(files.file("_heygen-videos"), ended.stdout).unwrap();
    let shell = Command::new(shell).args(arguments).arg(line).current_dir(files.path()).output();
    let shell = shell.unwrap();
    let errors = String::from_utf8_lossy(&shell.stderr);
    assert_eq!(errors, "", "{line}");
    Some(String::from_utf8(shell.stdout).unwrap())
}

/// What bash offers after these words, the last of which is being typed.
#[track_caller]
fn offered_in_bash(words: &[&str]) -> Option<String> {
    let [.., previous, current] = words else { panic!("{words:?}") };
    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!(
        ". ./_heygen-videos; COMP_WORDS=({}); COMP_CWORD={}; \
         complete=$(complete -p heygen-videos); complete=${{complete##*-F }}; \
         ${{complete%% *}} heygen-videos '{current}' '{previous}'; echo \"${{COMPREPLY[*]}}\"",
        quoted.join(" "),
        words.len() - 1,
    );
    offered("bash", &["--norc", "-c"], &line)
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = Cli::new(&["completions", shell]).run();
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{shell}");
        assert!(ended.stdout.contains("api-key-file"), "{shell}");
    }
}

#[test]
fn bash_offers_commands_options_and_their_values() {
    for (words, wanted) in [
        (&["heygen-videos", ""][..], "simulate"),
        (&["heygen-videos", "exp"], "export"),
        (&["heygen-videos", "export", "--"], "--summary-file"),
        (&["heygen-videos", "export", "--progress", ""], "json"),
        (&["heygen-videos", "export", "--progress", "="], "json"),
        (&["heygen-videos", "export", "--progress", "=", "j"], "json"),
        (&["heygen-videos", "list", "--api", "v"], "v3"),
        (&["heygen-videos", "completions", ""], "fish"),
        (&["heygen-videos", "help", "exp"], "export"),
    ] {
        let Some(offered) = offered_in_bash(words) else { return };
        assert!(offered.split_whitespace().any(|word| word == wanted), "{words:?}: {offered}");
    }
}

#[test]
fn fish_offers_commands_options_and_their_values() {
    for (typed, wanted) in [
        ("heygen-videos exp", "export"),
        ("heygen-videos export --sum", "--summary-file"),
        ("heygen-videos export --progress ", "json"),
        ("heygen-videos export --progress=j", "--progress=json"),
        ("heygen-videos list --api v", "v3"),
        ("heygen-videos completions ", "zsh"),
    ] {
        let line = format!("source ./_heygen-videos; complete -C '{typed}'");
        let Some(offered) = offered("fish", &["--no-config", "-c"], &line) else { return };
        let mut words = offered.lines().filter_map(|line| line.split_whitespace().next());
        assert!(words.any(|word| word == wanted), "{typed}: {offered}");
    }
}

#[test]
fn zsh_offers_commands_options_and_their_values() {
    // Completion works in an interactive zsh only, which needs a terminal: zpty is one.
    let line = r#"
zmodload zsh/zpty
zpty shell 'PS1= zsh --no-rcs --interactive'
zpty -w shell 'PS1=; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d ./dump; bindkey "^I" complete-word'
zpty -w shell 'zstyle ":completion:*" list-prompt ""; LISTMAX=1000; print rea""dy'
zpty -r shell text '*ready*'
for typed in "heygen-videos exp" "heygen-videos export --summ" "heygen-videos export --progress js" "heygen-videos completions fi"; do
    zpty -w -n shell "$typed"$'\t'
    zpty -w -n shell $'\C-a\C-k'
    zpty -w shell "print do""ne-$#typed"
    zpty -r shell text "*done-$#typed*"
    print -r -- "$text"
done
zpty -d shell
"#;
    let Some(offered) = offered("zsh", &["--no-rcs", "-c"], line) else { return };
    for wanted in ["export", "--summary-file", "json", "fish"] {
        assert!(offered.contains(wanted), "{wanted}: {offered:?}");
    }
}
