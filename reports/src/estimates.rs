//! What verdicts and curves ask of the lab's estimators beyond their plain use.

use bugcheck_lab::estimate::{Difference, Estimate, Level, Limit, Point, Readings, mean, paired, quantile};
use bugcheck_lab::results::Replication;
use bugcheck_scenarios::experiment::{Over, Versus};
use bugcheck_sim::Record;
use bugcheck_sim::measure::{Curve, CurveOf, Measure, Reading, Segment};
use statrs::distribution::{ContinuousCDF, Normal};

/// The figure that an expectation looks at, where it is held against nothing.
pub(crate) fn itself(readings: &Readings, over: Over, level: Level) -> Estimate {
    match over {
        Over::Mean => mean(readings, level),
        Over::Quantile(q) => quantile(readings, q, level),
    }
}

/// The figure that an expectation looks at, where it is held against the baseline. A quantile is that of the
/// differences from pair to pair.
pub(crate) fn against(arm: &Readings, baseline: &Readings, over: Over, versus: Versus, level: Level) -> Estimate {
    match over {
        Over::Mean => {
            let Difference { absolute, relative, .. } = paired(arm, baseline, level);
            if versus == Versus::BaselinePercent { relative } else { absolute }
        }
        Over::Quantile(q) => quantile_of_differences(arm, baseline, versus, q, level),
    }
}

/// A change that has no percentage, because the baseline is 0 in every replication that both have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FromZero {
    /// The arm is 0 in all of them, too.
    NoChange,
    /// The arm is not.
    Change,
}

/// Whether the baseline is 0 wherever both have a number, and what the arm is there; `None` where a percentage of the
/// baseline makes sense, and where there is no such pair.
pub(crate) fn from_zero(arm: &Readings, baseline: &Readings) -> Option<FromZero> {
    let pairs = arm.by_replication.iter().filter_map(|&(number, reading)| {
        let at = baseline.by_replication.binary_search_by_key(&number, |(n, _)| *n).ok()?;
        Some((reading, baseline.by_replication[at].1)).filter(|(a, b)| *a != Reading::Nothing && *b != Reading::Nothing)
    });
    let mut found = None;
    for (a, b) in pairs {
        found = match (a == Reading::Value(0.0), b == Reading::Value(0.0)) {
            (_, false) => return None,
            (true, true) => found.or(Some(FromZero::NoChange)),
            (false, true) => Some(FromZero::Change),
        };
    }
    found
}

fn quantile_of_differences(arm: &Readings, baseline: &Readings, versus: Versus, q: f64, level: Level) -> Estimate {
    let mut differences = Readings { by_replication: Vec::new(), ..arm.clone() };
    let mut unknown = 0;
    for &(number, reading) in &arm.by_replication {
        let Ok(at) = baseline.by_replication.binary_search_by_key(&number, |(n, _)| *n) else { continue };
        let difference = match (reading, baseline.by_replication[at].1) {
            (Reading::Value(a), Reading::Value(b)) if versus != Versus::BaselinePercent => Reading::Value(a - b),
            (Reading::Value(a), Reading::Value(b)) if b != 0.0 => Reading::Value(a / b - 1.0),
            (Reading::NotWithinHorizon, Reading::Value(_)) => Reading::NotWithinHorizon,
            (Reading::Value(0.0), Reading::Value(_)) => Reading::Nothing,
            // A baseline beyond the horizon makes the difference anything below what it would be at the horizon; what
            // is no longer 0 has grown by no percentage of it.
            (Reading::Value(_), Reading::Value(_)) | (_, Reading::NotWithinHorizon) => {
                unknown += 1;
                Reading::Nothing
            }
            _ => Reading::Nothing,
        };
        differences.by_replication.push((number, difference));
    }
    let estimate = quantile(&differences, q, level);
    if unknown == 0 {
        return estimate;
    }
    Estimate { value: Point::Unknown, low: Limit::Undecided, high: Limit::Undecided, ..estimate }
}

/// Replications that hold one curve: PCs down as a share of all that went down in the replication.
pub(crate) fn shares_down(replications: &[Replication]) -> Vec<Replication> {
    replications.iter().filter_map(share_down).collect()
}

fn share_down(replication: &Replication) -> Option<Replication> {
    let record = &replication.record;
    let Some(Reading::Value(down)) = record.reading(&Segment::Fleet, Measure::PcsDown) else { return None };
    let curve = record.curves.iter().find(|c| c.of == CurveOf::PcsDown && c.segment == Segment::Fleet)?;
    if down <= 0.0 {
        return None;
    }
    let values = curve.values.iter().map(|value| value / down).collect();
    let curve = Curve { values, ..curve.clone() };
    let record = Record {
        digest: String::new(),
        pcs: record.pcs,
        pcs_simulated: record.pcs_simulated,
        organisations: record.organisations,
        organisations_simulated: record.organisations_simulated,
        events: record.events,
        measured: Vec::new(),
        curves: vec![curve],
        steps: Vec::new(),
        cloud: Vec::new(),
    };
    Some(Replication { number: replication.number, inputs: Vec::new(), record })
}

/// A rank correlation with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankCorrelation {
    /// Spearman's coefficient, −1 to 1.
    pub value: f64,
    /// Its interval.
    pub interval: (f64, f64),
    /// How many pairs.
    pub n: u32,
}

