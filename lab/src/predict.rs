//! What an experiment will cost, before it runs.

use std::num::NonZeroUsize;
use std::time::Instant;

use bugcheck_scenarios::Experiment;
use bugcheck_scenarios::experiment::Drawn;
use bugcheck_sim::engine::{self, Cost, Run};
use bugcheck_sim::{Dice, Plan};

use crate::Error;
use crate::plans::{CarryOut, Plans, carry_out, dice};
use crate::run::{arms_together, pool};
use crate::stopping::looks;

/// Arms whose size is asked for, at most, spread over the experiment: they differ in what becomes of the PCs that are
/// hit. And so many pieces of work, at most, that are timed.
const ASKED: usize = 24;
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

/// Predicts the cost of an experiment: a small part of the fleet is simulated, with the arms together as the experiment
/// carries them out, and timed (a few seconds in all), and scaled up by the PCs of the whole.
///
/// # Errors
/// If the part cannot be simulated.
pub fn predict(scenario: &dyn Plans) -> Result<Prediction, Error> {
    predict_with(scenario, &engine::cost, &bugcheck_sim::simulate_arms)
}

/// The same with another simulator and its own estimate.
///
/// # Errors
/// As [`predict()`].
pub fn predict_with(scenario: &dyn Plans, cost: &EstimateCost, simulate: &CarryOut) -> Result<Prediction, Error> {
    let experiment = scenario.experiment();
    let looks = looks(&experiment.replications);
    let arms: Vec<usize> = (0..experiment.arms.len()).collect();
    let pieces: Vec<&[usize]> = arms.chunks(arms_together(experiment)).collect();
    let pieces = spread(&pieces, ASKED);
    let share = pieces.len().max(1);
    let clock = Clock { scenario, cost, simulate, asked: ASKED / share, enough: TIMED_SECONDS / share as f64 };
    let timed = pieces.iter().map(|arms| clock.time(arms)).collect::<Result<Vec<_>, Error>>()?;
    let of_arms = pieces.iter().map(|arms| arms.len()).sum::<usize>().max(1) as f64;
    let mean = |of: &dyn Fn(&Piece) -> f64| timed.iter().map(of).sum::<f64>() / of_arms;
    let replications = f64::from(looks[0]) * arms.len() as f64;
    Ok(Prediction {
        arms: arms.len(),
        replications: looks[0],
        replications_at_most: looks[looks.len() - 1],
        pcs: mean(&|piece| piece.cost.pcs as f64).round() as u64,
        organisations: mean(&|piece| piece.cost.organisations as f64).round() as u64,
        events: mean(&|piece| piece.events) * replications,
        core_seconds: mean(&|piece| piece.seconds) * replications,
    })
}

/// All, or so many of them, evenly spread.
fn spread<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    let few = all.len().min(most);
    (0..few).map(|index| all[index * all.len() / few]).collect()
}

/// What a replication of some arms costs, carried out together; sums over the arms.
struct Piece {
    cost: Cost,
    events: f64,
    seconds: f64,
}

/// Times arms.
struct Clock<'a> {
    scenario: &'a dyn Plans,
    cost: &'a EstimateCost<'a>,
    simulate: &'a CarryOut<'a>,
    /// Arms of a piece whose size is asked for, at most.
    asked: usize,
    /// Seconds after which a time is long enough to be scaled up.
    enough: f64,
}

impl Clock<'_> {
    /// Times ever larger parts of the organisations on one thread, until one takes long enough or is the whole.
    fn time(&self, arms: &[usize]) -> Result<Piece, Error> {
        let whole = self.cost(self.scenario, arms)?;
        let alone = pool(Some(NonZeroUsize::MIN))?;
        let mut thinner = (whole.pcs / arms.len() as u64 / FIRST_PCS).clamp(1, u64::from(u32::MAX)) as u32;
        loop {
            let part = Part { of: self.scenario, thinner };
            let cost = self.cost(&part, arms)?;
            let start = Instant::now();
            let outcomes = alone.install(|| carry_out(&part, arms, 0, &Run::default(), self.simulate))?;
            let seconds = start.elapsed().as_secs_f64();
            if thinner == 1 || (seconds >= self.enough && cost.pcs > 0) {
                let scale = load(whole) / load(cost).max(1.0);
                let events = outcomes.iter().map(|outcome| outcome.record.events as f64).sum::<f64>() * scale;
                return Ok(Piece { cost: whole, events, seconds: seconds * scale });
            }
            thinner = (thinner / LARGER).max(1);
        }
    }

    /// The simulator's estimates of all these arms added up, the sum taken from some of them where they are many.
    fn cost(&self, scenario: &dyn Plans, arms: &[usize]) -> Result<Cost, Error> {
        let experiment = scenario.experiment();
        let asked = spread(arms, self.asked);
        let mut sum = Cost { pcs: 0, organisations: 0, pcs_hit: 0.0 };
        for &arm in &asked {
            let cost = (self.cost)(&scenario.plan(arm, 0), dice(experiment, 0)).map_err(|source| {
                Error::Simulation { arm: experiment.arms[arm].name.clone(), replication: 0, source }
            })?;
            sum.pcs += cost.pcs;
            sum.organisations += cost.organisations;
            sum.pcs_hit += cost.pcs_hit;
        }
        let all = |of_asked: u64| of_asked * arms.len() as u64 / asked.len() as u64;
        let pcs_hit = sum.pcs_hit * arms.len() as f64 / asked.len() as f64;
        Ok(Cost { pcs: all(sum.pcs), organisations: all(sum.organisations), pcs_hit })
    }
}

