//! `completions`: writes a shell completion script.

use std::io::Write;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::cli::{Cli, CompletionsArgs};
use crate::env::Env;
use crate::failure::Failure;

const NAME: &str = "heygen-videos";

pub(crate) fn run(args: CompletionsArgs, env: &mut Env) -> Result<(), Failure> {
    env.stdout
        .write_all(script(args.shell).as_bytes())
        .and_then(|()| env.stdout.flush())
        .map_err(|error| Failure::stdout(&error))
}

fn script(shell: Shell) -> String {
    // The generator panics if a write fails, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        Shell::Bash => fixed_for_bash(&script),
        Shell::Fish => script.into_owned() + &shells_for_fish(),
        _ => script.into_owned(),
    }
}

/// In fish, `clap_complete` does not complete positional arguments.
fn shells_for_fish() -> String {
    let shells: Vec<_> = Shell::value_variants().iter().map(ToString::to_string).collect();
    format!(
        "complete -c {NAME} -n \"__fish_seen_subcommand_from completions\" -f -a \"{}\"\n",
        shells.join(" ")
    )
}

/// Fixes two bugs in the bash completions of `clap_complete` 4.6.
fn fixed_for_bash(script: &str) -> String {
    // The script compares a state with the labels of the commands, but the two spell the hyphen of
    // the program's name differently.
    let label = NAME.replace('-', "__subcmd__");
    let script = script.replace(&label, &NAME.replace('-', "__"));
    // Bash splits `--progress=js` at the equals sign.
    script.replace(
        "    prev=\"$3\"\n",
        "    prev=\"$3\"\n    \
         if [[ $cur == = ]]; then\n        cur=\"\"\n    \
         elif [[ $prev == = ]]; then\n        prev=\"${COMP_WORDS[COMP_CWORD-2]}\"\n    fi\n",
    )
}
