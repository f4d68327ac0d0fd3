//! What an experiment will cost, before it runs.

use std::num::NonZeroUsize;
use std::time::Instant;

use bugcheck_sim::Plan;
use bugcheck_sim::engine::{Cost, Run, cost};

use crate::Error;
use crate::plans::{CarryOut, Plans, dice};
use crate::run::pool;
use crate::stopping::looks;

/// Arms that are timed, at most, spread over the experiment.
const TIMED_ARMS: usize = 4;
/// Seconds that timing one arm should take: long enough for the clock, short enough to wait for.
const TIMED_SECONDS: f64 = 0.25;

/// What an experiment will cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Arms.
    pub arms: usize,
    /// Replications of each arm, at least: those up to the first look.
    pub replications: u32,
    /// Replications of each arm, at most.
    pub replications_at_most: u32,
    /// PCs simulated in one replication of one arm, on average.
    pub pcs: u64,
    /// Organisations simulated in one replication of one arm, on average.
    pub organisations: u64,
    /// Events in all arms and replications up to the first look.
    pub events: f64,
    /// Seconds of one core of this machine, for the same.
    pub core_seconds: f64,
}

impl Prediction {
    /// Seconds that it takes on this many threads of this machine, for the replications up to the first look.
    pub fn seconds_on(&self, threads: NonZeroUsize) -> f64 {
        self.core_seconds / threads.get() as f64
    }

    /// The same if it goes on to the last look.
    pub fn seconds_at_most_on(&self, threads: NonZeroUsize) -> f64 {
        self.seconds_on(threads) * f64::from(self.replications_at_most) / f64::from(self.replications.max(1))
    }
}

/// Predicts the cost of an experiment: the simulator's own estimate for each arm, scaled by how long a small part of the
/// fleet takes on this machine (about a second in all).
///
/// # Errors
/// If the part cannot be simulated.
pub fn predict(scenario: &dyn Plans) -> Result<Prediction, Error> {
    predict_with(scenario, &cost, &bugcheck_sim::simulate)
}

/// The same with another simulator and its own estimate of costs.
///
/// # Errors
/// As [`predict()`].
pub fn predict_with(
    scenario: &dyn Plans,
    cost: &dyn Fn(&Plan, bugcheck_sim::Dice) -> Cost,
    simulate: &CarryOut,
) -> Result<Prediction, Error> {
    let experiment = scenario.experiment();
    let (arms, looks) = (experiment.arms.len(), looks(&experiment.replications));
    let costs: Vec<Cost> = (0..arms).map(|arm| cost(&scenario.plan(arm, 0), dice(experiment, 0))).collect();
    let mut scale = Scale::default();
    for index in 0..arms.min(TIMED_ARMS) {
        let arm = index * arms / arms.min(TIMED_ARMS);
        scale.time(scenario, arm, cost, simulate)?;
    }
    let replications = f64::from(looks[0]);
    Ok(Prediction {
        arms,
        replications: looks[0],
        replications_at_most: looks[looks.len() - 1],
        pcs: costs.iter().map(|c| c.pcs).sum::<u64>() / arms.max(1) as u64,
        organisations: costs.iter().map(|c| c.organisations).sum::<u64>() / arms.max(1) as u64,
        events: costs.iter().map(|c| c.events).sum::<f64>() * replications,
        core_seconds: scale.factor() * costs.iter().map(|c| c.core_seconds).sum::<f64>() * replications,
    })
}

/// How much slower this machine is than the one that the simulator's estimate was measured on.
#[derive(Default)]
struct Scale {
    predicted: f64,
    taken: f64,
}

impl Scale {
    /// Times one replication of an arm, on one thread, on a part of its organisations small enough.
    fn time(
        &mut self,
        scenario: &dyn Plans,
        arm: usize,
        cost: &dyn Fn(&Plan, bugcheck_sim::Dice) -> Cost,
        simulate: &CarryOut,
    ) -> Result<(), Error> {
        let experiment = scenario.experiment();
        let dice = dice(experiment, 0);
        let mut plan = scenario.plan(arm, 0);
        let whole = cost(&plan, dice).core_seconds;
        // 1 in so many that it takes about as long as it should.
        let thinner = (whole / TIMED_SECONDS).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
        plan.sample.one_in = plan.sample.one_in.saturating_mul(thinner);
        self.predicted += cost(&plan, dice).core_seconds;
        let alone = pool(Some(NonZeroUsize::MIN))?;
        let start = Instant::now();
        alone.install(|| simulate(&plan, dice, &Run::default())).map_err(|source| Error::Simulation {
            arm: experiment.arms[arm].name.clone(),
            replication: 0,
            source,
        })?;
        self.taken += start.elapsed().as_secs_f64();
        Ok(())
    }

    /// 1 where there is nothing to compare.
    fn factor(&self) -> f64 {
        if self.predicted > 0.0 { self.taken / self.predicted } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{Fake, outcome};

    #[test]
    fn the_prediction_is_scaled_by_what_this_machine_takes() {
        let fake = Fake::new(3, 10);
        // Says 40 ms a replication for the whole fleet, takes 20.
        let cost = |plan: &Plan, _| Cost {
            pcs: plan.fleet.pcs,
            organisations: 7,
            events: 1000.0,
            core_seconds: 0.04 / f64::from(plan.sample.one_in),
        };
        let simulate = |plan: &Plan, dice, _: &Run| {
            std::thread::sleep(Duration::from_secs_f64(0.02 / f64::from(plan.sample.one_in)));
            Ok(outcome(plan, dice))
        };
        let prediction = predict_with(&fake, &cost, &simulate).unwrap();
        assert_eq!((prediction.arms, prediction.replications, prediction.organisations), (3, 10, 7));
        assert!((prediction.events - 30_000.0).abs() < 1e-9);
        let one = prediction.seconds_on(NonZeroUsize::MIN);
        assert!((0.6..1.2).contains(&one), "30 replications of 20 ms: {one} s");
        assert!((prediction.seconds_on(NonZeroUsize::new(2).unwrap()) - one / 2.0).abs() < 1e-12);
    }

    #[test]
    fn large_fleets_are_timed_in_part() {
        let fake = Fake::new(1, 10);
        let cost = |plan: &Plan, _| Cost {
            pcs: 1,
            organisations: 1,
            events: 1.0,
            core_seconds: 1000.0 / f64::from(plan.sample.one_in),
        };
        let simulate = |plan: &Plan, dice, _: &Run| {
            assert!(plan.sample.one_in >= 4000, "1 in {}", plan.sample.one_in);
            Ok(outcome(plan, dice))
        };
        predict_with(&fake, &cost, &simulate).unwrap();
    }
}
