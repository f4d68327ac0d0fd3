//! `bugcheck new`: a commented scenario to begin from.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use bugcheck_scenarios::library;

use crate::args::New;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
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
    terminal.note(&format!("wrote {}; next: bugcheck run {}", path.display(), argument(path)));
    Ok(Exit::Holds)
}

/// A file as an argument of the next command: it has to be taken for a file there, not for a name of the library or a
/// flag, and as one word.
fn argument(path: &Path) -> String {
    let named = path.display().to_string();
    let is_taken_for_a_file = scenario::is_file(&named) && !named.starts_with('-');
    let named = if is_taken_for_a_file { named } else { Path::new(".").join(named).display().to_string() };
    let is_one_word = named.chars().all(|c| c.is_alphanumeric() || "-_./\\:".contains(c));
    if is_one_word { named } else { format!("'{}'", named.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_so_that_a_shell_and_the_next_command_take_it_for_one() {
        for (file, wanted) in [
            ("my-fleet.yaml", "my-fleet.yaml"),
            ("folder/fleet", "folder/fleet"),
            ("fleet", "./fleet"),
            ("july-2024", "./july-2024"),
            ("-fleet.yaml", "./-fleet.yaml"),
            ("my fleet.yaml", "'my fleet.yaml'"),
            ("it's; rm *.yaml", "'it'\\''s; rm *.yaml'"),
        ] {
            assert_eq!(argument(Path::new(file)), wanted);
        }
    }
}
