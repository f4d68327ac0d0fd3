//! Quantiles over replications, from order statistics: no assumption about how outcomes are distributed.

use bugcheck_sim::measure::Measure;
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
        // Without the nudge 0.05 x 60 is a little more than 3, and would take the fourth.
        let rank = ((q * self.n() as f64 - 1e-9).ceil() as usize).clamp(1, self.n().max(1));
        match self.values.get(rank - 1) {
            Some(&value) => Point::Value(value),
            None if self.n() == 0 => Point::Nothing,
            None => Point::NotWithinHorizon,
        }
    }

    fn limit(&self, rank: usize) -> Limit {
        self.values.get(rank - 1).map_or(Limit::NotWithinHorizon, |&value| Limit::At(value))
    }
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
    use bugcheck_sim::measure::Reading;

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
}
