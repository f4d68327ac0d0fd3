//! Several arms on the same dice: sweep over the fleet, let each vendor decide, and so on until all is decided.
//!
//! Before a vendor decides something, only what it sees up to then matters. So a sweep first looks no further than to
//! the next decision that may be due, and counts nothing else; the whole horizon is swept when no decision is left.

use crate::engine::model::{Model, ReleaseModel, published};
use crate::engine::sweep::{Swept, sweep};
use crate::engine::take::{Course, Scope};
use crate::engine::{Error, InArm, Outcome, Run, Watch};
use crate::fleet::population::Population;
use crate::measure::tally::{Tally, pcs};
use crate::measure::{CloudEvent, Measure, Measured, Reading, Record, Segment, StepUse};
use crate::rollout::Published;
use crate::rollout::cloud::{Cloud, Decision};
use crate::rollout::timeline::Timeline;
use crate::time::{HOUR, Millis, NEVER};

/// An arm on its way.
struct Arm<'a> {
    model: &'a Model<'a>,
    /// By release.
    clouds: Vec<Cloud<'a>>,
    /// By release.
    timelines: Vec<Timeline>,
    /// Up to when it was looked already.
    looked: Millis,
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
        check_watched(&population, run.watch).map_err(|source| InArm { arm: first, source })?;
        together(&mut arms, same, &population, run)?;
    }
    Ok(arms.into_iter().filter_map(|arm| arm.outcome).collect())
}

/// Checks that what is to be watched is there.
fn check_watched(population: &Population<'_>, watch: Watch) -> Result<(), Error> {
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
fn together(arms: &mut [Arm<'_>], mut open: Vec<usize>, population: &Population<'_>, run: &Run) -> Result<(), InArm> {
    while !open.is_empty() {
        let courses: Vec<Course<'_>> = open.iter().map(|&arm| arms[arm].course()).collect();
        let every: Vec<Vec<_>> = open.iter().map(|&arm| arms[arm].clouds.iter().map(Cloud::every).collect()).collect();
        let swept = sweep(&courses, &every, population, run);
        for (&arm, swept) in open.iter().zip(swept) {
            if swept.tally.stands_still {
                return Err(InArm { arm, source: Error::StandsStill });
            }
            arms[arm].decide(swept, population);
        }
        open.retain(|&arm| arms[arm].outcome.is_none());
    }
    Ok(())
}

impl<'a> Arm<'a> {
    fn new(model: &'a Model<'a>) -> Arm<'a> {
        let clouds: Vec<Cloud<'_>> = (0..model.releases.len()).map(|release| model.cloud(release)).collect();
        let timelines =
            clouds.iter().zip(&model.releases).map(|(cloud, r)| cloud.begin(published(r.release))).collect();
        let mut arm = Arm { model, looked: 0, timelines, clouds, events: 0, outcome: None };
        arm.looked = arm.timelines.iter().map(|timeline| timeline.release).min().unwrap_or(0);
        arm.publish_followers();
        arm
    }

    /// Releases that follow others come out as soon as is known when.
    fn publish_followers(&mut self) {
        for (follower, model) in self.model.releases.iter().enumerate() {
            let Published::After { release, moment, delay } = model.release.published else { continue };
            let at = (self.timelines[release].moment(moment) + delay).min(NEVER);
            if at != self.timelines[follower].release {
                self.timelines[follower] = self.clouds[follower].begin(at);
            }
        }
    }

    /// How far the next sweep goes.
    fn course(&self) -> Course<'_> {
        let (model, timelines) = (self.model, &self.timelines[..]);
        let looks_to =
            |(cloud, timeline): (&Cloud<'_>, &Timeline)| cloud.looks_to(timeline, self.looked.max(timeline.release));
        match self.clouds.iter().zip(timelines).filter_map(looks_to).min() {
            Some(horizon) => Course { model, timelines, horizon, scope: Scope::Seen },
            None => Course { model, timelines, horizon: model.horizon, scope: Scope::Everything },
        }
    }

    /// Takes the next decision, or ends.
    fn decide(&mut self, swept: Swept, population: &Population<'_>) {
        self.events += swept.tally.events;
        let Course { scope, horizon, .. } = self.course();
        let until = if scope == Scope::Everything { NEVER } else { horizon };
        let made = self.takes_first_decision(&swept, until);
        if scope == Scope::Seen {
            self.looked = horizon;
        } else if !made {
            let record = self.record(population, &swept);
            self.outcome = Some(Outcome { record, digests: swept.digests, trace: swept.trace });
        }
    }

    /// Takes the first decision that is due before an instant on any of the releases: what is seen of the others later
    /// may change with it. Returns whether there is one.
    fn takes_first_decision(&mut self, swept: &Swept, until: Millis) -> bool {
        let mut first: Option<(Millis, usize, Timeline)> = None;
        for (release, cloud) in self.clouds.iter().enumerate().filter(|(_, cloud)| cloud.every().is_some()) {
            let mut timeline = self.timelines[release].clone();
            if let Decision::Made(at) = cloud.decide(&swept.seen[release], &mut timeline, until)
                && first.as_ref().is_none_or(|first| at < first.0)
            {
                first = Some((at, release, timeline));
            }
        }
        let Some((_, release, timeline)) = first else { return false };
        self.timelines[release] = timeline;
        self.publish_followers();
        true
    }

    /// The results of the last sweep.
    fn record(&self, population: &Population<'_>, swept: &Swept) -> Record {
        let (model, timeline, tally) = (self.model, &self.timelines[0], &swept.tally);
        let mut hash = blake3::Hasher::new();
        tally.feed(&mut hash);
        for timeline in &self.timelines {
            for at in timeline.rings.iter().chain([&timeline.withdrawn, &timeline.fix, &timeline.detected]) {
                hash.update(&at.to_le_bytes());
            }
        }
        let mut measured = tally.measured();
        let fleet = |measure, reading| Measured { segment: Segment::Fleet, measure, reading };
        measured.push(fleet(
            Measure::DetectionDelay,
            if timeline.detected < model.horizon {
                Reading::Value((timeline.detected - timeline.release) as f64 / HOUR as f64)
            } else if model.first().fault.is_some() {
                Reading::NotWithinHorizon
            } else {
                Reading::Nothing
            },
        ));
        let after: i64 = swept.seen[0].first.map_or(0, |first| {
            let (_, counts) = tally.fleet();
            counts.hit.iter().skip(tally.bin(first) + 1).sum()
        });
        measured.push(fleet(Measure::PcsHitAfterFirstSignal, Reading::Value(pcs(after as u64))));
        let healthy = model.releases.iter().zip(&self.timelines).filter(|(release, _)| release.fault.is_none());
        let halts: u32 = healthy.map(|(_, timeline)| timeline.halts).sum();
        measured.push(fleet(Measure::FalseHalts, Reading::Value(f64::from(halts))));
        let mut cloud = self.cloud_events();
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

impl Arm<'_> {
    /// What vendors did; where there are several releases, with the name of the one that it is about.
    fn cloud_events(&self) -> Vec<CloudEvent> {
        let [only] = &self.timelines[..] else {
            let of = |(release, timeline): (&ReleaseModel<'_>, &Timeline)| {
                let name = release.release.name.clone();
                let named =
                    move |event: CloudEvent| CloudEvent { at: event.at, what: format!("{name}: {}", event.what) };
                timeline.events.clone().into_iter().map(named)
            };
            return self.model.releases.iter().zip(&self.timelines).flat_map(of).collect();
        };
        only.events.clone()
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
