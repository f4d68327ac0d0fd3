//! What an experiment will cost, before it runs.

use std::num::NonZeroUsize;
use std::time::Instant;

use bugcheck_sim::engine::{self, Cost, Run};
use bugcheck_sim::{Dice, Plan};

use crate::Error;
use crate::plans::{CarryOut, Plans, dice};
use crate::run::pool;
use crate::stopping::looks;

/// Arms that are timed, at most, spread over the experiment: they differ in what becomes of the PCs that are hit.
const TIMED_ARMS: usize = 24;
/// Seconds after which all timing together should be done.
const TIMED_SECONDS: f64 = 1.0;
/// PCs of the first part of a fleet that is timed; it is enlarged until the time can be measured.
const FIRST_PCS: u64 = 20_000;
/// How much larger the next part is.
const LARGER: u32 = 4;
/// What a PC that is hit costs, in PCs that are not: an assumption, which matters little, because the part that is
/// timed has about as large a share of them as the whole.
const HIT: f64 = 20.0;

/// The simulator's own estimate, as [`engine::cost`] makes it.
pub type EstimateCost<'a> = dyn Fn(&Plan, Dice) -> Result<Cost, engine::Error> + 'a;

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

/// Predicts the cost of an experiment: a small part of the fleet of each arm is simulated and timed (a few seconds in
/// all), and scaled up by the PCs of the whole.
///
/// # Errors
/// If the part cannot be simulated.
pub fn predict(scenario: &dyn Plans) -> Result<Prediction, Error> {
    predict_with(scenario, &engine::cost, &bugcheck_sim::simulate)
}

/// The same with another simulator and its own estimate.
///
/// # Errors
/// As [`predict()`].
pub fn predict_with(scenario: &dyn Plans, cost: &EstimateCost, simulate: &CarryOut) -> Result<Prediction, Error> {
    let experiment = scenario.experiment();
    let (arms, looks) = (experiment.arms.len(), looks(&experiment.replications));
    let timed = arms.clamp(1, TIMED_ARMS);
    let clock = Clock { scenario, cost, simulate, enough: TIMED_SECONDS / timed as f64 };
    let of_arms = (0..timed).map(|index| clock.time(index * arms / timed)).collect::<Result<Vec<_>, Error>>()?;
    let mean = |of: &dyn Fn(&Replication) -> f64| of_arms.iter().map(of).sum::<f64>() / timed as f64;
    let replications = f64::from(looks[0]) * arms as f64;
    Ok(Prediction {
        arms,
        replications: looks[0],
        replications_at_most: looks[looks.len() - 1],
        pcs: mean(&|one| one.cost.pcs as f64).round() as u64,
        organisations: mean(&|one| one.cost.organisations as f64).round() as u64,
        events: mean(&|one| one.events) * replications,
        core_seconds: mean(&|one| one.seconds) * replications,
    })
}

/// What one replication of an arm costs.
struct Replication {
    cost: Cost,
    events: f64,
    seconds: f64,
}

/// Times arms.
struct Clock<'a> {
    scenario: &'a dyn Plans,
    cost: &'a EstimateCost<'a>,
    simulate: &'a CarryOut<'a>,
    /// Seconds after which a time is long enough to be scaled up.
    enough: f64,
}

impl Clock<'_> {
    /// Times ever larger parts of an arm's organisations on one thread, until one takes long enough or is the whole.
    fn time(&self, arm: usize) -> Result<Replication, Error> {
        let experiment = self.scenario.experiment();
        let dice = dice(experiment, 0);
        let named = |source| Error::Simulation { arm: experiment.arms[arm].name.clone(), replication: 0, source };
        let plan = self.scenario.plan(arm, 0);
        let whole = (self.cost)(&plan, dice).map_err(named)?;
        let alone = pool(Some(NonZeroUsize::MIN))?;
        let mut thinner = (whole.pcs / FIRST_PCS).clamp(1, u64::from(u32::MAX)) as u32;
        loop {
            let mut part = plan.clone();
            part.sample.one_in = part.sample.one_in.saturating_mul(thinner);
            let cost = (self.cost)(&part, dice).map_err(named)?;
            let start = Instant::now();
            let outcome = alone.install(|| (self.simulate)(&part, dice, &Run::default())).map_err(named)?;
            let seconds = start.elapsed().as_secs_f64();
            if thinner == 1 || (seconds >= self.enough && cost.pcs > 0) {
                let scale = load(whole) / load(cost).max(1.0);
                let events = outcome.record.events as f64 * scale;
                return Ok(Replication { cost: whole, events, seconds: seconds * scale });
            }
            thinner = (thinner / LARGER).max(1);
        }
    }
}

/// The cost of a replication, in PCs that are not hit.
fn load(cost: Cost) -> f64 {
    cost.pcs as f64 + HIT * cost.pcs_hit
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{Fake, outcome};

    /// A fleet of this many PCs of which a tenth is hit.
    fn fleet(pcs: u64) -> impl Fn(&Plan, Dice) -> Result<Cost, engine::Error> {
        move |plan, _| {
            let pcs = pcs / u64::from(plan.sample.one_in);
            Ok(Cost { pcs, organisations: pcs / 100, pcs_hit: pcs as f64 / 10.0 })
        }
    }

    #[test]
    fn the_time_of_a_part_is_scaled_up() {
        // A million PCs at half a microsecond each would take half a second; no part of the size may be run whole.
        let simulate = |plan: &Plan, dice, _: &Run| {
            assert!(plan.sample.one_in > 1);
            std::thread::sleep(Duration::from_secs_f64(0.5 / f64::from(plan.sample.one_in)));
            let mut outcome = outcome(plan, dice);
            outcome.record.events = 2_000_000 / u64::from(plan.sample.one_in);
            Ok(outcome)
        };
        let prediction = predict_with(&Fake::new(10, 30), &fleet(1_000_000), &simulate).unwrap();
        assert_eq!((prediction.arms, prediction.replications), (10, 30));
        assert_eq!((prediction.pcs, prediction.organisations), (1_000_000, 10_000));
        assert!((prediction.events / 600e6 - 1.0).abs() < 0.01, "300 replications: {prediction:?}");
        let one = prediction.seconds_on(NonZeroUsize::MIN);
        assert!((140.0..250.0).contains(&one), "300 replications of half a second: {one} s");
        assert!((prediction.seconds_on(NonZeroUsize::new(2).unwrap()) - one / 2.0).abs() < 1e-9);
    }

    #[test]
    fn small_fleets_are_timed_whole() {
        let simulate = |plan: &Plan, dice, _: &Run| {
            assert_eq!(plan.sample.one_in, 1);
            Ok(outcome(plan, dice))
        };
        let fake = Fake::new(2, 1).until(60, 240, 0.03);
        let prediction = predict_with(&fake, &fleet(500), &simulate).unwrap();
        assert!((prediction.events - 42.0 * 120.0).abs() < 1e-9);
        let (least, most) =
            (prediction.seconds_on(NonZeroUsize::MIN), prediction.seconds_at_most_on(NonZeroUsize::MIN));
        assert!((most / least - 4.0).abs() < 1e-9);
    }
}