/// A scenario with fewer organisations.
struct Part<'a> {
    of: &'a dyn Plans,
    /// 1 in this many of those that would be simulated.
    thinner: u32,
}

impl Plans for Part<'_> {
    fn experiment(&self) -> &Experiment {
        self.of.experiment()
    }

    fn plan(&self, arm: usize, replication: u32) -> Plan {
        let mut plan = self.of.plan(arm, replication);
        plan.sample.one_in = plan.sample.one_in.saturating_mul(self.thinner);
        plan
    }

    fn drawn(&self, arm: usize, replication: u32) -> Vec<Drawn> {
        self.of.drawn(arm, replication)
    }

    fn lock(&self) -> &str {
        self.of.lock()
    }
}

/// The cost of a replication, in PCs that are not hit.
fn load(cost: Cost) -> f64 {
    cost.pcs as f64 + HIT * cost.pcs_hit
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::testing::{Fake, outcome, outcomes};

    /// A fleet of this many PCs of which a tenth is hit.
    fn fleet(pcs: u64) -> impl Fn(&Plan, Dice) -> Result<Cost, engine::Error> {
        move |plan, _| {
            let pcs = pcs / u64::from(plan.sample.one_in);
            Ok(Cost { pcs, organisations: pcs / 100, pcs_hit: pcs as f64 / 10.0 })
        }
    }

    #[test]
    fn the_time_of_a_part_is_scaled_up() {
        // A million PCs in each of ten arms, at half a microsecond, would take five seconds; the whole may not be run.
        let simulate = |plans: &[Plan], dice, _: &Run| {
            let one_in = plans[0].sample.one_in;
            assert!(one_in > 1);
            assert_eq!(plans.len(), 10, "the arms are timed together");
            std::thread::sleep(Duration::from_secs_f64(5.0 / f64::from(one_in)));
            let with_events = |plan| {
                let mut outcome = outcome(plan, dice);
                outcome.record.events = 2_000_000 / u64::from(one_in);
                outcome
            };
            Ok(plans.iter().map(with_events).collect())
        };
        let prediction = predict_with(&Fake::new(10, 30), &fleet(1_000_000), &simulate).unwrap();
        assert_eq!((prediction.arms, prediction.replications), (10, 30));
        assert_eq!((prediction.pcs, prediction.organisations), (1_000_000, 10_000));
        assert!((prediction.events / 600e6 - 1.0).abs() < 0.01, "300 replications: {prediction:?}");
        let one = prediction.seconds_on(NonZeroUsize::MIN);
        assert!((140.0..250.0).contains(&one), "30 replications of five seconds: {one} s");
        assert!((prediction.seconds_on(NonZeroUsize::new(2).unwrap()) - one / 2.0).abs() < 1e-9);
    }

    #[test]
    fn small_fleets_are_timed_whole() {
        let simulate = |plans: &[Plan], dice, _: &Run| {
            assert!(plans.iter().all(|plan| plan.sample.one_in == 1));
            Ok(outcomes(plans, dice))
        };
        let fake = Fake::new(2, 1).until(60, 240, 0.03);
        let prediction = predict_with(&fake, &fleet(500), &simulate).unwrap();
        assert!((prediction.events - 42.0 * 120.0).abs() < 1e-9);
        let (least, most) =
            (prediction.seconds_on(NonZeroUsize::MIN), prediction.seconds_at_most_on(NonZeroUsize::MIN));
        assert!((most / least - 4.0).abs() < 1e-9);
    }

    #[test]
    fn arms_of_a_fleet_that_is_too_large_to_carry_them_out_together_are_timed_alone() {
        let mut fake = Fake::new(40, 30);
        fake.experiment.pcs = 1_400_000_000;
        let timed = AtomicUsize::new(0);
        let simulate = |plans: &[Plan], dice, _: &Run| {
            assert_eq!(plans.len(), 1);
            timed.fetch_add(1, Ordering::SeqCst);
            Ok(outcomes(plans, dice))
        };
        let prediction = predict_with(&fake, &fleet(500), &simulate).unwrap();
        assert_eq!(timed.into_inner(), ASKED, "so many of the forty");
        assert_eq!((prediction.arms, prediction.pcs), (40, 500));
        assert!((prediction.events - 42.0 * 40.0 * 30.0).abs() < 1e-6, "all arms count: {prediction:?}");
    }
}
