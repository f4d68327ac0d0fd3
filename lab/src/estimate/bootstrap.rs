//! The bootstrap, to stand beside the t interval where outcomes are skewed.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::mean::Moments;
use super::{Level, Readings, rounded};

/// Resamples: enough for the tails of a level that is shared between four looks.
const RESAMPLES: usize = 4000;
/// Skewness, in absolute terms, from which on the t interval is no longer trusted alone.
const SKEWED: f64 = 1.0;
/// Replications below which a resample has too few different values to draw from.
const ENOUGH: usize = 20;

/// A second interval for a mean, which follows the skew of the outcomes. Where it differs much from the t interval,
/// neither is to be trusted to its last digit: more replications are needed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bootstrap {
    /// Lower end, in the unit of the measure.
    #[serde(serialize_with = "rounded")]
    pub low: f64,
    /// Upper end.
    #[serde(serialize_with = "rounded")]
    pub high: f64,
    /// Skewness of the outcomes; 0 is symmetric.
    #[serde(serialize_with = "rounded")]
    pub skewness: f64,
}

/// The bias-corrected and accelerated interval of a mean, where the outcomes are skewed enough to need one; `None`
/// where they are not, where there are fewer than 20, or where some lie beyond the horizon.
///
/// B. Efron, Better bootstrap confidence intervals, JASA 82 (1987). Resamples are drawn by a fixed generator, so that
/// the same outcomes give the same interval.
pub fn bootstrap(readings: &Readings, level: Level) -> Option<Bootstrap> {
    let values = readings.values();
    if values.len() < ENOUGH || readings.beyond() > 0 {
        return None;
    }
    let skewness = skewness(&values)?;
    if skewness.abs() < SKEWED {
        return None;
    }
    let means = resampled_means(&values);
    let below = means.partition_point(|mean| *mean < Moments::of(&values).map_or(0.0, |m| m.mean));
    let normal = Normal::standard();
    // All on one side happens only if nearly all values are equal; then half a resample stands for none.
    let bias = normal.inverse_cdf((below as f64).clamp(0.5, RESAMPLES as f64 - 0.5) / RESAMPLES as f64);
    // Of a mean, the acceleration that the jackknife gives.
    let acceleration = skewness / (6.0 * (values.len() as f64).sqrt());
    let end = |p: f64| {
        let z = bias + normal.inverse_cdf(p);
        let p = normal.cdf(bias + z / (1.0 - acceleration * z));
        means[((p * RESAMPLES as f64) as usize).min(RESAMPLES - 1)]
    };
    Some(Bootstrap { low: end(level.alpha() / 2.0), high: end(1.0 - level.alpha() / 2.0), skewness })
}

/// Third moment over the cube of the standard deviation; `None` where nothing varies.
fn skewness(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = Moments::of(values)?.mean;
    let power = |k: i32| values.iter().map(|v| (v - mean).powi(k)).sum::<f64>() / n;
    let variance = power(2);
    (variance > 0.0).then(|| power(3) / variance.powf(1.5))
}

/// Means of resamples with replacement, ascending.
fn resampled_means(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut generator = SplitMix(values.len() as u64);
    let mut mean = || (0..n).map(|_| values[generator.below(n)]).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    means
}

/// Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
struct SplitMix(u64);

impl SplitMix {
    /// Equally likely from 0 to below `n`, to within n / 2^64.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(z ^ (z >> 31)) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::{Measure, Reading};

    use super::*;
    use crate::estimate::mean;

    fn readings(values: impl Iterator<Item = f64>) -> Readings {
        Readings::new(Measure::PcHoursLost, 672.0, values.map(Reading::Value))
    }

    #[test]
    fn symmetric_outcomes_need_none() {
        assert_eq!(bootstrap(&readings((0..60).map(f64::from)), Level::new(0.95, 1)), None);
        assert_eq!(bootstrap(&readings((0..60).map(|_| 4.0)), Level::new(0.95, 1)), None);
        assert_eq!(bootstrap(&readings((0..19).map(|i| f64::from(i).exp())), Level::new(0.95, 1)), None, "too few");
    }

    #[test]
    fn a_long_upper_tail_moves_the_interval_up() {
        // Quantiles of an exponential distribution with mean 1: skewness close to 2.
        let skewed = readings((0..60).map(|i| -(1.0 - (f64::from(i) + 0.5) / 60.0).ln()));
        let level = Level::new(0.95, 1);
        let (t, b) = (mean(&skewed, level), bootstrap(&skewed, level).unwrap());
        assert!((1.5..2.0).contains(&b.skewness), "{b:?}");
        assert!(b.low > t.low.at().unwrap() && b.high > t.high.at().unwrap(), "{t:?} {b:?}");
        assert_eq!(bootstrap(&skewed, level), Some(b), "the same again");
    }

    /// The skewness of 1, 2, 3, 10: mean 4, second moment 12.5, third moment 45.
    #[test]
    fn skewness_is_that_of_the_definition() {
        let skewness = skewness(&[1.0, 2.0, 3.0, 10.0]).unwrap();
        assert!((skewness - 45.0 / 12.5_f64.powf(1.5)).abs() < 1e-12, "{skewness}");
    }
}
