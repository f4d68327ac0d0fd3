//! One replication again: the story of a PC or an organisation, held against what the run recorded.

use bugcheck_sim::engine::{Outcome, Run, Watch};

use crate::plans::{CarryOut, Plans, carry_out, check_arm, digest};
use crate::{Error, RunFolder};

/// What is to be seen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// Index of the arm.
    pub arm: usize,
    /// Number of the replication.
    pub replication: u32,
    /// What to write down.
    pub watch: Watch,
}

/// A replication that was carried out again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// What it gave; with [`Watch::Pc`] or [`Watch::Organisation`] the trace is the timeline.
    pub outcome: Outcome,
    /// Whether it is what the run recorded.
    pub recorded: Recorded,
}

/// How a replay compares with the record of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The same digest.
    Same,
    /// Another digest: the run's. The program is another one, or something is not deterministic.
    Other(String),
    /// The run has no such replication (it was interrupted before, or stopped earlier); any may be replayed all the
    /// same.
    Missing,
}

/// Carries out one replication of one arm of a run again, on the threads of the current rayon pool. `scenario` is what
/// the folder's own resolved scenario ([`RunFolder::lock`]) loads to.
///
/// # Errors
/// If the scenario is not the folder's, the arm does not exist, or what is to be watched is not in the replication.
pub fn replay(scenario: &dyn Plans, folder: &RunFolder, again: Again) -> Result<Replay, Error> {
    replay_with(scenario, folder, again, &bugcheck_sim::simulate_arms)
}

/// The same with another simulator.
///
/// # Errors
/// As [`replay()`].
pub fn replay_with(
    scenario: &dyn Plans,
    folder: &RunFolder,
    again: Again,
    simulate: &CarryOut,
) -> Result<Replay, Error> {
    check_arm(scenario.experiment(), again.arm)?;
    if digest(scenario.lock()) != digest(&folder.lock()?) {
        return Err(Error::OtherScenario(folder.path().to_path_buf()));
    }
    let run = Run { watch: again.watch, ..Run::default() };
    let outcome = carry_out(scenario, &[again.arm], again.replication, &run, simulate)?.swap_remove(0);
    let recorded = match folder.recorded_digest(again.arm, again.replication)? {
        None => Recorded::Missing,
        Some(digest) if digest == outcome.record.digest => Recorded::Same,
        Some(digest) => Recorded::Other(digest),
    };
    Ok(Replay { outcome, recorded })
}