/// Spearman's rank correlation; `None` for fewer than ten pairs or where one side does not vary.
///
/// The interval is that of Fisher's z with the variance of D. G. Bonett and T. A. Wright, Sample size requirements for
/// estimating Pearson, Kendall and Spearman correlations, Psychometrika 65 (2000).
pub(crate) fn rank_correlation(pairs: &[(f64, f64)], level: Level) -> Option<RankCorrelation> {
    let n = pairs.len();
    if n < 10 {
        return None;
    }
    let x = ranks(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let y = ranks(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let middle = f64::midpoint(n as f64, 1.0);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    let spread = (product(&x, &x) * product(&y, &y)).sqrt();
    if spread == 0.0 {
        return None;
    }
    let value = (product(&x, &y) / spread).clamp(-1.0, 1.0);
    let error = ((1.0 + value * value / 2.0) / (n as f64 - 3.0)).sqrt();
    let reach = Normal::standard().inverse_cdf(1.0 - level.alpha() / 2.0) * error;
    // Fisher's z of a perfect correlation is infinite: just short of it the interval ends where it should.
    let z = libm::atanh(value.clamp(-0.999_999, 0.999_999));
    Some(RankCorrelation { value, interval: (libm::tanh(z - reach), libm::tanh(z + reach)), n: n as u32 })
}

/// Ranks from 1, ties sharing their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let same = order[start..].iter().take_while(|i| values[**i].total_cmp(&values[order[start]]).is_eq()).count();
        let shared = start as f64 + f64::midpoint(same as f64, 1.0);
        for index in &order[start..start + same] {
            ranks[*index] = shared;
        }
        start += same;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(all: &[Reading]) -> Readings {
        Readings::new(Measure::TimeTo95, 672.0, all.iter().copied())
    }

    #[test]
    fn a_quantile_against_the_baseline_is_that_of_the_pairs() {
        let arm = readings(&[Reading::Value(8.0), Reading::Value(30.0), Reading::Value(5.0)]);
        let baseline = readings(&[Reading::Value(10.0), Reading::Value(20.0), Reading::Value(5.0)]);
        let level = Level::new(0.95, 1);
        let median = |versus| against(&arm, &baseline, Over::Quantile(0.5), versus, level).value;
        assert_eq!(median(Versus::Baseline), Point::Value(0.0));
        let highest = against(&arm, &baseline, Over::Quantile(0.99), Versus::BaselinePercent, level).value;
        assert_eq!(highest, Point::Value(0.5));
    }

    #[test]
    fn a_change_from_zero_has_no_percentage() {
        let [zero, ten, nothing] = [Reading::Value(0.0), Reading::Value(10.0), Reading::Nothing];
        let found = |arm: &[Reading], baseline: &[Reading]| from_zero(&readings(arm), &readings(baseline));
        assert_eq!(found(&[zero, zero], &[zero, zero]), Some(FromZero::NoChange));
        assert_eq!(found(&[zero, ten], &[zero, zero]), Some(FromZero::Change));
        assert_eq!(found(&[ten, zero], &[zero, zero]), Some(FromZero::Change));
        assert_eq!(found(&[zero, ten], &[zero, ten]), None);
        assert_eq!(found(&[zero, nothing], &[zero, zero]), Some(FromZero::NoChange));
        assert_eq!(found(&[nothing], &[zero]), None);
        // Nor has a quantile of changes, one of which is from 0: what that one is, decides where the quantile lies.
        let median = |arm: &[Reading]| {
            let (arm, baseline) = (readings(arm), readings(&[zero, ten, ten]));
            against(&arm, &baseline, Over::Quantile(0.5), Versus::BaselinePercent, Level::new(0.95, 1)).value
        };
        assert_eq!(median(&[ten, ten, ten]), Point::Unknown);
        assert_eq!(median(&[zero, ten, ten]), Point::Value(0.0));
    }

    /// The worked example of Wikipedia's article on Spearman's coefficient: rho = -29/165.
    #[test]
    fn rank_correlation_gives_the_textbook_example() {
        let iq = [106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        let pairs: Vec<(f64, f64)> = iq.into_iter().zip(hours).collect();
        let found = rank_correlation(&pairs, Level::new(0.95, 1)).unwrap();
        assert!((found.value + 29.0 / 165.0).abs() < 1e-12);
        assert!(found.interval.0 < found.value && found.value < found.interval.1 && found.interval.1 > 0.0);
        assert_eq!(rank_correlation(&pairs[..9], Level::new(0.95, 1)), None);
        assert_eq!(ranks(&[3.0, 1.0, 3.0]), [2.5, 1.0, 2.5]);
    }

    #[test]
    fn a_baseline_beyond_the_horizon_leaves_a_quantile_of_differences_open() {
        let arm = readings(&[Reading::Value(8.0), Reading::Value(9.0)]);
        let baseline = readings(&[Reading::NotWithinHorizon, Reading::Value(20.0)]);
        let estimate = against(&arm, &baseline, Over::Quantile(0.5), Versus::Baseline, Level::new(0.95, 1));
        assert_eq!((estimate.value, estimate.high), (Point::Unknown, Limit::Undecided));
    }
}
