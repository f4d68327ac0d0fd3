//! `bugcheck drivers`: which uncertain inputs an outcome follows.

use std::path::Path;
use std::sync::atomic::Ordering;

use bugcheck_lab::drivers::{Design, Driving, Method};
use bugcheck_lab::{Options, RunFolder};
use bugcheck_reports::number::count;
use bugcheck_scenarios::library;
use bugcheck_sim::measure::Measure;

use crate::args::{Changes, Drivers, DriversMethod, Profile, Selection};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Told;
use crate::terminal::Terminal;
use crate::text::{arm_named, measure_named};
use crate::{scenario, stop};

/// Rows of a screening where none are asked for.
const SCREENING_ROWS: u32 = 20;
/// Rows of a design for shares of the variance where none are asked for.
const VARIANCE_ROWS: u32 = 256;

/// Looks at a finished run, or carries out a design, and prints the inputs by their influence.
pub(crate) fn drivers(args: &Drivers, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let measure = measure_named(&args.measure)?;
    let run = Path::new(&args.selection.scenario);
    // A name of the library means the library, as everywhere, also in the folder that holds the runs of that name.
    let is_run = run.is_dir() && library::scenario(&args.selection.scenario).is_none();
    if args.selection.changes.replications.is_some() {
        return Err(Failure::Usage("a design has rows, not replications: `--rows` says how many".into()));
    }
    let method = match args.method {
        Some(DriversMethod::Rank) | None if is_run => return rank(args, run, measure, terminal),
        Some(DriversMethod::Rank) => {
            let told = "`rank` looks at the replications of a finished run: give its folder, or another method";
            return Err(Failure::Usage(told.into()));
        }
        Some(DriversMethod::Sobol) => Method::Sobol,
        Some(DriversMethod::Morris) | None => Method::Morris,
    };
    // Of a run, what ran is the resolved scenario in its folder.
    let mut selection: Selection = args.selection.clone();
    if is_run {
        selection.scenario = run.join("scenario.lock.yaml").display().to_string();
    }
    let scenario = scenario::load(&selection, Profile::Quick)?;
    let arm = arm_named(&scenario.experiment, &args.arm)?;
    let rows = args.rows.unwrap_or(if method == Method::Sobol { VARIANCE_ROWS } else { SCREENING_ROWS });
    let design = Design::new(&scenario, arm, method, rows)?;
    terminal.note(&announcement(&design, rows));
    let stop = stop::flag();
    let told = Told::new(bugcheck_lab::Plans::experiment(&design));
    let options = Options { out: args.out.clone(), threads: args.work.threads };
    let outcome = bugcheck_lab::run(&design, &options, &told, &stop);
    told.clear();
    let folder = outcome?;
    if stop.load(Ordering::SeqCst) && !folder.complete() {
        terminal.note("interrupted; finished rows are kept, and the same command goes on from there");
        return Ok(Exit::Interrupted);
    }
    let driving = Driving::of_design(&design, &folder.results()?, measure);
    print(&driving, terminal)?;
    terminal.print(&format!("\ntable: {}\n", driving.write(folder.path())?.display()))?;
    Ok(Exit::Holds)
}

fn announcement(design: &Design, rows: u32) -> String {
    let columns = bugcheck_lab::Plans::experiment(design).arms.len() as u64;
    format!(
        "{}: {} for {} of {}, {} replications in all",
        design.method().name(),
        count(u64::from(rows), "row", "rows"),
        count(design.inputs().len() as u64, "uncertain input", "uncertain inputs"),
        design.arm(),
        u64::from(rows) * columns
    )
}

fn rank(args: &Drivers, run: &Path, measure: Measure, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let Changes { set, only, .. } = &args.selection.changes;
    if !set.is_empty() || !only.is_empty() {
        return Err(Failure::Usage("a finished run can't be changed: `--set` and `--only` are for scenarios".into()));
    }
    let results = RunFolder::open(run)?.results()?;
    let arm = arm_named(&results.experiment, &args.arm)?;
    if results.arms[arm].is_empty() {
        return Err(bugcheck_reports::Error::NoReplications(results.experiment.name).into());
    }
    print(&Driving::ranked(&results, arm, measure), terminal)?;
    Ok(Exit::Holds)
}

fn print(driving: &Driving, terminal: &mut Terminal) -> Result<(), Failure> {
    terminal.print(&bugcheck_reports::drivers::render(driving, terminal.page()))?;
    Ok(())
}
