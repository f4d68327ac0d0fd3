//! The engine: carries out a plan.
//!
//! Organisations touch each other only through the vendor's cloud. So each is simulated alone over the whole horizon,
//! all of them in parallel, under the vendor's timeline as far as it is known; the cloud folds what they send and takes
//! its next decision; and so on until nothing more is decided (see [`crate::rollout::cloud`]). All counts are integers,
//! so that the result is the same, byte for byte, on any number of threads.

mod case;
mod crew;
mod log;
mod model;
mod organisation;

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::draw::Key;
use crate::engine::log::Log;
use crate::engine::model::Model;
use crate::engine::organisation::Carrier;
use crate::fleet::population::{Organisation, Population};
use crate::measure::Record;
use crate::measure::tally::{Tally, pcs};
use crate::measure::{Measure, Measured, Reading, Segment, StepUse};
use crate::plan::{Dice, Plan};
use crate::rollout::cloud::{Cloud, Decision};
use crate::rollout::signals::Seen;
use crate::rollout::timeline::Timeline;
use crate::time::{HOUR, Millis, NEVER};

/// How a replication is carried out; nothing here changes its result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Shuffles the order in which organisations, PCs and events of equal time are put into queues, by this seed. A
    /// result that changes with it hangs on an order that it should not hang on.
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
pub fn simulate(plan: &Plan, dice: Dice, run: &Run) -> Result<Outcome, Error> {
    let model = Model::new(plan, dice)?;
    let population = Population::draw(&plan.fleet, plan.sample, model.who);
    let watched = watched(&population, run.watch)?;
    let cloud = Cloud::new(model.release, &plan.signals, model.horizon, model.what);
    let mut timeline = cloud.begin();
    let mut events = 0;
    loop {
        let pass = pass(&model, &timeline, &cloud, &population, watched, run);
        events += pass.tally.events;
        let more = cloud.every().is_some() && cloud.decide(&pass.seen, &mut timeline) == Decision::Made;
        if !more {
            let record = record(&model, &population, &timeline, &pass, events);
            return Ok(Outcome { record, digests: pass.digests, trace: pass.trace });
        }
    }
}

/// Carries out one replication of several arms on the same dice, in order. Each outcome is what [`simulate`] gives for
/// that arm alone; what arms have in common is computed once.
///
/// # Errors
/// If a plan breaks a rule: which arm's, and which rule.
pub fn simulate_arms(plans: &[Plan], dice: Dice, run: &Run) -> Result<Vec<Outcome>, InArm> {
    let one = |(arm, plan)| simulate(plan, dice, run).map_err(|source| InArm { arm, source });
    plans.iter().enumerate().map(one).collect()
}

/// What one pass over all organisations gave.
struct Pass {
    tally: Tally,
    seen: Seen,
    digests: Vec<(u64, u64)>,
    trace: Vec<Event>,
}

/// The organisations to simulate: all, or the one that is watched.
fn watched(population: &Population, watch: Watch) -> Result<Option<u64>, Error> {
    let found = match watch {
        Watch::Nothing | Watch::Digests => return Ok(None),
        Watch::Organisation(number) => population.organisations.iter().find(|o| o.number == number),
        Watch::Pc(pc) => {
            let holds = |o: &&Organisation| (o.first_pc..o.first_pc + u64::from(o.pcs)).contains(&pc);
            population.organisations.iter().find(holds)
        }
    };
    match (found, watch) {
        (Some(organisation), _) => Ok(Some(organisation.number)),
        (None, Watch::Pc(pc)) => Err(Error::NotSimulated(format!("PC {pc}"), population.pcs_simulated)),
        (None, _) => Err(Error::NotSimulated("this organisation".into(), population.organisations.len() as u64)),
    }
}

/// Organisations that one thread takes at a time: enough PCs to be worth the trip.
const CHUNK_PCS: u64 = 1 << 11;

fn pass(
    model: &Model<'_>,
    timeline: &Timeline,
    cloud: &Cloud<'_>,
    population: &Population,
    watched: Option<u64>,
    run: &Run,
) -> Pass {
    let chunks = chunks(&population.organisations, run.shuffle);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut carrier = Carrier::new(model, timeline, cloud.every(), Log::new(run.watch), run.shuffle);
        let (mut digests, mut trace) = (Vec::new(), Vec::new());
        while let Some(&(from, to)) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
            for organisation in &population.organisations[from..to] {
                carrier.carry_out(organisation);
                if run.watch == Watch::Digests {
                    digests.push((organisation.number, carrier.log.digest()));
                } else if watched == Some(organisation.number) {
                    let sector = &model.plan.fleet.sectors[usize::from(organisation.sector)];
                    let steps: Vec<String> = sector.playbook.iter().map(|s| s.name.clone()).collect();
                    let means: Vec<String> = sector.means.iter().map(|m| m.name.clone()).collect();
                    trace = carrier.log.events(organisation, &steps, &means);
                }
            }
        }
        Pass { tally: carrier.tally, seen: carrier.seen, digests, trace }
    };
    #[allow(clippy::disallowed_methods, reason = "how the work is cut; all that is counted are integers that add up")]
    let threads = rayon::current_num_threads().min(chunks.len()).max(1);
    let mut parts: Vec<Option<Pass>> = (0..threads).map(|_| None).collect();
    rayon::scope(|scope| {
        for part in &mut parts {
            scope.spawn(|_| *part = Some(work()));
        }
    });
    let mut parts = parts.into_iter().flatten();
    let mut whole = parts.next().expect("at least one thread worked");
    for part in parts {
        whole.tally.add(&part.tally);
        whole.seen.add(&part.seen);
        whole.digests.extend(part.digests);
        whole.trace.extend(part.trace);
    }
    whole.digests.sort_unstable();
    whole
}

