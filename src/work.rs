//! Carrying out an experiment and judging it, for the verbs that do: `run` and `test`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use bugcheck_lab::{Options, RunFolder};
use bugcheck_reports::{Comparison, Meaning};
use bugcheck_scenarios::Scenario;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Told;
use crate::stop;
use crate::terminal::Terminal;

/// How a piece of work ended.
pub(crate) enum Ended {
    /// Complete, judged, its reports written.
    Complete(Box<Comparison>, PathBuf),
    /// Stopped by Ctrl-C; what was finished is in the folder.
    Interrupted,
}

/// Carries out an experiment, or goes on with it, and writes its reports.
pub(crate) fn carry_out(
    scenario: &Scenario,
    out: &Path,
    threads: Option<NonZeroUsize>,
    terminal: &mut Terminal,
) -> Result<Ended, Failure> {
    let stop = stop::flag();
    let told = Told::new(&scenario.experiment);
    let options = Options { out: out.to_owned(), threads };
    let outcome = bugcheck_lab::run(scenario, &options, &told, &stop);
    told.clear();
    let folder = outcome?;
    if stop.load(Ordering::SeqCst) && !folder.complete() {
        terminal.note(&interrupted(&folder));
        return Ok(Ended::Interrupted);
    }
    let (_, comparison) = bugcheck_reports::write_all(folder.path(), || folder.results())?;
    Ok(Ended::Complete(Box::new(comparison), folder.path().to_owned()))
}

fn interrupted(folder: &RunFolder) -> String {
    format!(
        "interrupted; every finished replication is in {0}, and the same command goes on from there \
         (`bugcheck report {0}` shows what there is)",
        folder.path().display()
    )
}

/// The exit code that verdicts give.
pub(crate) fn exit_of(meaning: Meaning) -> Exit {
    match meaning {
        Meaning::AllHolds | Meaning::NothingExpected => Exit::Holds,
        Meaning::Broken => Exit::Broken,
        Meaning::Undecided => Exit::Undecided,
        Meaning::WorseThanBaseline => Exit::Worse,
    }
}
