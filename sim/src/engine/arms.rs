//! Several arms on the same dice: sweep over the fleet, let each vendor decide, and so on until all is decided.
//!
//! Before a vendor decides something, only what it sees up to then matters. So a sweep first looks no further than to
//! the next decision that may be due, and counts nothing else; the whole horizon is swept when no decision is left.

use crate::engine::model::Model;
use crate::engine::sweep::{Swept, sweep};
use crate::engine::take::{Course, Scope};
use crate::engine::{Error, InArm, Outcome, Run, Watch};
use crate::fleet::population::Population;
use crate::measure::tally::{Tally, pcs};
use crate::measure::{Measure, Measured, Reading, Record, Segment, StepUse};
use crate::rollout::cloud::{Cloud, Decision};
use crate::rollout::timeline::Timeline;
use crate::time::{HOUR, NEVER};

/// An arm on its way.
struct Arm<'a> {
    model: &'a Model<'a>,
    cloud: Cloud<'a>,
    timeline: Timeline,
    /// Up to when it was looked already.
    looked: crate::time::Millis,
    events: u64,
    outcome: Option<Outcome>,
}

/// Carries out arms on the same dice.
pub(crate) fn carry_out(models: &[Model<'_>], run: &Run) -> Result<Vec<Outcome>, InArm> {
    let mut arms: Vec<Arm<'_>> = models.iter().map(Arm::new).collect();
    let mut left: Vec<usize> = (0..arms.len()).collect();
    // Arms with different fleets have nothing in common.
    while let Some(&first) = left.first() {
        let (same, others): (Vec<usize>, Vec<usize>) =
            left.into_iter().partition(|&arm| models[arm].has_past_of(&models[first]));
        left = others;
        let model = &models[first];
        let population = Population::draw(&model.plan.fleet, model.plan.sample, model.who);
        watched(&population, run.watch).map_err(|source| InArm { arm: first, source })?;
        together(&mut arms, same, &population, run);
    }
    Ok(arms.into_iter().filter_map(|arm| arm.outcome).collect())
}

/// Whether what is to be watched is there.
fn watched(population: &Population<'_>, watch: Watch) -> Result<(), Error> {
    let (found, what, of) = match watch {
        Watch::Nothing | Watch::Digests => return Ok(()),
        Watch::Organisation(number) => {
            (population.numbered(number), "this organisation".to_owned(), population.simulated)
        }
        Watch::Pc(pc) => (population.of_pc(pc), format!("PC {pc}"), population.pcs_simulated),
    };
    found.map(|_| ()).ok_or(Error::NotSimulated(what, of))
}

/// Carries out arms of one fleet.
fn together(arms: &mut [Arm<'_>], mut open: Vec<usize>, population: &Population<'_>, run: &Run) {
    while !open.is_empty() {
        let courses: Vec<Course<'_>> = open.iter().map(|&arm| arms[arm].course()).collect();
        let every: Vec<_> = open.iter().map(|&arm| arms[arm].cloud.every()).collect();
        let swept = sweep(&courses, &every, population, run);
        for (&arm, swept) in open.iter().zip(swept) {
            arms[arm].decide(swept, population);
        }
        open.retain(|&arm| arms[arm].outcome.is_none());
    }
}

impl<'a> Arm<'a> {
    fn new(model: &'a Model<'a>) -> Arm<'a> {
        let cloud = model.cloud(0);
        let timeline = cloud.begin(model.at);
        Arm { model, looked: timeline.release, timeline, cloud, events: 0, outcome: None }
    }

    /// How far the next sweep goes.
    fn course(&self) -> Course<'_> {
        let (model, timeline) = (self.model, &self.timeline);
        match self.cloud.looks_to(timeline, self.looked) {
            Some(horizon) => Course { model, timeline, horizon, scope: Scope::Seen },
            None => Course { model, timeline, horizon: model.horizon, scope: Scope::Everything },
        }
    }

    /// Takes the next decision, or ends.
    fn decide(&mut self, swept: Swept, population: &Population<'_>) {
        self.events += swept.tally.events;
        let Course { scope, horizon, .. } = self.course();
        let until = if scope == Scope::Everything { NEVER } else { horizon };
        let made =
            self.cloud.every().is_some() && self.cloud.decide(&swept.seen, &mut self.timeline, until) == Decision::Made;
        if scope == Scope::Seen {
            self.looked = horizon;
        } else if !made {
            let record = self.record(population, &swept);
            self.outcome = Some(Outcome { record, digests: swept.digests, trace: swept.trace });
        }
    }

    /// The results of the last sweep.
    fn record(&self, population: &Population<'_>, swept: &Swept) -> Record {
        let (model, timeline, tally) = (self.model, &self.timeline, &swept.tally);
        let mut hash = blake3::Hasher::new();
        tally.feed(&mut hash);
        for at in timeline.rings.iter().chain([&timeline.withdrawn, &timeline.fix, &timeline.detected]) {
            hash.update(&at.to_le_bytes());
        }
        let mut measured = tally.measured();
        let fleet = |measure, reading| Measured { segment: Segment::Fleet, measure, reading };
        measured.push(fleet(
            Measure::DetectionDelay,
            if timeline.detected < NEVER {
                Reading::Value((timeline.detected - timeline.release) as f64 / HOUR as f64)
            } else if model.fault.is_some() {
                Reading::NotWithinHorizon
            } else {
                Reading::Nothing
            },
        ));
        let after: i64 = swept.seen.first.map_or(0, |first| {
            let (_, counts) = tally.fleet();
            counts.hit.iter().skip(tally.bin(first) + 1).sum()
        });
        measured.push(fleet(Measure::PcsHitAfterFirstSignal, Reading::Value(pcs(after as u64))));
        let halts = if model.fault.is_none() { timeline.halts } else { 0 };
        measured.push(fleet(Measure::FalseHalts, Reading::Value(f64::from(halts))));
        let mut cloud = timeline.events.clone();
        cloud.sort_by_key(|event| event.at);
        Record {
            digest: hash.finalize().to_hex().to_string(),
            pcs: model.plan.fleet.pcs,
            pcs_simulated: population.pcs_simulated,
            organisations: population.total,
            organisations_simulated: population.simulated,
            events: self.events,
            measured,
            curves: tally.curves(),
            steps: steps(model, tally),
            cloud,
        }
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
