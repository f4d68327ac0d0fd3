//! Means, with the interval of Student's t.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Estimate, Figure, Level, Limit, Point, Readings, Sides, at_most_when_never};

/// The mean over replications, with a t interval.
///
/// With readings beyond the horizon the mean is [`Point::AtLeast`]: they count as if they ended at the horizon, the
/// lower end is that of this smaller mean, and there is no upper end within the horizon. One replication has no
/// interval. No measure is negative, and so no interval goes below 0.
pub fn mean(readings: &Readings, level: Level) -> Estimate {
    let values = readings.at_least();
    let beyond = readings.beyond();
    let moments = Moments::of(&values);
    let (low, high) = interval(moments, level);
    let value = match moments {
        None => Point::Nothing,
        Some(_) if beyond as usize == values.len() => Point::NotWithinHorizon,
        Some(m) if beyond > 0 => Point::AtLeast(m.mean),
        Some(m) => Point::Value(m.mean),
    };
    Estimate {
        of: Figure::Mean,
        unit: readings.measure.definition().unit,
        value,
        low: low.at().map_or(low, |low| Limit::At(low.max(0.0))),
        high: if beyond > 0 { Limit::NotWithinHorizon } else { high },
        sides: Sides::Together,
        same: same(&values, level),
        n: values.len() as u32,
        beyond,
        nothing: readings.nothing(),
        level,
    }
}

/// Mean and spread of some values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    /// How many.
    pub(super) n: usize,
    /// Their mean.
    pub(super) mean: f64,
    /// Their variance, with n - 1 degrees of freedom; 0 for one value.
    pub(super) variance: f64,
}

impl Moments {
    /// In two passes, which loses no digits where the mean is large and the spread small. `None` without values.
    pub(super) fn of(values: &[f64]) -> Option<Moments> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        // All the same: the sum's rounding must not make up a spread.
        if all_same(values) {
            return Some(Moments { n, mean: values[0], variance: 0.0 });
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        Some(Moments { n, mean, variance: squares / (n - 1) as f64 })
    }

    /// Standard error of the mean.
    pub(super) fn error(self) -> f64 {
        (self.variance / self.n as f64).sqrt()
    }
}

/// The t interval around a mean.
pub(super) fn interval(moments: Option<Moments>, level: Level) -> (Limit, Limit) {
    match moments {
        Some(m) if m.n >= 2 => {
            let half = t_quantile(1.0 - level.alpha() / 2.0, m.n - 1) * m.error();
            (Limit::At(m.mean - half), Limit::At(m.mean + half))
        }
        _ => (Limit::Undecided, Limit::Undecided),
    }
}

/// Where all values are the same: at most this share of further ones would differ.
pub(super) fn same(values: &[f64], level: Level) -> Option<f64> {
    (!values.is_empty() && all_same(values)).then(|| at_most_when_never(values.len() as u32, level))
}

fn all_same(values: &[f64]) -> bool {
    values.iter().all(|v| v - values[0] == 0.0)
}

/// The quantile of Student's t with this many degrees of freedom (at least 1).
pub(super) fn t_quantile(p: f64, freedom: usize) -> f64 {
    student(freedom).inverse_cdf(p)
}

/// The chance of a t at least this far from 0, on either side.
pub(super) fn t_two_sided(t: f64, freedom: usize) -> f64 {
    (2.0 * student(freedom).sf(t.abs())).min(1.0)
}

