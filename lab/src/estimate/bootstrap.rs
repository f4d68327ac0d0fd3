//! The bootstrap, to stand beside the t interval where outcomes are skewed.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::mean::Moments;
use super::{Level, Readings, rounded};

/// Resamples: enough for the tails of a level that is shared between four looks.
pub(crate) const RESAMPLES: usize = 4000;
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
    let (low, high) = bca(&values, skewness, level)?;
    Some(Bootstrap { low, high, skewness })
}

/// The interval itself; `None` without values.
fn bca(values: &[f64], skewness: f64, level: Level) -> Option<(f64, f64)> {
    let mean = Moments::of(values)?.mean;
    let means = resampled_means(values);
    // Sums of the same values in another order differ in their last digits, and are the same mean all the same.
    let close = mean.abs() * 1e-12;
    let below = means.partition_point(|resampled| *resampled < mean - close);
    let equal = means.partition_point(|resampled| *resampled <= mean + close) - below;
    // Resamples that give the mean itself lie half below it: where an outage is rare they are many. All on one side
    // happens only if nearly all values are equal; then half a resample stands for none.
    let below = (below as f64 + equal as f64 / 2.0).clamp(0.5, RESAMPLES as f64 - 0.5) / RESAMPLES as f64;
    let normal = Normal::standard();
    let bias = normal.inverse_cdf(below);
    // Of a mean, the acceleration that the jackknife gives.
    let acceleration = skewness / (6.0 * (values.len() as f64).sqrt());
    let end = |p: f64| {
        let z = bias + normal.inverse_cdf(p);
        ranked(&means, normal.cdf(bias + z / (1.0 - acceleration * z)))
    };
    Some((end(level.alpha() / 2.0), end(1.0 - level.alpha() / 2.0)))
}

/// The ends between which resampled figures (ascending, at least one) lie with the stated confidence, half of the rest
/// on either side.
pub(crate) fn ends(resampled: &[f64], level: Level) -> (f64, f64) {
    (ranked(resampled, level.alpha() / 2.0), ranked(resampled, 1.0 - level.alpha() / 2.0))
}

fn ranked(ascending: &[f64], p: f64) -> f64 {
    ascending[((p * ascending.len() as f64) as usize).min(ascending.len() - 1)]
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
    let mut generator = SplitMix::new(values.len() as u64);
    let mut mean = || (0..n).map(|_| values[generator.below(n)]).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    means
}

/// Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
pub(crate) struct SplitMix(u64);

impl SplitMix {
    /// Begins the sequence of this number.
    pub(crate) fn new(seed: u64) -> SplitMix {
        SplitMix(seed)
    }

    /// Equally likely from 0 to below `n`, to within n / 2^64.
    pub(crate) fn below(&mut self, n: usize) -> usize {
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

    /// Hours between failures of the air-conditioning of a Boeing 720 (F. Proschan, Theoretical explanation of observed
    /// decreasing failure rate, Technometrics 5, 1963). A. C. Davison and D. V. Hinkley, Bootstrap Methods and Their
    /// Application (1997), section 5.3, give an acceleration of 0.0938 for their mean. The limits are those of 400,000
    /// resamples drawn and evaluated outside this program; the upper one is their 99.6 % quantile, so that 4,000 leave
    /// it uncertain by some 3.5.
    #[test]
    fn failures_of_air_conditioning_come_out_as_published_and_as_computed_elsewhere() {
        let hours = [3.0, 5.0, 7.0, 18.0, 43.0, 85.0, 91.0, 98.0, 100.0, 130.0, 230.0, 487.0];
        let skewness = skewness(&hours).unwrap();
        assert!((skewness / (6.0 * 12.0_f64.sqrt()) - 0.0938).abs() < 1e-4, "{skewness}");
        let (low, high) = bca(&hours, skewness, Level::new(0.95, 1)).unwrap();
        assert!((low - 57.0).abs() < 2.0 && (high - 226.1).abs() < 12.0, "{low} to {high}");
    }

    /// One outage in 60: resamples have 0, 1, 2 and so on of it, about Poisson with mean 1, and 37 % give the mean
    /// itself.
    #[test]
    fn resamples_that_give_the_mean_itself_count_half() {
        let rare = readings((0..60).map(|i| if i == 7 { 100.0 } else { 0.0 }));
        let found = bootstrap(&rare, Level::new(0.95, 1)).unwrap();
        assert!(found.low < 1e-12 && (5.0..10.0).contains(&found.high), "{found:?}");
    }

    /// The skewness of 1, 2, 3, 10: mean 4, second moment 12.5, third moment 45.
    #[test]
    fn skewness_is_that_of_the_definition() {
        let skewness = skewness(&[1.0, 2.0, 3.0, 10.0]).unwrap();
        assert!((skewness - 45.0 / 12.5_f64.powf(1.5)).abs() < 1e-12, "{skewness}");
    }
}
