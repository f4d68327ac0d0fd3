//! `bugcheck run`: from a scenario to a comparison.

use crate::announce::announcement;
use crate::args::{Profile, Run, Selection};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::terminal::Terminal;
use crate::work::{self, Ended};

/// Runs all arms, prints the comparison and the verdicts, and leaves the run folder.
pub(crate) fn run(args: &Run, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let scenario = scenario::load(&selection(args), Profile::Standard)?;
    terminal.print(&announcement(&scenario.experiment))?;
    match work::carry_out(&scenario, &args.out, args.work.threads, terminal)? {
        Ended::Interrupted => Ok(Exit::Interrupted),
        Ended::Complete(comparison, folder) => {
            terminal.print(&bugcheck_reports::terminal::render(&comparison, terminal.page()))?;
            let page = folder.join(bugcheck_reports::HTML);
            terminal.print(&format!("\nreport: {}\n", page.display()))?;
            Ok(work::exit_of(comparison.meaning))
        }
    }
}

fn selection(args: &Run) -> Selection {
    let mut selection = args.selection.clone();
    if args.once {
        selection.changes.replications = Some(1);
    }
    selection
}
