//! The program as a shell starts it.

use crate::room::{Ended, Room};

/// Runs a line, in which `$0` is the program, to its end.
pub(crate) fn run(room: &Room, line: &str) -> Ended {
    let mut shell = room.alone("sh");
    Ended::of(&shell.args(["-c", line, env!("CARGO_BIN_EXE_bugcheck")]).output().expect("there is a shell"))
}
