//! Quantiles over replications, from order statistics: no assumption about how outcomes are distributed.

use bugcheck_sim::measure::{Measure, Reading};
use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::mean::same;
use super::{Estimate, Figure, Level, Limit, Point, Readings, Sides};

/// The quantile `q` (0 to 1) over replications, bounded by order statistics.
///
/// The estimate is the smallest outcome that at least `q` of the replications do not exceed. The ends are outcomes too:
/// the upper one is the smallest rank that lies at or above the true quantile with the stated confidence, the lower one
/// the largest that lies at or below it ([`Sides::Each`]). Where no rank does, the end is [`Limit::Undecided`]: a 95 %
/// quantile has no upper end at 95 % with fewer than 59 replications. Readings beyond the horizon sort last.
pub fn quantile(readings: &Readings, q: f64, level: Level) -> Estimate {
    let sorted = Sorted::of(readings);
    let (low, high) = ranks(q, sorted.n(), level.alpha());
    Estimate {
        of: Figure::Quantile(q),
        unit: readings.measure.definition().unit,
        value: sorted.point(q),
        low: low.map_or(Limit::Undecided, |rank| sorted.limit(rank)),
        high: high.map_or(Limit::Undecided, |rank| sorted.limit(rank)),
        sides: Sides::Each,
        same: same(&readings.at_least(), level),
        n: sorted.n() as u32,
        beyond: sorted.beyond as u32,
        nothing: readings.nothing(),
        level,
    }
}

/// How a difference between two arms is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// In the unit of the measure.
    Absolute,
    /// As a part of the baseline (-0.2 is 20 % less).
    Relative,
}

/// The quantile `q` over replications of the differences between an arm and the baseline, replication by replication,
/// bounded as in [`quantile`].
///
/// A reading beyond the horizon leaves its difference open on one side only: of an arm that is not back by the horizon
/// `h` it is at least `h` less the baseline's reading, and of a baseline that is not, at most the arm's less `h`. The
/// lower end is taken from the least that the differences can be, the upper one from the most. Pairs with nothing to
/// measure on either side, and for [`Change::Relative`] pairs of which both are 0, are left out and counted.
pub fn quantile_of_differences(arm: &Readings, baseline: &Readings, q: f64, change: Change, level: Level) -> Estimate {
    let (mut least, mut most) = (Vec::new(), Vec::new());
    let (mut nothing, mut beyond) = (0, 0);
    for &(number, a) in &arm.by_replication {
        let Ok(at) = baseline.by_replication.binary_search_by_key(&number, |(n, _)| *n) else { continue };
        let b = baseline.by_replication[at].1;
        match difference(a, b, arm.horizon, change) {
            Some((low, high)) => {
                beyond += u32::from(a == Reading::NotWithinHorizon || b == Reading::NotWithinHorizon);
                least.push(low);
                most.push(high);
            }
            None => nothing += 1,
        }
    }
    let open = least.iter().zip(&most).any(|(low, high)| low < high);
    let same = if open { None } else { same(&least, level) };
    least.sort_by(f64::total_cmp);
    most.sort_by(f64::total_cmp);
    let n = least.len();
    let (low, high) = ranks(q, n, level.alpha());
    let at = |values: &[f64], rank: Option<usize>, open| match rank.map(|rank| values[rank - 1]) {
        Some(value) if value.is_finite() => Limit::At(value),
        Some(_) => open,
        None => Limit::Undecided,
    };
    Estimate {
        of: if change == Change::Relative { Figure::RelativeDifference } else { Figure::Difference },
        unit: if change == Change::Relative { "of the baseline" } else { arm.measure.definition().unit },
        value: between(&least, &most, q, change),
        low: at(&least, low, Limit::Undecided),
        high: at(&most, high, Limit::NotWithinHorizon),
        sides: Sides::Each,
        same,
        n: n as u32,
        beyond,
        nothing,
        level,
    }
}

