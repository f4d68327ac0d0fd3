//! The command `bugcheck`: one small file per verb over the libraries.
//!
//! What is stable here are the exit codes ([`Exit`]) and the command line ([`args`]); `docs/stability.md` says more.

mod announce;
pub mod args;
pub mod exit;
mod failure;
mod progress;
mod scenario;
mod stop;
mod story;
mod terminal;
mod text;
mod verbs;
mod work;

use std::ffi::OsString;
use std::io::ErrorKind;

use clap::Parser;

use args::Colour;
pub use exit::Exit;
use failure::Failure;
use terminal::Terminal;

/// Carries out a command line, the program's name first, and says how it ended.
///
/// Results go to stdout, everything else to stderr.
pub fn command(line: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match args::Cli::try_parse_from(line) {
        Ok(cli) => cli,
        Err(refusal) => return refuse(&refusal),
    };
    let mut terminal = Terminal::new(cli.color);
    match verbs::carry_out(&cli.verb, &mut terminal) {
        Ok(exit) => exit,
        Err(failure) => {
            terminal.note(failure.show(terminal.problems()).trim_end());
            failure.exit()
        }
    }
}

/// Help and version are printed to stdout and hold; everything else is a bad command line.
fn refuse(refusal: &clap::Error) -> Exit {
    match refusal.print() {
        _ if refusal.exit_code() != 0 => Exit::Usage,
        // A stdout without a reader is no error, as everywhere; a full disk behind it is.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let failure = Failure::Output(error);
            let mut terminal = Terminal::new(Colour::Auto);
            terminal.note(&failure.show(terminal.problems()));
            failure.exit()
        }
        _ => Exit::Holds,
    }
}
