//! Shares of replications in which something happens.

use statrs::distribution::{ContinuousCDF, Normal};

use super::{Estimate, Figure, Level, Limit, Point, Sides};

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

/// The largest chance of something that was not seen in `n` replications: 1 - alpha^(1/n), about 3 / n at 95 %.
/// Without replications it is 1.
pub fn at_most_when_never(n: u32, level: Level) -> f64 {
    if n == 0 { 1.0 } else { 1.0 - level.alpha().powf(1.0 / f64::from(n)) }
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
    fn always_is_never_from_the_other_side() {
        let estimate = proportion(60, 60, Level::new(0.95, 1));
        assert_eq!(estimate.high, Limit::At(1.0));
        assert!((estimate.low.at().unwrap() - 0.05_f64.powf(1.0 / 60.0)).abs() < 1e-12);
        assert_eq!(proportion(0, 0, Level::new(0.95, 1)).value, Point::Nothing);
    }
}
