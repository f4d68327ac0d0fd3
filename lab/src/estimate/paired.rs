//! Differences between arms on the same dice, and the family of them.

use bugcheck_sim::measure::{Measure, Segment};
use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::columns::at_least;
use super::mean::{Moments, interval, same, t_two_sided};
use super::{Columns, Estimate, Figure, Level, Limit, Point, Readings, Sides, at_most_when_never, rounded_option};

/// What rounding may add to a difference, as a part of the larger number: readings are sums of many.
const ROUNDING: f64 = 1e-12;

/// How an arm differs from the baseline, replication by replication.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Mean of (arm - baseline), in the unit of the measure.
    pub absolute: Estimate,
    /// The same as a part of the baseline's mean; [`Point::Nothing`] where that is 0. Where it is the same part in all
    /// pairs, those in which the baseline is 0 do not show it: they are in [`Estimate::nothing`] instead of in `n`.
    pub relative: Estimate,
    /// Correlation of the two arms over the replications; `None` where one of them does not vary.
    #[serde(serialize_with = "rounded_option")]
    pub correlation: Option<f64>,
    /// Replications that independent dice would have needed on top for the same precision (negative: that many fewer).
    /// `None` where the difference does not vary, or readings lie beyond the horizon.
    #[serde(serialize_with = "rounded_option")]
    pub saved: Option<f64>,
    /// Chance of a difference at least this large if there were none: Student's t on the differences, or the sign test
    /// where readings lie beyond the horizon or all differences are equal.
    #[serde(serialize_with = "rounded_option")]
    pub p: Option<f64>,
    /// The same, adjusted for the number of comparisons in the family (Holm).
    #[serde(serialize_with = "rounded_option")]
    pub p_adjusted: Option<f64>,
    /// Whether the two can be told apart after the adjustment.
    pub apart: Apart,
}

/// Whether two arms can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Apart {
    /// They can.
    Apart,
    /// They cannot.
    NotApart,
    /// There are fewer than two pairs to judge by.
    Undecided,
}

/// Compares an arm with the baseline on the replications that both have.
///
/// A pair with nothing to measure on either side is left out and counted. A reading beyond the horizon counts as ending
/// there; the difference is then "at least" (beyond in the arm only), "at most" (beyond in the baseline only) or
/// unknown (both). The result is a family of one; [`against_baseline`] adjusts a whole family.
pub fn paired(arm: &Readings, baseline: &Readings, level: Level) -> Difference {
    let pairs = Pairs::of(arm, baseline);
    let differences = pairs.differences();
    let moments = Moments::of(&differences);
    let unit = arm.measure.definition().unit;
    let (low, high) = pairs.open_ends(interval(moments, level));
    let estimate = |of, unit, value, low, high, values: &[f64]| Estimate {
        of,
        unit,
        value,
        low,
        high,
        sides: Sides::Together,
        same: same(values, level),
        n: differences.len() as u32,
        beyond: pairs.beyond_arm + pairs.beyond_baseline + pairs.beyond_both,
        nothing: pairs.nothing,
        level,
    };
    let value = moments.map_or(Point::Nothing, |m| pairs.point(m.mean));
    let absolute = estimate(Figure::Difference, unit, value, low, high, &differences);
    let (value, low, high, residuals) = pairs.relative(level);
    let mut relative = estimate(Figure::RelativeDifference, "of the baseline", value, low, high, &residuals);
    if relative.same.is_some() {
        // That all fall by the same part is seen only where there is something that can fall.
        relative.n = pairs.baseline.iter().filter(|&&baseline| baseline > 0.0).count() as u32;
        relative.nothing += differences.len() as u32 - relative.n;
        relative.same = Some(at_most_when_never(relative.n, level));
    }
    let p = pairs.p(moments);
    Difference {
        absolute,
        relative,
        correlation: pairs.correlation(),
        saved: pairs.saved(),
        p,
        p_adjusted: p,
        apart: apart(p, level),
    }
}