/// The least and the most that the difference of two readings can be; `None` where there is nothing to compare.
fn difference(arm: Reading, baseline: Reading, horizon: f64, change: Change) -> Option<(f64, f64)> {
    let bounds = |reading| match reading {
        Reading::Value(value) => Some((value, value)),
        Reading::NotWithinHorizon => Some((horizon, f64::INFINITY)),
        Reading::Nothing => None,
    };
    let ((a_least, a_most), (b_least, b_most)) = (bounds(arm)?, bounds(baseline)?);
    match change {
        Change::Absolute => Some((a_least - b_most, a_most - b_least)),
        Change::Relative if b_least > 0.0 => Some((part(a_least, b_most), part(a_most, b_least))),
        // What was 0 and is no longer has grown, by more than any part of 0.
        Change::Relative => (a_least > 0.0).then_some((0.0, f64::INFINITY)),
    }
}

/// The change from `from` to `to` as a part of `from`.
fn part(to: f64, from: f64) -> f64 {
    if from.is_infinite() { -1.0 } else { to / from - 1.0 }
}

/// The quantile of values of which the least and the most are known, each ascending.
fn between(least: &[f64], most: &[f64], q: f64, change: Change) -> Point {
    let Some(rank) = rank(q, least.len()) else { return Point::Nothing };
    let (low, high) = (least[rank - 1], most[rank - 1]);
    let floor = if change == Change::Relative { -1.0 } else { f64::NEG_INFINITY };
    match (low > floor, high.is_finite()) {
        _ if low >= high => Point::Value(low),
        (true, false) => Point::AtLeast(low),
        (_, true) => Point::AtMost(high),
        (false, false) => Point::Unknown,
    }
}

/// Where the middle 90 % of the outcomes lie. It does not shrink with more replications.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Range {
    /// What was measured.
    #[serde(skip)]
    pub measure: Measure,
    /// Its unit.
    pub unit: &'static str,
    /// 5 % of the replications gave less, at most.
    pub p05: Point,
    /// Half of them gave less.
    pub p50: Point,
    /// 5 % of them gave more, at most.
    pub p95: Point,
    /// Replications.
    pub n: u32,
}

/// The range of outcomes over replications and uncertain inputs: their 5, 50 and 95 % quantiles.
pub fn range(readings: &Readings) -> Range {
    let sorted = Sorted::of(readings);
    Range {
        measure: readings.measure,
        unit: readings.measure.definition().unit,
        p05: sorted.point(0.05),
        p50: sorted.point(0.5),
        p95: sorted.point(0.95),
        n: sorted.n() as u32,
    }
}

/// Readings in ascending order, those beyond the horizon last.
struct Sorted {
    values: Vec<f64>,
    beyond: usize,
}

impl Sorted {
    fn of(readings: &Readings) -> Sorted {
        let mut values = readings.values();
        values.sort_by(f64::total_cmp);
        Sorted { values, beyond: readings.beyond() as usize }
    }

    fn n(&self) -> usize {
        self.values.len() + self.beyond
    }

    /// The smallest reading that at least `q` of them do not exceed.
    fn point(&self, q: f64) -> Point {
        let Some(rank) = rank(q, self.n()) else { return Point::Nothing };
        self.values.get(rank - 1).map_or(Point::NotWithinHorizon, |&value| Point::Value(value))
    }

    fn limit(&self, rank: usize) -> Limit {
        self.values.get(rank - 1).map_or(Limit::NotWithinHorizon, |&value| Limit::At(value))
    }
}

/// The rank (from 1) of the smallest of `n` values that at least `q` of them do not exceed; `None` without values.
pub(super) fn rank(q: f64, n: usize) -> Option<usize> {
    // Without the nudge 0.05 x 60 is a little more than 3, and would take the fourth.
    (n > 0).then(|| ((q * n as f64 - 1e-9).ceil() as usize).clamp(1, n))
}

