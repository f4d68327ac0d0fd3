//! The command as its users run it: exit code, stdout and stderr of the built program.

mod endings;
mod interruption;
mod results;
mod room;
mod shell;
mod validation;
mod words;