/// Compares every arm with the baseline (its own place stays `None`), for one measure of one segment. All of these
/// comparisons are one family: their chances of error are adjusted together.
pub fn against_baseline(
    columns: &Columns,
    arms: usize,
    baseline: usize,
    segment: &Segment,
    measure: Measure,
    level: Level,
) -> Vec<Option<Difference>> {
    let of_baseline = columns.readings(baseline, segment, measure);
    let mut family: Vec<Option<Difference>> = (0..arms)
        .map(|arm| (arm != baseline).then(|| paired(&columns.readings(arm, segment, measure), &of_baseline, level)))
        .collect();
    adjust(&mut family, level);
    family
}

/// Takes differences as one family: adjusts their chances of error together (Holm).
pub(crate) fn adjust(family: &mut [Option<Difference>], level: Level) {
    let p: Vec<Option<f64>> = family.iter().map(|d| d.as_ref().and_then(|d| d.p)).collect();
    for (difference, adjusted) in family.iter_mut().zip(holm(&p)) {
        if let Some(difference) = difference {
            difference.p_adjusted = adjusted;
            difference.apart = apart(adjusted, level);
        }
    }
}

/// Adjusts the chances of error of a family of comparisons; missing ones are not part of it.
///
/// S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
pub fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p.iter().enumerate().filter_map(|(i, p)| p.map(|p| (i, p))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![None; p.len()];
    let mut so_far = 0.0_f64;
    for (rank, &(index, p)) in order.iter().enumerate() {
        so_far = so_far.max((p * (order.len() - rank) as f64).min(1.0));
        adjusted[index] = Some(so_far);
    }
    adjusted
}

fn apart(p: Option<f64>, level: Level) -> Apart {
    match p {
        Some(p) if p <= level.alpha() => Apart::Apart,
        Some(_) => Apart::NotApart,
        None => Apart::Undecided,
    }
}

/// The replications that two arms share, readings beyond the horizon set to the horizon.
struct Pairs {
    arm: Vec<f64>,
    baseline: Vec<f64>,
    beyond_arm: u32,
    beyond_baseline: u32,
    beyond_both: u32,
    nothing: u32,
}

impl Pairs {
    fn of(arm: &Readings, baseline: &Readings) -> Pairs {
        use bugcheck_sim::measure::Reading::NotWithinHorizon;
        let mut pairs = Pairs {
            arm: Vec::new(),
            baseline: Vec::new(),
            beyond_arm: 0,
            beyond_baseline: 0,
            beyond_both: 0,
            nothing: 0,
        };
        for &(number, a) in &arm.by_replication {
            let Ok(at) = baseline.by_replication.binary_search_by_key(&number, |(n, _)| *n) else { continue };
            let b = baseline.by_replication[at].1;
            let (Some(x), Some(y)) = (at_least(a, arm.horizon), at_least(b, baseline.horizon)) else {
                pairs.nothing += 1;
                continue;
            };
            pairs.arm.push(x);
            pairs.baseline.push(y);
            match (a == NotWithinHorizon, b == NotWithinHorizon) {
                (true, true) => pairs.beyond_both += 1,
                (true, false) => pairs.beyond_arm += 1,
                (false, true) => pairs.beyond_baseline += 1,
                (false, false) => {}
            }
        }
        pairs
    }

    /// Arm less baseline, pair by pair. Differences that are the same but for rounding are made the same: their spread
    /// would be a chance of error next to none.
    fn differences(&self) -> Vec<f64> {
        let differences: Vec<f64> = self.arm.iter().zip(&self.baseline).map(|(a, b)| a - b).collect();
        let rounding =
            ROUNDING * self.arm.iter().chain(&self.baseline).fold(0.0, |most: f64, value| most.max(value.abs()));
        let Some(&first) = differences.first() else { return differences };
        let differ = differences.iter().any(|difference| (difference - first).abs() > rounding);
        let same = if first.abs() > rounding { first } else { 0.0 };
        if differ { differences } else { vec![same; differences.len()] }
    }

