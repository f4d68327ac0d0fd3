//! `bugcheck new`: a commented scenario to begin from.

use std::fs::OpenOptions;
use std::io::Write;

use bugcheck_scenarios::library;

use crate::args::New;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// The scenario of the library that is written for beginners.
const STARTER: &str = "starter";

/// Writes the starter to a new file, or prints it.
pub(crate) fn new(args: &New, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let starter = library::scenario(STARTER).expect("the library has a starter").text;
    let Some(path) = &args.file else {
        terminal.print(starter)?;
        return Ok(Exit::Holds);
    };
    // Never over a file that is there: it may be somebody's work.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::Usage(format!("{} exists already; name another file", path.display()))
        } else {
            Failure::writing(path)(error)
        }
    })?;
    file.write_all(starter.as_bytes()).map_err(Failure::writing(path))?;
    terminal.note(&format!("wrote {0}; next: bugcheck run {0}", path.display()));
    Ok(Exit::Holds)
}
