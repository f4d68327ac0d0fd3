//! `bugcheck replay`: one replication again, and the story of one PC or organisation.

use bugcheck_lab::replay::{Again, Recorded};
use bugcheck_lab::{Replay as Replayed, RunFolder, trace};
use bugcheck_scenarios::{Options, Source};
use bugcheck_sim::RESULT_EPOCH;
use bugcheck_sim::engine::Watch;

use crate::args;
use crate::args::Replay;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::story;
use crate::terminal::Terminal;
use crate::text::arm_named;

/// Carries the replication out again, holds its digest against the run's, and tells the story that was asked for.
pub(crate) fn replay(args: &Replay, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let folder = RunFolder::open(&args.run)?;
    // What ran is the resolved scenario in the folder, not the file that it was made from, which may have changed
    // since.
    let lock = folder.lock()?;
    let name = args.run.join("scenario.lock.yaml").display().to_string();
    let scenario = bugcheck_scenarios::load(&Source::Text { name, text: lock }, &Options::default())?;
    let experiment = &scenario.experiment;
    let arm = arm_named(experiment, &args.arm)?;
    if args.replication >= experiment.replications.max {
        let most = experiment.replications.max;
        return Err(Failure::Usage(format!("the experiment has {most} replications at most, counted from 0")));
    }
    let again = Again { arm, replication: args.replication, watch: watch(args.watch) };
    let replayed = bugcheck_lab::replay(&scenario, &folder, again)?;
    for event in &replayed.outcome.trace {
        terminal.print(&format!("{}\n", story::line(experiment, event)))?;
    }
    if let Some(path) = &args.perfetto {
        trace::write(&replayed.outcome.trace, experiment.horizon_ms, path)?;
        terminal.note(&format!("wrote {}; ui.perfetto.dev opens it", path.display()));
    }
    terminal.print(&held_against(&replayed))?;
    Ok(match replayed.recorded {
        Recorded::Same | Recorded::Missing => Exit::Holds,
        // As for a run that is to go on in such a folder.
        Recorded::OtherEpoch { .. } => Exit::Usage,
        Recorded::Other(_) => Exit::NotDeterministic,
    })
}

fn watch(watch: args::Watch) -> Watch {
    match (watch.pc, watch.organisation) {
        (Some(pc), _) => Watch::Pc(pc),
        (None, Some(organisation)) => Watch::Organisation(organisation),
        (None, None) => Watch::Nothing,
    }
}

fn held_against(replayed: &Replayed) -> String {
    let digest = &replayed.outcome.record.digest;
    match &replayed.recorded {
        Recorded::Same => format!("the same digest as in the run: {digest}\n"),
        Recorded::Missing => format!("the run has no such replication to hold it against; its digest is {digest}\n"),
        Recorded::OtherEpoch { digest: recorded, epoch } => format!(
            "NOT the same as in the run, which was made with result epoch {epoch}: {digest} here, {recorded} there\n\
             this program has epoch {RESULT_EPOCH}; one of that epoch repeats the run\n"
        ),
        Recorded::Other(recorded) => format!("NOT the same as in the run: {digest} here, {recorded} there\n"),
    }
}