    fn censored(&self) -> bool {
        self.beyond_arm + self.beyond_baseline + self.beyond_both > 0
    }

    /// What a mean difference (or ratio) of values cut at the horizon says about the true one.
    fn point(&self, value: f64) -> Point {
        match (self.beyond_arm + self.beyond_both > 0, self.beyond_baseline + self.beyond_both > 0) {
            (true, true) => Point::Unknown,
            (true, false) => Point::AtLeast(value),
            (false, true) => Point::AtMost(value),
            (false, false) => Point::Value(value),
        }
    }

    /// Opens the ends that readings beyond the horizon leave open.
    fn open_ends(&self, (low, high): (Limit, Limit)) -> (Limit, Limit) {
        let arm = self.beyond_arm + self.beyond_both > 0;
        let baseline = self.beyond_baseline + self.beyond_both > 0;
        (if baseline { Limit::Undecided } else { low }, if arm { Limit::NotWithinHorizon } else { high })
    }

    /// Ratio of the means, less 1, with the interval of the linearised ratio (Cochran, Sampling Techniques, section
    /// 6.5). The last part is the values whose spread makes the interval.
    fn relative(&self, level: Level) -> (Point, Limit, Limit, Vec<f64>) {
        let nothing = (Point::Nothing, Limit::Undecided, Limit::Undecided, Vec::new());
        let (Some(a), Some(b)) = (Moments::of(&self.arm), Moments::of(&self.baseline)) else { return nothing };
        if b.mean == 0.0 {
            return nothing;
        }
        let ratio = a.mean / b.mean;
        let mut around: Vec<f64> = self.arm.iter().zip(&self.baseline).map(|(x, y)| (x - ratio * y) / b.mean).collect();
        if around.iter().all(|residual| residual.abs() <= ROUNDING) {
            around.fill(0.0);
        }
        let moments = Moments::of(&around).map(|m| Moments { mean: ratio - 1.0, ..m });
        let (low, high) = self.open_ends(interval(moments, level));
        // No measure is negative, so that none falls by more than all of it.
        let low = low.at().map_or(low, |low| Limit::At(low.max(-1.0)));
        (self.point(ratio - 1.0), low, high, around)
    }

    fn p(&self, moments: Option<Moments>) -> Option<f64> {
        let m = moments.filter(|m| m.n >= 2)?;
        if self.censored() || m.variance == 0.0 {
            // A pair that is beyond in both arms counts as equal: it says nothing about which is larger.
            let larger = self.differences().iter().filter(|&&d| d > 0.0).count() as u64;
            let smaller = self.differences().iter().filter(|&&d| d < 0.0).count() as u64;
            // Cut at the horizon, the mean can point one way and most pairs another: what the sign test shows of the
            // pairs does not hold of the mean then.
            let contradicts = self.censored() && larger != smaller && (larger > smaller) != (m.mean > 0.0);
            return Some(if contradicts { 1.0 } else { sign_test(larger, smaller) });
        }
        Some(t_two_sided(m.mean / m.error(), m.n - 1))
    }

    fn correlation(&self) -> Option<f64> {
        let (a, b) = (Moments::of(&self.arm)?, Moments::of(&self.baseline)?);
        if a.n < 2 || a.variance == 0.0 || b.variance == 0.0 {
            return None;
        }
        let products: f64 = self.arm.iter().zip(&self.baseline).map(|(x, y)| (x - a.mean) * (y - b.mean)).sum();
        Some(products / (a.n - 1) as f64 / (a.variance * b.variance).sqrt())
    }

    /// With independent dice the variance of the difference would be the sum of the two.
    fn saved(&self) -> Option<f64> {
        let (a, b) = (Moments::of(&self.arm)?, Moments::of(&self.baseline)?);
        let d = Moments::of(&self.differences())?;
        if self.censored() || d.variance == 0.0 {
            return None;
        }
        Some(d.n as f64 * ((a.variance + b.variance) / d.variance - 1.0))
    }
}

