//! Rank correlation: how closely outcomes follow an input, whatever the shape of the relation, as long as it goes one
//! way.

use serde::Serialize;

use super::bootstrap::{RESAMPLES, SplitMix, ends};
use super::{Level, rounded, rounded_pair};

/// Pairs below which nothing is said: resamples of fewer are too much alike.
pub(crate) const ENOUGH: usize = 10;

/// A rank correlation with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RankCorrelation {
    /// Spearman's coefficient, −1 to 1.
    #[serde(rename = "rank_correlation", serialize_with = "rounded")]
    pub value: f64,
    /// Its interval: the ends between which the coefficients of resampled pairs lie.
    #[serde(serialize_with = "rounded_pair")]
    pub interval: (f64, f64),
    /// How many pairs.
    pub n: u32,
}

/// Spearman's rank correlation of pairs, with the interval of the bootstrap (percentiles over resampled pairs; Efron
/// and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3). `None` for fewer than ten pairs, or where one
/// side does not vary.
///
/// A value beyond the horizon may be given as infinity: its rank is the highest. Resamples are drawn by a fixed
/// generator, so that the same pairs give the same interval.
pub fn rank_correlation(pairs: &[(f64, f64)], level: Level) -> Option<RankCorrelation> {
    let n = pairs.len();
    if n < ENOUGH {
        return None;
    }
    let x = Ordered::of(pairs.iter().map(|pair| pair.0));
    let y = Ordered::of(pairs.iter().map(|pair| pair.1));
    let value = coefficient(&x, &y, &vec![1; n])?;
    let mut generator = SplitMix::new(n as u64);
    let mut times = vec![0_u32; n];
    let mut resampled: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            times.fill(0);
            (0..n).for_each(|_| times[generator.below(n)] += 1);
            coefficient(&x, &y, &times)
        })
        .collect();
    resampled.sort_by(f64::total_cmp);
    Some(RankCorrelation { value, interval: ends(&resampled, level), n: n as u32 })
}

/// Values in ascending order, equal ones together.
struct Ordered {
    /// Indices of the values.
    order: Vec<usize>,
    /// Where in `order` each group of equal values ends.
    ends: Vec<usize>,
}

impl Ordered {
    fn of(values: impl Iterator<Item = f64>) -> Ordered {
        let values: Vec<f64> = values.collect();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let is_end = |place: &usize| {
            let next = order.get(*place).map(|index| values[*index]);
            next.is_none_or(|next| next.total_cmp(&values[order[place - 1]]).is_ne())
        };
        let ends = (1..=order.len()).filter(is_end).collect();
        Ordered { order, ends }
    }

    /// Ranks from 1 where each value is there so many times, equal values sharing their mean rank.
    fn ranks(&self, times: &[u32]) -> Vec<f64> {
        let mut ranks = vec![0.0; self.order.len()];
        let (mut begin, mut before) = (0, 0);
        for &end in &self.ends {
            let group = &self.order[begin..end];
            let count: u32 = group.iter().map(|index| times[*index]).sum();
            let shared = f64::from(before) + f64::midpoint(f64::from(count), 1.0);
            for index in group {
                ranks[*index] = shared;
            }
            (begin, before) = (end, before + count);
        }
        ranks
    }
}

/// The product-moment correlation of the ranks where each pair is there so many times; `None` where a side does not
/// vary.
fn coefficient(x: &Ordered, y: &Ordered, times: &[u32]) -> Option<f64> {
    let (x, y) = (x.ranks(times), y.ranks(times));
    let middle = f64::midpoint(f64::from(times.iter().sum::<u32>()), 1.0);
    let product = |a: &[f64], b: &[f64]| -> f64 {
        times.iter().zip(a.iter().zip(b)).map(|(t, (a, b))| f64::from(*t) * (a - middle) * (b - middle)).sum()
    };
    let spread = (product(&x, &x) * product(&y, &y)).sqrt();
    (spread > 0.0).then(|| (product(&x, &y) / spread).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: Level = Level { confidence: 0.95, looks: 1 };

    /// M. Hollander and D. A. Wolfe, Nonparametric Statistical Methods (1973), p. 187: Hunter L values and panel scores
    /// of nine lots of canned tuna, S = 48 (R's `cor.test` cites it as its example): rho = 0.6. The nine are given
    /// twice over, since fewer than ten are refused; that leaves the coefficient as it is but for the ties.
    #[test]
    fn the_coefficient_is_the_published_one() {
        let lightness = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1];
        let score = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8];
        let [x, y] = [lightness, score].map(|values| Ordered::of(values.into_iter()));
        assert!((coefficient(&x, &y, &[1; 9]).unwrap() - 0.6).abs() < 1e-12);
        assert!((coefficient(&x, &y, &[2; 9]).unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn equal_values_share_their_rank_and_infinity_is_the_highest() {
        let ordered = Ordered::of([3.0, f64::INFINITY, 1.0, 3.0, f64::INFINITY].into_iter());
        assert_eq!(ordered.ranks(&[1; 5]), [2.5, 4.5, 1.0, 2.5, 4.5]);
        assert_eq!(ordered.ranks(&[2, 0, 1, 1, 1])[..4], [3.0, 5.0 - 0.0, 1.0, 3.0]);
    }

    #[test]
    fn the_interval_holds_the_coefficient_and_narrows() {
        let pairs = |n: u32| -> Vec<(f64, f64)> {
            (0..n).map(|i| (f64::from(i), f64::from(i) + 40.0 * f64::from(i * 7919 % 13))).collect()
        };
        let [few, many] = [20, 300].map(|n| rank_correlation(&pairs(n), LEVEL).unwrap());
        for found in [few, many] {
            assert!(found.interval.0 <= found.value && found.value <= found.interval.1, "{found:?}");
        }
        assert!(many.interval.1 - many.interval.0 < few.interval.1 - few.interval.0);
        assert_eq!(rank_correlation(&pairs(20), LEVEL), Some(few), "the same again");
    }

    #[test]
    fn too_few_pairs_or_a_side_that_does_not_vary_have_none() {
        let line: Vec<(f64, f64)> = (0..9).map(|i| (f64::from(i), f64::from(i))).collect();
        assert_eq!(rank_correlation(&line, LEVEL), None);
        assert_eq!(rank_correlation(&[(1.0, 2.0); 30], LEVEL), None);
    }
}
