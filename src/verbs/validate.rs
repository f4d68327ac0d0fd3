//! `bugcheck validate`: the model beside what was published.

use std::sync::atomic::Ordering;

use bugcheck_lab::{Options, Results};
use bugcheck_reports::validation;

use crate::args::{Changes, Profile, Validate};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Told;
use crate::scenario;
use crate::stop;
use crate::terminal::Terminal;

/// Carries out the runs that the validation needs, or goes on with them, and prints the document.
pub(crate) fn validate(args: &Validate, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut results: Vec<Results> = Vec::new();
    for run in &validation::RUNS {
        let scenario = scenario::load_named(run.scenario, &changes(args, run), Profile::Standard)?;
        terminal.note(&format!("{}:", run.scenario));
        let stop = stop::flag();
        let told = Told::new(&scenario.experiment);
        let options = Options { out: args.out.clone(), threads: args.work.threads };
        let outcome = bugcheck_lab::run(&scenario, &options, &told, &stop);
        told.clear();
        let folder = outcome?;
        if stop.load(Ordering::SeqCst) && !folder.complete() {
            terminal.note("interrupted; the same command goes on from here");
            return Ok(Exit::Interrupted);
        }
        results.push(folder.results()?);
    }
    terminal.print(&validation::render(&validation::build(&results)?))?;
    Ok(Exit::Holds)
}

fn changes(args: &Validate, run: &validation::Run) -> Changes {
    Changes {
        set: Vec::new(),
        only: run.only.iter().map(|(factor, level)| ((*factor).to_owned(), (*level).to_owned())).collect(),
        profile: args.profile,
        replications: Some(args.replications),
    }
}
