//! `bugcheck report`: reports of runs that were made before; nothing is simulated.

use bugcheck_lab::{Results, RunFolder};
use bugcheck_reports::several::{self, Run};
use bugcheck_reports::terminal as pages;

use crate::args::Report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::work;

/// Writes the reports of each run again; several runs are also put side by side.
pub(crate) fn report(args: &Report, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut runs: Vec<(Results, String)> = Vec::new();
    let mut exit = Exit::Holds;
    let mut alone = None;
    for path in &args.runs {
        let folder = RunFolder::open(path)?;
        let (results, comparison) = bugcheck_reports::write_all(folder.path(), || folder.results())?;
        exit = exit.worst(work::exit_of(comparison.meaning));
        runs.push((results, folder.lock()?));
        alone = Some(comparison);
        terminal.note(&format!("wrote {}", folder.path().join(bugcheck_reports::HTML).display()));
    }
    let text = if let ([_], Some(comparison)) = (runs.as_slice(), alone) {
        pages::render(&comparison, terminal.page())
    } else {
        let runs: Vec<Run> = runs.iter().map(|(results, lock)| Run { results, lock }).collect();
        pages::render_several(&several::build(&runs)?, terminal.page())
    };
    terminal.print(&text)?;
    Ok(exit)
}
