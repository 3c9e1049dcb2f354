//! `man`: writes the manual pages.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::{Cli, ManArgs};
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) fn run(args: ManArgs, env: &mut Env) -> Result<(), Failure> {
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    let Some(folder) = args.folder else {
        return page(&cli)
            .and_then(|page| env.stdout.write_all(&page))
            .and_then(|()| env.stdout.flush())
            .map_err(|error| Failure::stdout(&error));
    };
    let commands = std::iter::once(&cli).chain(cli.get_subcommands());
    for command in commands {
        let name = command.get_display_name().unwrap_or(command.get_name());
        write_page(&folder, name, command).map_err(|error| {
            let message = format!("cannot write to {}: {error}", folder.display());
            Failure::new(Exit::Output, "output", message)
        })?;
    }
    Ok(())
}

fn write_page(folder: &Path, name: &str, command: &clap::Command) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{name}.1")), page(command)?)
}

fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}