/// The ranks (from 1) of the order statistics that bound the quantile `q` from below and from above, each with a chance
/// of error of at most `alpha`. With B replications at or below the quantile, B is binomial (n, q), and the one of rank
/// r lies at or below it when B >= r.
fn ranks(q: f64, n: usize, alpha: f64) -> (Option<usize>, Option<usize>) {
    let Ok(at_or_below) = Binomial::new(q, n as u64) else { return (None, None) };
    let low = (1..=n).rev().find(|&rank| at_or_below.cdf(rank as u64 - 1) <= alpha);
    let high = (1..=n).find(|&rank| at_or_below.sf(rank as u64 - 1) <= alpha);
    (low, high)
}

#[cfg(test)]
mod tests {
    use Reading::{NotWithinHorizon, Nothing, Value};

    use super::*;

    /// Sample sizes of distribution-free one-sided tolerance limits; W. J. Conover, Practical Nonparametric Statistics,
    /// 3rd edition (1999), table A5: 59 for (95 %, 95 %), 29 for (90 %, 95 %), 299 for (99 %, 95 %), 90 for (95 %, 99
    /// %).
    #[test]
    fn the_largest_of_59_bounds_the_p95_and_of_58_does_not() {
        for (q, alpha, enough) in [(0.95, 0.05, 59), (0.90, 0.05, 29), (0.99, 0.05, 299), (0.95, 0.01, 90)] {
            assert_eq!(ranks(q, enough, alpha).1, Some(enough), "p{q} n {enough}");
            assert_eq!(ranks(q, enough - 1, alpha).1, None, "p{q} n {}", enough - 1);
        }
    }

    /// The sign-test interval of the median: at 97.5 % each side n = 10 takes ranks 2 and 9, n = 20 ranks 6 and 15
    /// (Conover 1999, section 3.2; binomial (20, 1/2) has P(X <= 5) = 0.0207).
    #[test]
    fn the_median_is_bounded_by_the_ranks_of_the_sign_test() {
        assert_eq!(ranks(0.5, 10, 0.025), (Some(2), Some(9)));
        assert_eq!(ranks(0.5, 20, 0.025), (Some(6), Some(15)));
        assert_eq!(ranks(0.5, 4, 0.025), (None, None));
    }

    fn of(values: impl Iterator<Item = f64>, beyond: usize) -> Readings {
        let all = values.map(Reading::Value).chain(vec![Reading::NotWithinHorizon; beyond]);
        Readings::new(Measure::TimeTo95, 1000.0, all)
    }

    #[test]
    fn a_quantile_among_censored_readings_is_not_within_the_horizon() {
        let estimate = quantile(&of((0..90).map(f64::from), 10), 0.95, Level::new(0.95, 1));
        assert_eq!((estimate.value, estimate.high), (Point::NotWithinHorizon, Limit::NotWithinHorizon));
        assert_eq!(estimate.low, Limit::NotWithinHorizon);
        let estimate = quantile(&of((0..96).map(f64::from), 4), 0.95, Level::new(0.95, 1));
        assert_eq!((estimate.value, estimate.high), (Point::Value(94.0), Limit::NotWithinHorizon));
        // P(binomial (100, 0.95) <= 90) = 0.028 and P(<= 91) = 0.063: rank 91, the value 90.
        assert_eq!(estimate.low, Limit::At(90.0));
    }

    #[test]
    fn too_few_replications_leave_it_undecided() {
        let estimate = quantile(&of((0..58).map(f64::from), 0), 0.95, Level::new(0.95, 1));
        assert_eq!(estimate.high, Limit::Undecided);
        assert!(matches!(estimate.low, Limit::At(_)));
        assert_eq!(quantile(&of(std::iter::empty(), 0), 0.5, Level::new(0.95, 1)).value, Point::Nothing);
    }

    #[test]
    fn the_range_takes_the_fifth_and_the_ninety_fifth_of_a_hundred() {
        let range = range(&of((1..=100).map(f64::from), 0));
        assert_eq!((range.p05, range.p50, range.p95), (Point::Value(5.0), Point::Value(50.0), Point::Value(95.0)));
        let sixty = super::range(&of((1..=60).map(f64::from), 0));
        assert_eq!((sixty.p05, sixty.p95), (Point::Value(3.0), Point::Value(57.0)));
    }

