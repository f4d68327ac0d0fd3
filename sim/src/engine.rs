//! The engine: carries out a plan.

use crate::measure::Record;
use crate::plan::{Dice, Plan};
use crate::time::Millis;

/// How a replication is carried out; nothing here changes its result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Shuffles the order in which organisations, PCs and events of equal time are put into queues, by this seed. A result
    /// that changes with it hangs on an order that it should not hang on.
    pub shuffle: Option<u64>,
    /// What to write down on the way.
    pub watch: Watch,
}

/// What is written down on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watch {
    /// Nothing.
    #[default]
    Nothing,
    /// The digest of every simulated organisation's events.
    Digests,
    /// All events of one organisation.
    Organisation(u64),
    /// All events of one PC.
    Pc(u64),
}

/// What a replication gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The results.
    pub record: Record,
    /// With [`Watch::Digests`]: the number of each simulated organisation and the digest of its events, ascending.
    pub digests: Vec<(u64, u64)>,
    /// With [`Watch::Organisation`] or [`Watch::Pc`]: the events in the order of time.
    pub trace: Vec<Event>,
}

/// Something that happened, as `replay` and `verify` show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, from the scenario's start.
    pub at: Millis,
    /// The organisation.
    pub organisation: u64,
    /// The PC, counted through the whole fleet from 0; `None` for what happens to the organisation.
    pub pc: Option<u64>,
    /// What, in words, such as `crashes: invalid memory access in the kernel`.
    pub what: String,
}

/// A plan that cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Breaks a rule that the types do not hold.
    #[error("{0}")]
    Plan(String),
    /// The PC or organisation to be watched is not in the fleet, or not in the sample.
    #[error("{0} is not among the {1} simulated")]
    NotSimulated(String, u64),
}

/// Carries out one replication on the threads of the current rayon pool.
///
/// # Errors
/// If the plan breaks a rule (see [`Error`]). Scenarios that were checked never do.
pub fn simulate(plan: &Plan, dice: Dice, run: &Run) -> Result<Outcome, Error> {
    let _ = (plan, dice, run);
    Err(Error::Plan("the engine is not written yet".into()))
}

/// What a replication will cost, before it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// PCs that are simulated.
    pub pcs: u64,
    /// Organisations that are simulated.
    pub organisations: u64,
    /// Events that are expected.
    pub events: f64,
    /// Seconds of one core on the machine that was measured when this was written; `plan` scales it by a short
    /// measurement on the machine at hand.
    pub core_seconds: f64,
}

/// Predicts the cost of one replication.
pub fn cost(plan: &Plan, dice: Dice) -> Cost {
    let _ = dice;
    Cost { pcs: plan.fleet.pcs, organisations: 0, events: 0.0, core_seconds: 0.0 }
}
