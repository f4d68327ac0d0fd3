//! Estimates over replications: what is known of an arm, how well, and how arms differ.
//!
//! Replications of an arm are independent, and replication `i` of every arm has the same dice. From that follow the two
//! rules of this module: one arm is judged over its own replications ([`mean`], [`quantile`], [`proportion`]), two arms
//! are compared replication by replication ([`paired`]).
//!
//! Two intervals are kept apart by name. The *precision* of an [`Estimate`] (its `low` and `high`) shrinks with more
//! replications. The [`Range`] of outcomes does not: it says how different one day is from another.
//!
//! Readings beyond the horizon are never dropped: a mean over them is "at least", a quantile among them is "not within
//! the horizon". Replications that all gave the same value never get an interval without a width and no word about it:
//! [`Estimate::same`] bounds how many others would differ (the rule of three).
//!
//! ```
//! use bugcheck_lab::estimate::{Level, Limit, Point, Readings, mean};
//! use bugcheck_sim::measure::{Measure, Reading};
//!
//! let hours = [4.0, 6.0, 5.0, 5.0];
//! let readings = Readings::new(Measure::TimeTo50, 672.0, hours.iter().map(|&h| Reading::Value(h)));
//! let estimate = mean(&readings, Level::new(0.95, 1));
//! assert_eq!(estimate.value, Point::Value(5.0));
//! assert_eq!(estimate.n, 4);
//! let Limit::At(low) = estimate.low else { panic!() };
//! assert!((low - (5.0 - 3.1824 * 0.8165 / 2.0)).abs() < 1e-3);
//! ```

mod apart;
pub(crate) mod bootstrap;
mod columns;
mod curve;
mod front;
mod mean;
mod paired;
mod pairing;
mod proportion;
mod quantile;
mod rank;

pub use apart::apart_pairs;
pub use bootstrap::{Bootstrap, bootstrap};
pub(crate) use columns::horizon_hours;
pub use columns::{Columns, Readings};
pub use curve::{Band, band};
pub use front::{ByMeans, LATE_PROTECTION, OUTAGE, OnFront, Standing, front};
pub use mean::mean;
pub(crate) use paired::adjust;
pub use paired::{Apart, Difference, against_baseline, holm, paired};
pub use pairing::{Pairing, pairing};
pub use proportion::{at_most_when_never, how_often, least_alike, proportion};
pub use quantile::{Change, Range, quantile, quantile_of_differences, range};
pub(crate) use rank::ENOUGH;
pub use rank::{RankCorrelation, rank_correlation};

use bugcheck_scenarios::Experiment;
use bugcheck_scenarios::experiment::Replications;
use serde::{Serialize, Serializer};

/// The confidence of intervals where the scenario sets none.
pub const CONFIDENCE: f64 = 0.95;

/// How sure an interval is, and between how many looks at the growing results that is shared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Chance that all looks together are right, such as 0.95.
    pub confidence: f64,
    /// Looks at which a run may stop; at least 1.
    pub looks: u32,
}

impl Level {
    /// A confidence (more than 0, less than 1) over this many looks (0 counts as 1).
    pub fn new(confidence: f64, looks: u32) -> Level {
        Level { confidence, looks: looks.max(1) }
    }

    /// The level of an experiment: its confidence, shared between the looks that it may take.
    pub fn of(experiment: &Experiment) -> Level {
        let Replications { until, .. } = &experiment.replications;
        let confidence = until.as_ref().map_or(CONFIDENCE, |u| u.confidence);
        Level::new(confidence, crate::stopping::looks(&experiment.replications).len() as u32)
    }

    /// The level of each of so many statements (0 counts as 1) which shall hold together (Bonferroni).
    #[must_use]
    pub fn shared_among(self, statements: usize) -> Level {
        Level { confidence: 1.0 - (1.0 - self.confidence) / statements.max(1) as f64, ..self }
    }

    /// Chance of error at one look: the chance of error over all looks, divided among them (Bonferroni), so that
    /// stopping at the look that pleases does not make it larger.
    pub fn alpha(self) -> f64 {
        (1.0 - self.confidence) / f64::from(self.looks)
    }
}