    /// Readings of a measure watched for 100 h.
    fn hours(all: &[Reading]) -> Readings {
        Readings::new(Measure::TimeTo95, 100.0, all.iter().copied())
    }

    fn differences(arm: &[Reading], baseline: &[Reading], q: f64, change: Change) -> Estimate {
        quantile_of_differences(&hours(arm), &hours(baseline), q, change, Level::new(0.95, 1))
    }

    #[test]
    fn a_quantile_against_the_baseline_is_that_of_the_pairs() {
        let (arm, baseline) = ([Value(8.0), Value(30.0), Value(5.0)], [Value(10.0), Value(20.0), Value(5.0)]);
        assert_eq!(differences(&arm, &baseline, 0.5, Change::Absolute).value, Point::Value(0.0));
        assert_eq!(differences(&arm, &baseline, 0.99, Change::Relative).value, Point::Value(0.5));
        assert_eq!(differences(&[Nothing], &[Value(1.0)], 0.5, Change::Absolute).value, Point::Nothing);
    }

    /// An arm that is not back by the horizon of 100 h while the baseline needs 90 h is known to be 10 h later, not 100
    /// h.
    #[test]
    fn an_arm_beyond_the_horizon_is_later_by_what_is_left_of_it_at_least() {
        let late = differences(&[NotWithinHorizon; 60], &[Value(90.0); 60], 0.5, Change::Absolute);
        assert_eq!((late.value, late.low, late.high), (Point::AtLeast(10.0), Limit::At(10.0), Limit::NotWithinHorizon));
        let part = differences(&[NotWithinHorizon; 60], &[Value(80.0); 60], 0.5, Change::Relative);
        assert_eq!((part.value, part.low, part.beyond), (Point::AtLeast(0.25), Limit::At(0.25), 60));
    }

    #[test]
    fn a_baseline_beyond_the_horizon_bounds_a_difference_from_above() {
        let early = differences(&[Value(40.0); 60], &[NotWithinHorizon; 60], 0.5, Change::Absolute);
        assert_eq!((early.value, early.low, early.high), (Point::AtMost(-60.0), Limit::Undecided, Limit::At(-60.0)));
        let part = differences(&[Value(40.0); 60], &[NotWithinHorizon; 60], 0.5, Change::Relative);
        assert_eq!((part.value, part.low, part.high), (Point::AtMost(-0.6), Limit::At(-1.0), Limit::At(-0.6)));
        for change in [Change::Absolute, Change::Relative] {
            let both = differences(&[NotWithinHorizon; 9], &[NotWithinHorizon; 9], 0.5, change);
            assert_eq!((both.value, both.same), (Point::Unknown, None));
        }
    }

    #[test]
    fn a_few_pairs_beyond_the_horizon_do_not_blur_a_median() {
        let arm: Vec<Reading> = (0..55).map(|i| Value(20.0 + f64::from(i))).chain([NotWithinHorizon; 5]).collect();
        let median = differences(&arm, &[Value(20.0); 60], 0.5, Change::Absolute);
        assert_eq!((median.value, median.beyond), (Point::Value(29.0), 5));
        assert!(matches!((median.low, median.high), (Limit::At(_), Limit::At(_))), "{median:?}");
    }

    #[test]
    fn growth_from_zero_is_growth_by_no_percentage() {
        let [zero, ten] = [Value(0.0), Value(10.0)];
        let median = |arm: &[Reading]| differences(arm, &[zero, ten, ten], 0.5, Change::Relative);
        assert_eq!(median(&[ten, ten, ten]).value, Point::Value(0.0), "whatever the first is, it is the largest");
        assert_eq!(median(&[ten, Value(20.0), ten]).value, Point::AtMost(1.0), "0, 1, and something above 0");
        let most = differences(&[ten, ten, ten], &[zero, ten, ten], 0.99, Change::Relative);
        assert_eq!(most.value, Point::AtLeast(0.0));
        assert_eq!((median(&[zero, ten, ten]).n, median(&[zero, ten, ten]).nothing), (2, 1));
        assert_eq!((most.n, most.beyond, most.same), (3, 0, None), "0 is not beyond the horizon");
    }
}
