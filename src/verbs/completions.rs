//! `bugcheck completions`: completions for a shell, made from the definitions of the flags.

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Prints the completions.
pub(crate) fn completions(args: &Completions, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bugcheck", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Holds)
}
