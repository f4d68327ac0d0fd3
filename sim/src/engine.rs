//! The engine: carries out a plan.
//!
//! Organisations touch each other only through the vendor's cloud. So each is simulated alone over the whole horizon,
//! all of them in parallel, under the vendor's timeline as far as it is known; the cloud folds what they send and takes
//! its next decision; and so on until nothing more is decided (see [`crate::rollout::cloud`]). All counts are integers,
//! so that the result is the same, byte for byte, on any number of threads.

mod agenda;
mod arms;
mod busy;
mod case;
mod cost;
mod crew;
mod duty;
mod large;
mod life;
mod line;
mod log;
mod model;
mod organisation;
mod past;
mod single;
mod strike;
mod sweep;
mod take;
mod users;
mod whole;

use crate::engine::arms::carry_out;
use crate::engine::log::Log;
use crate::engine::model::{Model, Tables, published};
use crate::engine::past::{Hashes, Needs, Past};
use crate::engine::strike::Strike;
use crate::engine::take::{Course, Scope, Taken};
use crate::fleet::population::{Organisation, Population, WEIGHT_ONE};
use crate::measure::Record;
use crate::plan::{Dice, Plan};
use crate::time::Millis;

/// How a replication is carried out; nothing here changes its result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Shuffles the order in which organisations, PCs and events of equal time are put into queues, by this seed. A
    /// result that changes with it hangs on an order that it should not hang on.
    pub shuffle: Option<u64>,
    /// What to write down on the way.
    pub watch: Watch,
    /// Takes each PC through its life one by one, event by event, also where a quicker way is known. What the quicker
    /// way is held against.
    pub one_by_one: bool,
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
    /// PCs go round without end at one instant.
    #[error(
        "time stands still: PCs fail again, or are worked on in vain, over and over at the same instant, as delivery, \
         starts and work take no time; give one of them a time"
    )]
    StandsStill,
    /// The PC or organisation to be watched is not in the fleet, or not in the sample.
    #[error("{0} is not among the {1} simulated")]
    NotSimulated(String, u64),
}

/// An arm that cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("arm {arm}: {source}")]
pub struct InArm {
    /// Its index among the plans.
    pub arm: usize,
    /// Why.
    pub source: Error,
}

/// Carries out one replication on the threads of the current rayon pool.
///
/// # Errors
/// If the plan breaks a rule (see [`Error`]). Scenarios that were checked never do.
///
/// # Panics
/// Never: one plan has one outcome.
pub fn simulate(plan: &Plan, dice: Dice, run: &Run) -> Result<Outcome, Error> {
    let mut outcomes = simulate_arms(std::slice::from_ref(plan), dice, run).map_err(|failed| failed.source)?;
    Ok(outcomes.pop().expect("one plan has one outcome"))
}

/// Carries out one replication of several arms on the same dice, in order. Each outcome is what [`simulate`] gives for
/// that arm alone; what arms have in common is computed once.
///
/// # Errors
/// If a plan breaks a rule: which arm's, and which rule.
pub fn simulate_arms(plans: &[Plan], dice: Dice, run: &Run) -> Result<Vec<Outcome>, InArm> {
    let mut tables = Tables::default();
    let mut models: Vec<Model<'_>> = plans
        .iter()
        .enumerate()
        .map(|(arm, plan)| Model::new(plan, dice, run.one_by_one, &mut tables).map_err(|source| InArm { arm, source }))
        .collect::<Result<_, _>>()?;
    let draws_starts = models.iter().any(Model::has_starts_to_draw);
    for model in &mut models {
        model.draws_starts = draws_starts;
    }
    carry_out(&models, run)
}

/// What a replication will cost, before it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// PCs that are simulated.
    pub pcs: u64,
    /// Organisations that are simulated.
    pub organisations: u64,
    /// PCs that are expected to be hit, from a sample of them.
    pub pcs_hit: f64,
}

/// PCs that [`cost`] looks at.
const LOOK_AT: u64 = 20_000;

/// Predicts the cost of one replication: PCs are cheap, PCs that are hit are not. Carries out a few small organisations
/// of the plan and counts what they meet.
///
/// # Errors
/// As [`simulate`].
pub fn cost(plan: &Plan, dice: Dice) -> Result<Cost, Error> {
    let model = Model::new(plan, dice, false, &mut Tables::default())?;
    let population = Population::draw(&plan.fleet, plan.sample, model.who);
    let timelines: Vec<_> = (0..model.releases.len())
        .map(|release| model.cloud(release).begin(published(&plan.releases[release])))
        .collect();
    let course = Course { model: &model, timelines: &timelines, horizon: model.horizon, scope: Scope::Everything };
    let mut strike = Strike::new(course, None, Log::new(Watch::Nothing));
    let (mut past, mut taken) = (Past::default(), Taken::default());
    let mut weight = 0;
    // Pieces evenly spread over the fleet.
    let every = population.pieces.len().div_ceil((LOOK_AT / population.pcs_per_piece()).max(1) as usize).max(1);
    for piece in population.pieces.iter().step_by(every) {
        population.organisations(piece, &mut past.organisations);
        let Some(&Organisation { first_pc, .. }) = past.organisations.first() else { continue };
        // Of one organisation that is a piece of its own, a part says enough.
        let part = if past.organisations.len() == 1 { first_pc..first_pc + LOOK_AT } else { 0..u64::MAX };
        weight += past.organisations.iter().map(|o| o.weight * o.pcs_within(&part)).sum::<u64>();
        let all: Option<&fn(&Organisation, usize) -> Hashes> = None;
        past.draw(&model, part, model.at, Needs::of(&std::iter::once(&model)), all);
        taken.find(course, &past);
        strike.carry_out(&past, &taken);
    }
    strike.tally.settle();
    let (sums, _) = strike.tally.fleet();
    let share = sums.hit as f64 / weight.max(WEIGHT_ONE) as f64;
    Ok(Cost {
        pcs: population.pcs_simulated,
        organisations: population.simulated,
        pcs_hit: share.min(1.0) * population.pcs_simulated as f64,
    })
}
