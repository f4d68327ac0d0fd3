//! `bugcheck sweep`: a measure over values of one of the scenario's numbers.

use std::fs;

use bugcheck_lab::RunFolder;
use bugcheck_lab::swept::Swept;
use bugcheck_scenarios::Experiment;

use crate::announce::announcement;
use crate::args::{Profile, Selection, Sweep};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::terminal::Terminal;
use crate::text::measure_named;
use crate::work::{self, Ended};

/// Runs the scenario over the values, prints the curves, and leaves their tables and figures in the run folder.
pub(crate) fn sweep(args: &Sweep, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let measures = args.measures.iter().map(|name| measure_named(name)).collect::<Result<Vec<_>, Failure>>()?;
    let selection = around_the_baseline(args)?;
    let scenario = scenario::load_varied(&selection, &args.vary, Profile::Standard)?;
    terminal.print(&announcement(&scenario.experiment))?;
    let folder = match work::carry_out(&scenario, &args.out, args.work.threads, terminal)? {
        Ended::Interrupted => return Ok(Exit::Interrupted),
        Ended::Complete(_, folder) => folder,
    };
    let results = RunFolder::open(&folder)?.results()?;
    let Experiment { horizon_ms, release_ms, factors, .. } = &results.experiment;
    // What is varied comes after the factors of the file, and the first of it is the axis.
    let factor = factors.len() - args.vary.len();
    for measure in measures {
        let Some(swept) = Swept::of(&results, factor, measure) else { continue };
        terminal.print(&bugcheck_reports::swept::render(&swept, horizon_ms - release_ms, terminal.page()))?;
        let [csv, _] = swept.write(&folder)?;
        let figure = csv.with_extension("svg");
        fs::write(&figure, bugcheck_reports::swept::svg(&swept)).map_err(Failure::writing(&figure))?;
        terminal.print(&format!("\ntable: {}\nfigure: {}\n\n", csv.display(), figure.display()))?;
    }
    Ok(Exit::Holds)
}

/// The selection with the baseline's level of each factor that it does not name, unless all arms are asked for.
fn around_the_baseline(args: &Sweep) -> Result<Selection, Failure> {
    let mut selection = args.selection.clone();
    if args.all_arms {
        return Ok(selection);
    }
    let experiment = scenario::load(&selection, Profile::Standard)?.experiment;
    let baseline = &experiment.arms[experiment.baseline];
    for (factor, level) in experiment.factors.iter().zip(&baseline.levels) {
        if selection.changes.only.iter().all(|(named, _)| *named != factor.name) {
            selection.changes.only.push((factor.name.clone(), level.clone()));
        }
    }
    Ok(selection)
}
