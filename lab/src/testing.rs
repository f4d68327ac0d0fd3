//! Stand-ins for tests: a scenario and a simulator whose results are known.

use bugcheck_scenarios::Experiment;
use bugcheck_scenarios::experiment::{Arm, Drawn, Replications, Until};
use bugcheck_sim::draw::{Dist, Share};
use bugcheck_sim::engine::Outcome;
use bugcheck_sim::fleet::Fleet;
use bugcheck_sim::measure::{CloudEvent, Curve, CurveOf, MEASURES, Measure, Measured, Reading, Segment, StepUse};
use bugcheck_sim::plan::Sample;
use bugcheck_sim::rollout::Signals;
use bugcheck_sim::time::{Clock, DAY, HOUR};
use bugcheck_sim::{Dice, Plan, Record};

use crate::Plans;
use crate::results::Replication;

/// A scenario whose plan of arm `a` has 1000 + `a` PCs.
pub(crate) struct Fake {
    pub(crate) experiment: Experiment,
    lock: String,
}

impl Fake {
    /// With these many arms and replications.
    pub(crate) fn new(arms: usize, replications: u32) -> Fake {
        Fake::of(experiment(arms, replications))
    }

    fn of(experiment: Experiment) -> Fake {
        let lock = format!("name: {}\nreplications: {:?}\n", experiment.name, experiment.replications);
        Fake { experiment, lock }
    }

    /// With a precision of the mean to be reached, as a part of it.
    pub(crate) fn until(mut self, min: u32, max: u32, half_width: f64) -> Fake {
        let until = Until { measure: Measure::PcHoursLost, half_width, confidence: 0.95 };
        self.experiment.replications = Replications { min, max, until: Some(until) };
        Fake::of(self.experiment)
    }
}

impl Plans for Fake {
    fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    fn plan(&self, arm: usize, _: u32) -> Plan {
        Plan {
            clock: Clock { start_unix_ms: 0, horizon: 28 * DAY },
            fleet: Fleet { pcs: 1000 + arm as u64, regions: vec![], kinds: vec![], sectors: vec![], traits: vec![] },
            architectures: vec![],
            agents: vec![],
            releases: vec![],
            campaign: None,
            signals: Signals {
                heartbeat_timeout: HOUR,
                crash_report: Dist::Constant(0.0),
                agent_report: Dist::Constant(0.0),
                reporting: Share(1.0),
                noise_per_day: 0.0,
                calls: None,
            },
            sample: Sample { one_in: 1 },
        }
    }

    fn drawn(&self, arm: usize, replication: u32) -> Vec<Drawn> {
        vec![Drawn { path: format!("arm.{arm}"), value: f64::from(replication) }]
    }

    fn lock(&self) -> &str {
        &self.lock
    }
}

/// An experiment with these many arms and replications.
pub(crate) fn experiment(arms: usize, replications: u32) -> Experiment {
    Experiment {
        name: "fake".into(),
        question: "Does the lab keep its promises?".into(),
        factors: vec![],
        arms: (0..arms).map(|arm| Arm { name: format!("arm {arm}"), levels: vec![] }).collect(),
        baseline: 0,
        seed: 1,
        population_seed: 2,
        replications: Replications { min: replications, max: replications, until: None },
        one_in: 1,
        pcs: 1000,
        start_unix_ms: 0,
        horizon_ms: 28 * DAY,
        release_ms: HOUR,
        expectations: vec![],
        inputs: vec![],
        history: vec![],
    }
}

/// A record that follows from the arm (by the PCs of its plan) and the dice alone.
pub(crate) fn outcome(plan: &Plan, dice: Dice) -> Outcome {
    let (arm, day) = (plan.fleet.pcs - 1000, f64::from(dice.replication * 37 % 11));
    let mut measured = Vec::new();
    for segment in [Segment::Fleet, Segment::Region("europe, \"west\"".into())] {
        for (index, definition) in MEASURES.iter().enumerate() {
            let reading = match definition.measure {
                Measure::TimeTo90 if dice.replication.is_multiple_of(3) => Reading::NotWithinHorizon,
                Measure::DetectionDelay => Reading::Nothing,
                _ => Reading::Value(100.0 + day + 10.0 * arm as f64 + index as f64 / 3.0),
            };
            measured.push(Measured { segment: segment.clone(), measure: definition.measure, reading });
        }
    }
    let at: Vec<i64> = (0..24).map(|hour| hour * HOUR).collect();
    let values = at.iter().map(|&t| 900.0 * (1.0 + day) / (1.0 + (t / HOUR) as f64)).collect();
    let record = Record {
        digest: blake3::hash(format!("{arm} {dice:?}").as_bytes()).to_hex().to_string(),
        pcs: plan.fleet.pcs,
        pcs_simulated: plan.fleet.pcs,
        organisations: 3,
        organisations_simulated: 3,
        events: 42,
        measured,
        curves: vec![Curve { segment: Segment::Fleet, of: CurveOf::PcsDown, at, values }],
        steps: vec![StepUse { step: "by hand".into(), attempts: 3.0, repairs: 2.0 }],
        cloud: vec![CloudEvent { at: HOUR, what: "withdrawn".into() }],
    };
    Outcome { record, digests: vec![], trace: vec![] }
}

/// The outcomes of these plans.
pub(crate) fn outcomes(plans: &[Plan], dice: Dice) -> Vec<Outcome> {
    plans.iter().map(|plan| outcome(plan, dice)).collect()
}

/// A replication of arm 0.
pub(crate) fn replication(number: u32) -> Replication {
    let dice = Dice { population: 2, dynamics: 1, replication: number };
    let fake = Fake::new(1, 1);
    let record = outcome(&fake.plan(0, number), dice).record;
    Replication { number, inputs: fake.drawn(0, number), record }
}