/// What is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// The mean over replications.
    Mean,
    /// This quantile over replications, 0 to 1.
    Quantile(f64),
    /// The share of replications in which something happens.
    Share,
    /// The mean difference from the baseline on the same dice, in the unit of the measure.
    Difference,
    /// The same, as a part of the baseline's mean (-0.2 is 20 % less).
    RelativeDifference,
}

/// A single number, as far as the readings allow one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// This.
    #[serde(serialize_with = "rounded")]
    Value(f64),
    /// This or more: some readings lie beyond the horizon, and were counted as if they ended there.
    #[serde(serialize_with = "rounded")]
    AtLeast(f64),
    /// This or less: the same, for a difference from a baseline with readings beyond the horizon.
    #[serde(serialize_with = "rounded")]
    AtMost(f64),
    /// Later than the horizon.
    NotWithinHorizon,
    /// Both arms have readings beyond the horizon, so that their difference could be anything.
    Unknown,
    /// There was nothing to measure in any replication.
    Nothing,
}

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Here.
    #[serde(serialize_with = "rounded")]
    At(f64),
    /// Later than the horizon.
    NotWithinHorizon,
    /// There are too few replications to give this end at all.
    Undecided,
}

impl Limit {
    /// The number, where there is one.
    pub fn at(self) -> Option<f64> {
        match self {
            Limit::At(value) => Some(value),
            Limit::NotWithinHorizon | Limit::Undecided => None,
        }
    }
}

/// How the two ends of an interval share its chance of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Half each: the figure lies between both ends with the stated confidence.
    Together,
    /// Each end holds by itself with the stated confidence. Quantiles are bounded from one side at a time: that is what
    /// an expectation asks, and both at once would need half as many replications again.
    Each,
}

/// A figure over replications with the precision to which it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// What is estimated.
    pub of: Figure,
    /// The unit of `value`, `low` and `high`.
    pub unit: &'static str,
    /// The estimate.
    pub value: Point,
    /// Lower end of its interval (precision, not range of outcomes).
    pub low: Limit,
    /// Upper end of its interval.
    pub high: Limit,
    /// How the ends share the chance of error.
    pub sides: Sides,
    /// Where all replications gave the same value: at most this share of others would give another one. The interval
    /// then has no width, and must not be shown without this.
    #[serde(serialize_with = "rounded_option")]
    pub same: Option<f64>,
    /// Replications (or pairs of them) that entered, those beyond the horizon included.
    pub n: u32,
    /// How many of them lie beyond the horizon.
    pub beyond: u32,
    /// Replications with nothing to measure; they are not in `n`.
    pub nothing: u32,
    /// How sure the interval is.
    pub level: Level,
}

impl Estimate {
    /// Whether the interval is one only by its form: it has no width because all replications gave the same value, and
    /// they are too few to say much about others ([`least_alike`]).
    pub fn too_few_alike(&self) -> bool {
        self.same.is_some() && self.n < least_alike(self.level)
    }

    /// Of a share ([`Figure::Share`]) the replications in which it happened; of any other figure 0.
    pub fn events(&self) -> u32 {
        match (self.of, self.value) {
            (Figure::Share, Point::Value(share)) => (share * f64::from(self.n)).round() as u32,
            _ => 0,
        }
    }

    /// Half the width of the interval, where both ends are known.
    pub fn half_width(&self) -> Option<f64> {
        Some((self.high.at()? - self.low.at()?) / 2.0)
    }
}

/// Writes a float with 12 significant digits. Distribution functions come from the platform's mathematics, whose last
/// digits differ between platforms; files of results should not.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(significant(*value))
}

/// The same for the two ends of an interval.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn rounded_pair<S: Serializer>((low, high): &(f64, f64), serializer: S) -> Result<S::Ok, S::Error> {
    (significant(*low), significant(*high)).serialize(serializer)
}

/// The same for numbers that may be missing.
#[allow(clippy::ref_option, reason = "serde calls it so")]
fn rounded_option<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(significant).serialize(serializer)
}

/// Rounds to 12 significant digits.
pub(crate) fn significant(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}
