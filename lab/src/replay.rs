//! One replication again: the story of a PC or an organisation, held against what the run recorded.

use bugcheck_sim::RESULT_EPOCH;
use bugcheck_sim::engine::{self, Outcome, Run, Watch};

use crate::plans::{CarryOut, Plans, carry_out, check_arm, digest};
use crate::{Error, RunFolder};

/// Organisations that are named where another is not among those that are simulated.
const NAMED: usize = 5;

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
    /// Another digest, by a program of another result epoch: it has nothing to say about this one.
    OtherEpoch {
        /// The run's digest.
        digest: String,
        /// Its epoch, see [`bugcheck_sim::RESULT_EPOCH`].
        epoch: u32,
    },
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
    let carry_out = |run| carry_out(scenario, &[again.arm], again.replication, &run, simulate);
    let carried_out = carry_out(run).map_err(|error| match error {
        Error::Simulation { source: engine::Error::NotSimulated(_, of), .. } => {
            let simulated = carry_out(Run { watch: Watch::Digests, ..Run::default() });
            simulated.map_or_else(|error| error, |outcomes| not_simulated(again, of, &outcomes[0]))
        }
        error => error,
    });
    let outcome = carried_out?.swap_remove(0);
    let recorded = match folder.recorded_digest(again.arm, again.replication)? {
        None => Recorded::Missing,
        Some(digest) if digest == outcome.record.digest => Recorded::Same,
        Some(digest) => match folder.epoch()? {
            RESULT_EPOCH => Recorded::Other(digest),
            epoch => Recorded::OtherEpoch { digest, epoch },
        },
    };
    Ok(Replay { outcome, recorded })
}

/// Says who could be watched instead: nobody can guess who is in a sample.
fn not_simulated(Again { replication, watch, .. }: Again, of: u64, simulated: &Outcome) -> Error {
    let what = match watch {
        Watch::Pc(number) => format!("PC {number}"),
        Watch::Organisation(number) => format!("organisation {number}"),
        Watch::Nothing | Watch::Digests => "what is to be watched".to_owned(),
    };
    let some: Vec<String> = simulated.digests.iter().take(NAMED).map(|(number, _)| number.to_string()).collect();
    Error::NotSimulated { what, of, replication, organisations: some.join(", ") }
}
