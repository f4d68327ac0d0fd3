//! All pairs of arms: which of them can be told apart, and in which direction.

use super::paired::{holm, paired};
use super::{Level, Point, Readings};

/// Two arms (`a` before `b`) compared on the same dice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    /// The first.
    pub(super) a: usize,
    /// The second.
    pub(super) b: usize,
    /// Chance of a difference at least this large if there were none, not yet adjusted.
    pub(super) p: Option<f64>,
    /// Which of the two gave less, on average.
    pub(super) less: Less,
}

/// Which of two arms gave less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Less {
    /// The first.
    First,
    /// The second.
    Second,
    /// Neither: the two were the same in every replication that both have.
    Same,
    /// It can't be said: there is nothing to compare, or both reach beyond the horizon.
    Unknown,
}

/// Compares every arm with every other one.
pub(super) fn pairs(readings: &[Readings], level: Level) -> Vec<Pair> {
    let indices = (0..readings.len()).flat_map(|a| (a + 1..readings.len()).map(move |b| (a, b)));
    let compare = |(a, b): (usize, usize)| {
        let difference = paired(&readings[b], &readings[a], level);
        let less = match difference.absolute.value {
            Point::Value(mean) if mean == 0.0 && difference.absolute.same.is_some() => Less::Same,
            Point::Value(mean) | Point::AtLeast(mean) if mean > 0.0 => Less::First,
            Point::Value(mean) | Point::AtMost(mean) if mean < 0.0 => Less::Second,
            _ => Less::Unknown,
        };
        Pair { a, b, p: difference.p, less }
    };
    indices.map(compare).collect()
}

/// The pairs of arms (`a` before `b`) that can be told apart by a measure, from the readings of each arm.
///
/// The comparisons with the baseline are one family, as in [`super::against_baseline`], so that both always say the
/// same of them; the other pairs are a second family. Each is Holm-adjusted by itself.
pub fn apart_pairs(readings: &[Readings], baseline: usize, level: Level) -> Vec<(usize, usize)> {
    let (with_baseline, others): (Vec<Pair>, Vec<Pair>) =
        pairs(readings, level).into_iter().partition(|pair| pair.a == baseline || pair.b == baseline);
    let mut apart = [apart_within(&with_baseline, level), apart_within(&others, level)].concat();
    apart.sort_unstable();
    apart
}

/// The pairs of one family that can be told apart.
fn apart_within(family: &[Pair], level: Level) -> Vec<(usize, usize)> {
    let adjusted = holm(&family.iter().map(|pair| pair.p).collect::<Vec<_>>());
    let told_apart = family.iter().zip(adjusted).filter(|(_, p)| shown(*p, level));
    told_apart.map(|(pair, _)| (pair.a, pair.b)).collect()
}

/// Whether an adjusted chance of error shows a difference at this level.
pub(super) fn shown(p: Option<f64>, level: Level) -> bool {
    p.is_some_and(|p| p <= level.alpha())
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::{Measure, Reading};

    use super::*;
    use crate::estimate::paired;

    const LEVEL: Level = Level { confidence: 0.95, looks: 1 };

    fn arm(values: &[f64]) -> Readings {
        Readings::new(Measure::PcHoursLost, 672.0, values.iter().map(|&v| Reading::Value(v)))
    }

    #[test]
    fn the_baseline_is_judged_as_beside_it_and_the_rest_among_themselves() {
        // Six pairs, all six differences of one sign: p = 2 / 64 by the sign test, too much for a family of three or
        // more.
        let six = |value: f64| arm(&[value; 6]);
        assert!((paired(&six(2.0), &six(1.0), LEVEL).p.unwrap() - 1.0 / 32.0).abs() < 1e-12);
        assert_eq!(apart_pairs(&[six(1.0), six(2.0)], 0, LEVEL), [(0, 1)]);
        // Three arms: two comparisons with the baseline (p adjusted to 1 / 16), and one other pair, a family of its
        // own.
        assert_eq!(apart_pairs(&[six(1.0), six(2.0), six(3.0)], 0, LEVEL), [(1, 2)]);
    }

    /// Thirty arms of ten replications each: with all 435 pairs in one family, an arm that is apart from the baseline
    /// among the 29 differences need not have been so among the letters.
    #[test]
    fn letters_say_the_same_of_the_baseline_as_differences_do() {
        let noise = [1.0, -2.0, 3.0, -1.0, 2.0, 0.0, -3.0, 1.0, 2.0, -1.0];
        let of_arm = |i: u32| arm(&noise.map(|noise| 0.2 * f64::from(i) + 9.0 + noise * f64::from(i % 3)));
        let arms: Vec<Readings> = (0..30).map(of_arm).collect();
        let with_baseline = |(a, b): &(usize, usize)| *a == 4 || *b == 4;
        let alone = |arm: usize| paired(&arms[arm], &arms[4], LEVEL).p;
        let family: Vec<Option<f64>> = (0..30).filter(|&arm| arm != 4).map(alone).collect();
        let shown = holm(&family).iter().filter(|p| p.is_some_and(|p| p <= 0.05)).count();
        assert_eq!(apart_pairs(&arms, 4, LEVEL).iter().filter(|pair| with_baseline(pair)).count(), shown);
        let strict = apart_within(&pairs(&arms, LEVEL), LEVEL).iter().filter(|pair| with_baseline(pair)).count();
        assert!(0 < strict && strict < shown, "one family of all pairs would show fewer: {strict} of {shown}");
    }

    #[test]
    fn directions_and_sameness_are_told() {
        let [low, high] = [arm(&[1.0, 2.0, 3.0]), arm(&[2.0, 4.0, 5.0])];
        let less = |a: &Readings, b: &Readings| pairs(&[a.clone(), b.clone()], LEVEL)[0].less;
        assert_eq!((less(&low, &high), less(&high, &low), less(&low, &low)), (Less::First, Less::Second, Less::Same));
        assert_eq!(less(&arm(&[]), &low), Less::Unknown);
        let beyond = Readings::new(Measure::TimeTo95, 10.0, [Reading::NotWithinHorizon, Reading::Value(9.0)]);
        let within = Readings::new(Measure::TimeTo95, 10.0, [Reading::Value(1.0), Reading::Value(2.0)]);
        assert_eq!((less(&within, &beyond), less(&beyond, &within)), (Less::First, Less::Second));
        assert_eq!(less(&beyond, &beyond), Less::Unknown);
    }

    #[test]
    fn a_mean_against_most_of_its_pairs_tells_nothing_apart() {
        // Nine pairs in ten are an hour later; one is 600 hours sooner than a baseline that is not back at all.
        let later = |i: usize| if i.is_multiple_of(10) { Reading::Value(72.0) } else { Reading::Value(11.0) };
        let base = |i: usize| if i.is_multiple_of(10) { Reading::NotWithinHorizon } else { Reading::Value(10.0) };
        let of = |f: &dyn Fn(usize) -> Reading| Readings::new(Measure::TimeTo95, 672.0, (0..60).map(f));
        let (arm, baseline) = (of(&later), of(&base));
        let difference = paired(&arm, &baseline, LEVEL);
        assert_eq!((difference.absolute.value, difference.p), (Point::AtMost(-59.1), Some(1.0)));
        assert_eq!(apart_pairs(&[baseline.clone(), arm], 0, LEVEL), []);
        // Where all go one way, the sign test shows it.
        let sooner = of(&|_| Reading::Value(9.0));
        assert_eq!(apart_pairs(&[baseline, sooner], 0, LEVEL), [(0, 1)]);
    }
}
