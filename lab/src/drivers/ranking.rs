//! The uncertain inputs by how closely a measure follows them, from the replications at hand.

use bugcheck_scenarios::experiment::Origin;
use bugcheck_sim::measure::{Measure, Reading, Segment};
use serde::Serialize;

use crate::estimate::{Level, RankCorrelation, rank_correlation};
use crate::results::Results;

/// An uncertain input, and how closely a measure follows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked {
    /// Its path in the scenario.
    pub input: String,
    /// Its range as written.
    pub range: String,
    /// Rank correlation of what it drew with what the measure gave, over the replications of the arm. Inputs are drawn
    /// independently of each other, so that none borrows another's influence, and no partial correlation is needed.
    #[serde(flatten)]
    pub correlation: RankCorrelation,
}

/// The uncertain inputs of an arm, the one first that a measure of the fleet follows most closely. Replications with
/// nothing to measure are left out; those beyond the horizon count as the highest. Inputs that the arm does not draw,
/// or that have too few replications, are left out.
pub fn ranking(results: &Results, arm: usize, measure: Measure, level: Level) -> Vec<Ranked> {
    let replications = results.arms.get(arm).map(Vec::as_slice).unwrap_or_default();
    let outcomes: Vec<Option<f64>> = replications
        .iter()
        .map(|replication| match replication.record.reading(&Segment::Fleet, measure) {
            Some(Reading::Value(value)) => Some(value),
            Some(Reading::NotWithinHorizon) => Some(f64::INFINITY),
            Some(Reading::Nothing) | None => None,
        })
        .collect();
    let uncertain = results.experiment.inputs.iter().filter(|input| matches!(input.origin, Origin::Uncertain(_)));
    let mut ranked: Vec<Ranked> = uncertain
        .filter_map(|input| {
            let pairs = replications.iter().zip(&outcomes).filter_map(|(replication, outcome)| {
                let drawn = replication.inputs.iter().find(|drawn| drawn.path == input.path)?;
                Some((drawn.value, (*outcome)?))
            });
            let correlation = rank_correlation(&pairs.collect::<Vec<_>>(), level)?;
            Some(Ranked { input: input.path.clone(), range: input.value.clone(), correlation })
        })
        .collect();
    ranked.sort_by(|a, b| b.correlation.value.abs().total_cmp(&a.correlation.value.abs()));
    ranked
}

#[cfg(test)]
mod tests {
    use bugcheck_scenarios::experiment::{Drawn, Input};
    use bugcheck_sim::draw::{Key, Purpose};

    use super::*;
    use crate::drivers::{Driving, Unranked};
    use crate::results::Manifest;
    use crate::testing::{experiment, replication};

    const LEVEL: Level = Level { confidence: 0.95, looks: 1 };

    /// Forty replications whose outage is what `outcome` makes of three inputs.
    fn results(outcome: impl Fn(&[f64; 3]) -> Reading) -> Results {
        let input = |path: &str, origin| Input { path: path.into(), value: "0 to 1, likely 1".into(), origin };
        let uncertain = ["weak", "strong", "idle"].map(|path| input(path, Origin::Uncertain(None)));
        let mut experiment = experiment(1, 40);
        experiment.inputs = [&uncertain[..], &[input("known", Origin::Assumed)]].concat();
        let arm = (0..40_u32).map(|number| {
            let drawn = [0, 1, 2].map(|input| Key::new(5, number).uniform(input, Purpose::Uncertain, 0));
            let mut one = replication(number);
            one.inputs = uncertain.iter().zip(drawn).map(|(u, value)| Drawn { path: u.path.clone(), value }).collect();
            for measured in one.record.measured.iter_mut().filter(|m| m.measure == Measure::PcHoursLost) {
                measured.reading = outcome(&drawn);
            }
            one
        });
        let manifest = Manifest {
            version: String::new(),
            epoch: 0,
            scenario_digest: String::new(),
            results_digest: String::new(),
            time_zones: String::new(),
            seed: 0,
            stopped: "min".into(),
        };
        Results { experiment, manifest, arms: vec![arm.collect()] }
    }

    #[test]
    fn inputs_are_ranked_by_the_strength_of_their_influence_whatever_its_direction() {
        let found = ranking(&results(|x| Reading::Value(x[0] - 5.0 * x[1])), 0, Measure::PcHoursLost, LEVEL);
        let names: Vec<&str> = found.iter().map(|ranked| ranked.input.as_str()).collect();
        assert_eq!(names, ["strong", "weak", "idle"]);
        assert!(found[0].correlation.value < -0.9 && found[0].correlation.interval.1 < -0.8, "{found:?}");
        let Ranked { correlation, .. } = &found[2];
        assert!(correlation.interval.0 < 0.0 && 0.0 < correlation.interval.1 && correlation.n == 40, "{found:?}");
    }

    #[test]
    fn what_lies_beyond_the_horizon_ranks_highest_and_nothing_is_left_out() {
        let outcome = |x: &[f64; 3]| match x[1] {
            high if high > 0.7 => Reading::NotWithinHorizon,
            low if low < 0.1 => Reading::Nothing,
            other => Reading::Value(other),
        };
        let found = ranking(&results(outcome), 0, Measure::PcHoursLost, LEVEL);
        assert!(found[0].input == "strong" && found[0].correlation.value > 0.9, "{found:?}");
        assert!((25..40).contains(&found[0].correlation.n), "{found:?}");
        assert_eq!(ranking(&results(outcome), 1, Measure::PcHoursLost, LEVEL), [], "there is no such arm");
    }

    #[test]
    fn an_empty_ranking_says_why() {
        let ranked = |results: &Results| {
            let driving = Driving::ranked(results, 0, Measure::PcHoursLost);
            (driving.unranked, driving.n, driving.nothing)
        };
        let mut few = results(|x| Reading::Value(x[0]));
        assert_eq!(ranked(&few), (None, 40, 0));
        few.arms[0].truncate(5);
        assert_eq!(ranked(&few), (Some(Unranked::TooFew(10)), 5, 0), "none of the five had nothing to measure");
        assert_eq!(ranked(&results(|_| Reading::Value(0.0))), (Some(Unranked::SameThroughout), 40, 0));
        assert_eq!(ranked(&results(|_| Reading::Nothing)), (Some(Unranked::TooFew(10)), 0, 40));
        let mut still = results(|x| Reading::Value(x[0]));
        still.experiment.inputs.clear();
        assert_eq!(ranked(&still), (Some(Unranked::NoInputs), 40, 0));
    }
}
