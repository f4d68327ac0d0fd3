//! The program `bugcheck`. Everything is in the library of the same name, where it can be tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    bugcheck::command(std::env::args_os()).into()
}