/// Splits organisations into pieces of work.
fn chunks(organisations: &[Organisation], shuffle: Option<u64>) -> Vec<(usize, usize)> {
    let mut chunks = Vec::new();
    let (mut from, mut pcs) = (0, 0);
    for (i, organisation) in organisations.iter().enumerate() {
        pcs += u64::from(organisation.pcs);
        if pcs >= CHUNK_PCS || i + 1 == organisations.len() {
            chunks.push((from, i + 1));
            (from, pcs) = (i + 1, 0);
        }
    }
    // Large pieces first, so that no thread is left with one at the end.
    let size = |&(from, to): &(usize, usize)| organisations[from..to].iter().map(|o| u64::from(o.pcs)).sum::<u64>();
    chunks.sort_by_key(|chunk| std::cmp::Reverse(size(chunk)));
    if let Some(seed) = shuffle {
        chunks.sort_by_key(|&(from, _)| Key::new(seed, 0).block(from as u64, crate::draw::Purpose::Sampled, 0));
    }
    chunks
}

/// The results of the last pass.
fn record(model: &Model<'_>, population: &Population, timeline: &Timeline, pass: &Pass, events: u64) -> Record {
    let mut hash = blake3::Hasher::new();
    pass.tally.feed(&mut hash);
    for at in timeline.rings.iter().chain([&timeline.withdrawn, &timeline.fix, &timeline.detected]) {
        hash.update(&at.to_le_bytes());
    }
    let mut measured = pass.tally.measured();
    let fleet = |measure, reading| Measured { segment: Segment::Fleet, measure, reading };
    let release = timeline.release;
    measured.push(fleet(
        Measure::DetectionDelay,
        if timeline.detected < NEVER {
            Reading::Value((timeline.detected - release) as f64 / HOUR as f64)
        } else if model.fault.is_some() {
            Reading::NotWithinHorizon
        } else {
            Reading::Nothing
        },
    ));
    let after = pass.seen.first.map_or(0, |first| {
        let (_, counts) = pass.tally.fleet();
        counts.hit[(pass.tally.bin(first) + 1).min(counts.hit.len())..].iter().sum()
    });
    measured.push(fleet(Measure::PcsHitAfterFirstSignal, Reading::Value(pcs(after))));
    let halts = if model.fault.is_none() { timeline.halts } else { 0 };
    measured.push(fleet(Measure::FalseHalts, Reading::Value(f64::from(halts))));
    let mut cloud = timeline.events.clone();
    cloud.sort_by_key(|event| event.at);
    Record {
        digest: hash.finalize().to_hex().to_string(),
        pcs: model.plan.fleet.pcs,
        pcs_simulated: population.pcs_simulated,
        organisations: population.total,
        organisations_simulated: population.organisations.len() as u64,
        events,
        measured,
        curves: pass.tally.curves(),
        steps: steps(model, &pass.tally),
        cloud,
    }
}

/// What each step did, by name: playbooks of several sectors may have the same step.
fn steps(model: &Model<'_>, tally: &Tally) -> Vec<StepUse> {
    let mut steps: Vec<StepUse> = Vec::new();
    for (sector, used) in model.plan.fleet.sectors.iter().zip(&tally.steps) {
        for (step, used) in sector.playbook.iter().zip(used) {
            let (attempts, repairs) = (pcs(used.attempts), pcs(used.repairs));
            if let Some(known) = steps.iter_mut().find(|s| s.step == step.name) {
                known.attempts += attempts;
                known.repairs += repairs;
            } else {
                steps.push(StepUse { step: step.name.clone(), attempts, repairs });
            }
        }
    }
    steps
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
    let model = Model::new(plan, dice)?;
    let population = Population::draw(&plan.fleet, plan.sample, model.who);
    let cloud = Cloud::new(model.release, &plan.signals, model.horizon, model.what);
    let timeline = cloud.begin();
    let step = (population.pcs_simulated / LOOK_AT).max(1);
    let mut carrier = Carrier::new(&model, &timeline, cloud.every(), Log::new(Watch::Nothing), None);
    let (mut looked_at, mut passed) = (0, 0);
    for organisation in &population.organisations {
        // Every step-th PC, whole organisations at most of this size: a part of a larger one is as good here.
        passed += u64::from(organisation.pcs);
        let wanted = (passed / step).saturating_sub(looked_at).min(u64::from(organisation.pcs));
        if wanted > 0 {
            carrier.carry_out(&Organisation { pcs: wanted as u32, ..*organisation });
            looked_at += wanted;
        }
    }
    let (sums, _) = carrier.tally.fleet();
    let share = sums.hit as f64 / population_weight(&population, looked_at);
    Ok(Cost {
        pcs: population.pcs_simulated,
        organisations: population.organisations.len() as u64,
        pcs_hit: share.min(1.0) * population.pcs_simulated as f64,
    })
}

/// The weight that so many PCs of a population have on average.
fn population_weight(population: &Population, pcs: u64) -> f64 {
    let all: f64 = population.organisations.iter().map(|o| o.weight as f64 * f64::from(o.pcs)).sum();
    (all / population.pcs_simulated.max(1) as f64 * pcs as f64).max(1.0)
}