/// Two-sided sign test: the chance of so uneven a split of fair coins.
fn sign_test(larger: u64, smaller: u64) -> f64 {
    match Binomial::new(0.5, larger + smaller) {
        Ok(fair) => (2.0 * fair.cdf(larger.min(smaller))).min(1.0),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::Reading::{self, NotWithinHorizon, Nothing, Value};

    use super::*;

    fn readings(all: &[Reading]) -> Readings {
        Readings::new(Measure::TimeTo99, 100.0, all.iter().copied())
    }

    fn values(all: &[f64]) -> Readings {
        readings(&all.iter().map(|&v| Value(v)).collect::<Vec<_>>())
    }

    const LEVEL: Level = Level { confidence: 0.95, looks: 1 };

    /// Student (W. S. Gosset), The probable error of a mean, Biometrika 6 (1908): additional hours of sleep with two
    /// drugs. Mean difference 1.58, t = 4.0621 with 9 degrees of freedom, p = 0.002833.
    #[test]
    fn students_sleep_data_come_out_as_published() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let d = paired(&values(&second), &values(&first), LEVEL);
        let Point::Value(mean) = d.absolute.value else { panic!("{d:?}") };
        assert!((mean - 1.58).abs() < 1e-12);
        assert!((d.p.unwrap() - 0.002_833).abs() < 1e-6, "{d:?}");
        assert!((d.absolute.low.at().unwrap() - 0.700_114).abs() < 1e-5, "{d:?}");
        assert!((d.absolute.high.at().unwrap() - 2.459_886).abs() < 1e-5, "{d:?}");
        assert!((d.correlation.unwrap() - 0.795_17).abs() < 1e-5, "{d:?}");
        // Variances 3.200556 and 4.009000, of the difference 1.512889: 10 x (7.209556 / 1.512889 - 1).
        assert!((d.saved.unwrap() - 37.654).abs() < 1e-2, "{d:?}");
        assert_eq!(d.apart, Apart::Apart);
    }

    #[test]
    fn the_relative_difference_is_that_of_the_means() {
        let d = paired(&values(&[8.0, 17.0, 23.0]), &values(&[10.0, 20.0, 30.0]), LEVEL);
        let Point::Value(relative) = d.relative.value else { panic!("{d:?}") };
        assert!((relative + 0.2).abs() < 1e-12);
        // Residuals 0, 1, -1 over a mean of 20: standard error sqrt(1 / 3) / 20, t(0.975, 2) = 4.3027.
        let half = d.relative.half_width().unwrap();
        assert!((half - 4.302_653 * (1.0_f64 / 3.0).sqrt() / 20.0).abs() < 1e-6, "{half}");
        assert_eq!(paired(&values(&[1.0, 2.0]), &values(&[0.0, 0.0]), LEVEL).relative.value, Point::Nothing);
    }

    #[test]
    fn nothing_falls_by_more_than_all_of_it() {
        let d = paired(&values(&[0.0, 0.0, 9.0]), &values(&[30.0, 90.0, 20.0]), LEVEL);
        assert_eq!(d.relative.low, Limit::At(-1.0));
        assert!(d.absolute.low.at().unwrap() < -43.0, "a difference in its own unit has no such floor");
    }

    #[test]
    fn identical_arms_cannot_be_told_apart() {
        let d = paired(&values(&[1.0, 5.0, 3.0]), &values(&[1.0, 5.0, 3.0]), LEVEL);
        assert_eq!((d.absolute.value, d.p, d.apart), (Point::Value(0.0), Some(1.0), Apart::NotApart));
        assert_eq!(d.saved, None);
        assert!(d.absolute.same.is_some(), "a zero width is explained");
    }

    #[test]
    fn a_constant_difference_is_judged_by_its_sign() {
        let d = paired(&values(&[2.0; 6]), &values(&[1.0; 6]), LEVEL);
        assert!((d.p.unwrap() - 2.0 * 0.5_f64.powi(6)).abs() < 1e-12);
        assert_eq!(d.apart, Apart::Apart);
    }

    /// In floating point 0.3 - 0.1 is not 0.2, and what differs by rounding would be told apart by t beyond all doubt.
    #[test]
    fn differences_that_are_the_same_but_for_rounding_are_the_same() {
        let baseline: Vec<f64> = (1..=5).map(|i| 100.0 + f64::from(i) / 3.0).collect();
        let arm: Vec<f64> = (1..=5).map(|i| 120.0 + f64::from(i) / 3.0).collect();
        let d = paired(&values(&arm), &values(&baseline), LEVEL);
        assert!((d.p.unwrap() - 2.0 * 0.5_f64.powi(5)).abs() < 1e-12, "{d:?}");
        assert_eq!((d.apart, d.saved), (Apart::NotApart, None));
        assert!(d.absolute.same.is_some() && d.relative.same.is_none());
        let arm: Vec<f64> = baseline.iter().map(|value| value * 0.7).collect();
        let d = paired(&values(&arm), &values(&baseline), LEVEL);
        assert!(d.relative.same.is_some() && d.absolute.same.is_none(), "{d:?}");
    }

    #[test]
    fn that_all_of_it_is_saved_is_seen_only_where_the_baseline_loses_something() {
        let baseline: Vec<f64> = (0..60).map(|i| if i < 8 { 100.0 + f64::from(i) } else { 0.0 }).collect();
        let relative = paired(&values(&[0.0; 60]), &values(&baseline), LEVEL).relative;
        assert_eq!((relative.value, relative.n, relative.nothing), (Point::Value(-1.0), 8, 52));
        assert!((relative.same.unwrap() - (1.0 - 0.05_f64.powf(1.0 / 8.0))).abs() < 1e-12, "31 %, not 4.9 %");
    }

    #[test]
    fn pairs_beyond_the_horizon_open_the_ends_they_should() {
        let arm = [Value(10.0), NotWithinHorizon, NotWithinHorizon, Nothing];
        let baseline = [Value(20.0), Value(30.0), Value(40.0), Value(1.0)];
        let d = paired(&readings(&arm), &readings(&baseline), LEVEL);
        assert_eq!(d.absolute.value, Point::AtLeast(40.0));
        assert_eq!(d.absolute.high, Limit::NotWithinHorizon);
        assert_eq!((d.absolute.n, d.absolute.beyond, d.absolute.nothing), (3, 2, 1));
        let d = paired(&readings(&baseline), &readings(&arm), LEVEL);
        assert_eq!((d.absolute.value, d.absolute.low), (Point::AtMost(-40.0), Limit::Undecided));
        let both =
            paired(&readings(&[NotWithinHorizon, Value(3.0)]), &readings(&[NotWithinHorizon, Value(2.0)]), LEVEL);
        assert_eq!(both.absolute.value, Point::Unknown);
    }

    #[test]
    fn only_shared_replications_are_paired() {
        let mut arm = values(&[1.0, 2.0, 3.0]);
        arm.by_replication.remove(1);
        let d = paired(&arm, &values(&[1.0, 100.0, 1.0]), LEVEL);
        assert_eq!((d.absolute.n, d.absolute.value), (2, Point::Value(1.0)));
        let one = paired(&values(&[1.0]), &values(&[2.0]), LEVEL);
        assert_eq!((one.apart, one.p), (Apart::Undecided, None));
    }

    /// R's `p.adjust(c(0.01, 0.02, 0.03, 0.005), "holm")` gives 0.03, 0.04, 0.04, 0.02.
    #[test]
    fn holm_adjusts_as_published() {
        let adjusted = holm(&[Some(0.01), None, Some(0.02), Some(0.03), Some(0.005)]);
        let expected = [Some(0.03), None, Some(0.04), Some(0.04), Some(0.02)];
        for (a, e) in adjusted.iter().zip(expected) {
            assert_eq!(a.is_some(), e.is_some());
            assert!((a.unwrap_or(0.0) - e.unwrap_or(0.0)).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[Some(0.9), Some(0.8)]), [Some(1.0), Some(1.0)]);
    }
}
