//! Right where the answer is known: the closed-form scenarios hold what they expect, run by the engine.

use bugcheck_scenarios::experiment::{Bound, Over, Versus};
use bugcheck_scenarios::{Options, Profile, Scenario, Source, load};
use bugcheck_sim::engine::Run;
use bugcheck_sim::measure::Reading;
use bugcheck_sim::{Dice, simulate};

fn open(name: &str) -> Scenario {
    let options = Options { profile: Profile::Ci, ..Options::default() };
    match load(&Source::Library(name.to_owned()), &options) {
        Ok(scenario) => scenario,
        Err(failure) => panic!("{failure}"),
    }
}

/// Holds the mean of every expectation's measure against its bound.
fn holds(name: &str) {
    let scenario = open(name);
    let experiment = &scenario.experiment;
    let mut broken = Vec::new();
    for (arm, described) in experiment.arms.iter().enumerate() {
        let records: Vec<_> = (0..experiment.replications.min)
            .map(|replication| {
                let dice = Dice { population: experiment.population_seed, dynamics: experiment.seed, replication };
                let outcome = simulate(&scenario.plan(arm, replication), dice, &Run::default());
                outcome.expect("a checked plan runs").record
            })
            .collect();
        for expected in experiment.expectations.iter().filter(|e| e.arms.contains(&arm)) {
            assert_eq!((expected.over, expected.versus), (Over::Mean, Versus::Itself));
            let values: Vec<f64> = records
                .iter()
                .map(|record| match record.reading(&expected.segment, expected.measure) {
                    Some(Reading::Value(value)) => value,
                    other => panic!("{name}, {}: {other:?}", described.name),
                })
                .collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let Bound::Within(low, high) = expected.bound else { panic!("{name}: {:?}", expected.bound) };
            if !(low..=high).contains(&mean) {
                broken.push(format!("{}: {mean} is not within {low} to {high}", expected.name));
            }
        }
    }
    assert!(broken.is_empty(), "{name}:\n{}", broken.join("\n"));
}

#[test]
fn batches_of_equal_repairs() {
    holds("closed-form/batch");
}

#[test]
fn batches_of_memoryless_repairs() {
    holds("closed-form/batch-exponential");
}

#[test]
fn erlang_c() {
    holds("closed-form/waiting-line");
}

#[test]
fn machine_repair() {
    holds("closed-form/machine-repair");
}