fn student(freedom: usize) -> StudentsT {
    StudentsT::new(0.0, 1.0, freedom.max(1) as f64).expect("at least one degree of freedom")
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::{Measure, Reading};

    use super::*;

    /// Student's t as tabled, for instance, in NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2.
    #[test]
    fn t_quantiles_are_those_of_the_tables() {
        for (p, freedom, tabled) in [
            (0.95, 1, 6.314),
            (0.975, 1, 12.706),
            (0.975, 2, 4.303),
            (0.975, 5, 2.571),
            (0.975, 10, 2.228),
            (0.99, 10, 2.764),
            (0.975, 30, 2.042),
            (0.975, 59, 2.001),
            (0.975, 100, 1.984),
            (0.999, 60, 3.232),
            (0.995, 7, 3.499),
        ] {
            let t = t_quantile(p, freedom);
            assert!((t - tabled).abs() < 0.0006, "t({p}, {freedom}) = {t}, tables say {tabled}");
            assert!((t_two_sided(t, freedom) - 2.0 * (1.0 - p)).abs() < 1e-9);
        }
    }

    fn readings(values: &[f64], beyond: usize, nothing: usize) -> Readings {
        let all = values.iter().map(|&v| Reading::Value(v));
        let rest = std::iter::repeat_n(Reading::NotWithinHorizon, beyond).chain(vec![Reading::Nothing; nothing]);
        Readings::new(Measure::TimeTo99, 100.0, all.chain(rest))
    }

    #[test]
    fn a_mean_has_the_t_interval() {
        // Ten sample values, mean 5, variance 24 / 9: half-width 2.262 * sqrt(24 / 90).
        let estimate = mean(&readings(&[3.0, 4.0, 4.0, 4.0, 5.0, 5.0, 5.0, 5.0, 6.0, 9.0], 0, 0), Level::new(0.95, 1));
        assert_eq!(estimate.value, Point::Value(5.0));
        let half = estimate.half_width().unwrap();
        assert!((half - 2.262_157 * (24.0_f64 / 90.0).sqrt()).abs() < 1e-5, "{half}");
        assert_eq!(estimate.same, None);
        assert_eq!(estimate.unit, "h");
    }

    #[test]
    fn looks_widen_the_interval() {
        let few = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let once = mean(&readings(&few, 0, 0), Level::new(0.95, 1)).half_width().unwrap();
        let four = mean(&readings(&few, 0, 0), Level::new(0.95, 4)).half_width().unwrap();
        // t(0.975, 5) = 2.571; t(1 - 0.05 / 8, 5) = 3.810 (Bonferroni tables for 4 comparisons).
        assert!((four / once - 3.810 / 2.571).abs() < 2e-3, "{}", four / once);
    }

    #[test]
    fn readings_beyond_the_horizon_make_it_at_least() {
        let estimate = mean(&readings(&[10.0, 20.0], 2, 1), Level::new(0.95, 1));
        assert_eq!(estimate.value, Point::AtLeast(57.5));
        assert_eq!(estimate.high, Limit::NotWithinHorizon);
        assert!(estimate.low.at().unwrap() < 57.5);
        assert_eq!((estimate.n, estimate.beyond, estimate.nothing), (4, 2, 1));
        let all = mean(&readings(&[], 3, 0), Level::new(0.95, 1));
        assert_eq!(
            (all.value, all.low, all.high),
            (Point::NotWithinHorizon, Limit::At(100.0), Limit::NotWithinHorizon)
        );
    }

    #[test]
    fn equal_values_say_how_many_others_may_differ() {
        let estimate = mean(&readings(&[0.0; 120], 0, 0), Level::new(0.95, 1));
        assert_eq!(estimate.half_width(), Some(0.0));
        assert!((estimate.same.unwrap() - 0.0247).abs() < 1e-4, "0 of 120; at most 2.5 %: {:?}", estimate.same);
        // 0.1 thirty times does not add up to 3: still no spread.
        assert_eq!(mean(&readings(&[0.1; 30], 0, 0), Level::new(0.95, 1)).value, Point::Value(0.1));
    }

    #[test]
    fn one_replication_or_none_has_no_interval() {
        let one = mean(&readings(&[4.0], 0, 0), Level::new(0.95, 1));
        assert_eq!((one.value, one.low, one.high), (Point::Value(4.0), Limit::Undecided, Limit::Undecided));
        let none = mean(&readings(&[], 0, 5), Level::new(0.95, 1));
        assert_eq!((none.value, none.low, none.n, none.nothing), (Point::Nothing, Limit::Undecided, 0, 5));
    }
}
