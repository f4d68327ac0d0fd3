//! Shares of replications in which something happens.

use statrs::distribution::{ContinuousCDF, Normal};

use bugcheck_sim::measure::Reading;

use super::{Estimate, Figure, Level, Limit, Point, Readings, Sides};

/// The share of `n` replications in which something happened (`events` of them), with Wilson's interval.
///
/// If it never happened the upper end is the exact one-sided limit that the rule of three (3 / n) approximates; if it
/// always happened, the same from the other side. More events than replications count as all.
pub fn proportion(events: u32, n: u32, level: Level) -> Estimate {
    let events = events.min(n);
    let (low, high) = match (events, n) {
        (_, 0) => (Limit::Undecided, Limit::Undecided),
        (0, n) => (Limit::At(0.0), Limit::At(at_most_when_never(n, level))),
        (events, n) if events == n => (Limit::At(1.0 - at_most_when_never(n, level)), Limit::At(1.0)),
        (events, n) => wilson(events, n, level),
    };
    Estimate {
        of: Figure::Share,
        unit: "of replications",
        value: if n == 0 { Point::Nothing } else { Point::Value(f64::from(events) / f64::from(n)) },
        low,
        high,
        sides: Sides::Together,
        same: (n > 0 && (events == 0 || events == n)).then(|| at_most_when_never(n, level)),
        n,
        beyond: 0,
        nothing: 0,
        level,
    }
}

/// In how many replications anything of a measure happens at all, as a [`proportion`]. A reading beyond the horizon is
/// something that happens; one with nothing to measure is none.
pub fn how_often(readings: &Readings, level: Level) -> Estimate {
    let happens = |reading| !matches!(reading, Reading::Nothing | Reading::Value(0.0));
    let events = readings.by_replication.iter().filter(|(_, reading)| happens(*reading)).count();
    proportion(events as u32, readings.by_replication.len() as u32, level)
}

/// The largest chance of something that was not seen in `n` replications: 1 - alpha^(1/n), about 3 / n at 95 %.
/// Without replications it is 1.
pub fn at_most_when_never(n: u32, level: Level) -> f64 {
    if n == 0 { 1.0 } else { 1.0 - level.alpha().powf(1.0 / f64::from(n)) }
}

/// The part of further replications that may give another value than all those that were made: the 5 % that a 95 %
/// quantile leaves out, too.
const OTHERS: f64 = 0.05;

/// Replications that must all give the same value before it decides anything: fewer do not rule out that more than 5 %
/// of further ones would give another one. As many as the upper end of a 95 % quantile needs: 59 at 95 %.
pub fn least_alike(level: Level) -> u32 {
    (level.alpha().ln() / (1.0 - OTHERS).ln()).ceil() as u32
}

/// E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
fn wilson(events: u32, n: u32, level: Level) -> (Limit, Limit) {
    let n = f64::from(n);
    let p = f64::from(events) / n;
    let z = Normal::standard().inverse_cdf(1.0 - level.alpha() / 2.0);
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (Limit::At((centre - half) / scale), Limit::At((centre + half) / scale))
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::Measure;

    use super::*;

    /// R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998),
    /// table I, method 3 (Wilson, without continuity correction).
    #[test]
    fn wilson_gives_newcombes_examples() {
        for (events, n, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)] {
            let estimate = proportion(events, n, Level::new(0.95, 1));
            assert!((estimate.low.at().unwrap() - low).abs() < 1e-4, "{estimate:?}");
            assert!((estimate.high.at().unwrap() - high).abs() < 1e-4, "{estimate:?}");
        }
    }

    #[test]
    fn nothing_in_120_is_at_most_two_and_a_half_per_cent() {
        let estimate = proportion(0, 120, Level::new(0.95, 1));
        assert_eq!((estimate.value, estimate.low), (Point::Value(0.0), Limit::At(0.0)));
        assert!((estimate.high.at().unwrap() - (1.0 - 0.05_f64.powf(1.0 / 120.0))).abs() < 1e-12);
        assert!((estimate.high.at().unwrap() - 3.0 / 120.0).abs() < 5e-4);
        assert!(estimate.same.is_some());
    }

    #[test]
    fn it_happens_as_often_as_there_is_anything_to_measure() {
        let all = [Reading::Value(0.0), Reading::Value(3.0), Reading::Nothing, Reading::NotWithinHorizon];
        let readings = |all: &[Reading]| Readings::new(Measure::PcsDown, 672.0, all.iter().copied());
        let level = Level::new(0.95, 1);
        assert_eq!(how_often(&readings(&all), level), proportion(2, 4, level));
        assert_eq!(how_often(&readings(&[]), level).value, Point::Nothing);
    }

    /// The numbers of W. J. Conover, Practical Nonparametric Statistics (1999), table A5, as in the tests of quantiles.
    #[test]
    fn as_many_must_be_alike_as_the_p95_needs() {
        for (confidence, looks, least) in [(0.95, 1, 59), (0.99, 1, 90), (0.95, 4, 86)] {
            let level = Level::new(confidence, looks);
            assert_eq!(least_alike(level), least);
            assert!(at_most_when_never(least, level) <= 0.05 && at_most_when_never(least - 1, level) > 0.05);
        }
    }

    #[test]
    fn always_is_never_from_the_other_side() {
        let estimate = proportion(60, 60, Level::new(0.95, 1));
        assert_eq!(estimate.high, Limit::At(1.0));
        assert!((estimate.low.at().unwrap() - 0.05_f64.powf(1.0 / 60.0)).abs() < 1e-12);
        assert_eq!(proportion(0, 0, Level::new(0.95, 1)).value, Point::Nothing);
    }
}
