//! `bugcheck check`: are scenarios sound?

use bugcheck_reports::number::count;
use bugcheck_scenarios::library;

use crate::args::{Check, Profile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::terminal::Terminal;

/// Checks every scenario, and shows the problems of all.
pub(crate) fn check(args: &Check, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let shipped = library::scenarios().iter().map(|entry| entry.name.to_owned()).filter(|_| args.library);
    let mut exit = Exit::Holds;
    for name in args.scenarios.iter().cloned().chain(shipped) {
        match scenario::load_named(&name, &args.changes, Profile::Standard) {
            Ok(scenario) => {
                let arms = scenario.experiment.arms.len() as u64;
                terminal.print(&format!("{name}: sound, {}\n", count(arms, "arm", "arms")))?;
            }
            Err(failure) => {
                terminal.note(failure.show(terminal.problems()).trim_end());
                exit = exit.worst(failure.exit());
            }
        }
    }
    Ok(exit)
}
