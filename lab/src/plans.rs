//! What an experiment asks of a scenario, and of the simulator.

use bugcheck_scenarios::experiment::Drawn;
use bugcheck_scenarios::{Experiment, Scenario};
use bugcheck_sim::engine::{InArm, Outcome, Run};
use bugcheck_sim::{Dice, Plan};

use crate::Error;

/// A checked scenario, as experiments need it.
pub trait Plans: Sync {
    /// What it means.
    fn experiment(&self) -> &Experiment;
    /// The plan of one arm (an index into [`Experiment::arms`]) in one replication, uncertain values drawn.
    fn plan(&self, arm: usize, replication: u32) -> Plan;
    /// The uncertain values that this plan drew.
    fn drawn(&self, arm: usize, replication: u32) -> Vec<Drawn>;
    /// The resolved scenario as text: whoever loads it gets the same experiment and the same plans.
    fn lock(&self) -> &str;
}

impl Plans for Scenario {
    fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    fn plan(&self, arm: usize, replication: u32) -> Plan {
        Scenario::plan(self, arm, replication)
    }

    fn drawn(&self, arm: usize, replication: u32) -> Vec<Drawn> {
        Scenario::drawn(self, arm, replication)
    }

    fn lock(&self) -> &str {
        Scenario::lock(self)
    }
}

/// The simulator, as experiments call it: [`bugcheck_sim::simulate_arms`], or a stand-in that a test knows the results
/// of. Gives one outcome for each plan, in their order; each is what that plan gives alone.
pub type CarryOut<'a> = dyn Fn(&[Plan], Dice, &Run) -> Result<Vec<Outcome>, InArm> + Sync + 'a;

/// The dice of a replication: the same for all arms, which is what makes their differences sharp.
pub fn dice(experiment: &Experiment, replication: u32) -> Dice {
    Dice { population: experiment.population_seed, dynamics: experiment.seed, replication }
}

/// blake3 of the resolved scenario, in hex.
pub(crate) fn digest(lock: &str) -> String {
    blake3::hash(lock.as_bytes()).to_hex().to_string()
}

/// Holds an arm against the experiment.
pub(crate) fn check_arm(experiment: &Experiment, arm: usize) -> Result<(), Error> {
    let limit = experiment.arms.len();
    if arm < limit { Ok(()) } else { Err(Error::OutOfRange { what: "arm", asked: arm, limit }) }
}

/// One replication of these arms (indices into [`Experiment::arms`]), carried out together; outcomes in their order.
pub(crate) fn carry_out(
    scenario: &dyn Plans,
    arms: &[usize],
    replication: u32,
    run: &Run,
    simulate: &CarryOut,
) -> Result<Vec<Outcome>, Error> {
    let experiment = scenario.experiment();
    let plans: Vec<Plan> = arms.iter().map(|&arm| scenario.plan(arm, replication)).collect();
    let outcomes = simulate(&plans, dice(experiment, replication), run).map_err(|InArm { arm, source }| {
        Error::Simulation { arm: experiment.arms[arms[arm]].name.clone(), replication, source }
    })?;
    assert_eq!(outcomes.len(), arms.len(), "a simulator gives one outcome for each plan");
    Ok(outcomes)
}
