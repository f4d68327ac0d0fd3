//! What a scenario file means, resolved: the arms under comparison, what is expected of them, and where each number is
//! from.

use bugcheck_sim::measure::{Measure, Segment};
use serde::{Deserialize, Serialize};

/// A checked scenario: everything that a run, a plan or a report needs to know, but for the simulation plans
/// themselves, which [`crate::Scenario::plan`] makes per arm and replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The scenario's name; also the name of its folder of results.
    pub name: String,
    /// The question that it asks, one sentence.
    pub question: String,
    /// The factors, in the order of the file.
    pub factors: Vec<Factor>,
    /// The arms, in the order of the file; at least one.
    pub arms: Vec<Arm>,
    /// Index of the baseline in `arms`.
    pub baseline: usize,
    /// Seed of what happens.
    pub seed: u64,
    /// Seed of the population; the same as `seed` unless the file says otherwise.
    pub population_seed: u64,
    /// How many replications.
    pub replications: Replications,
    /// 1 in this many organisations is simulated.
    pub one_in: u32,
    /// PCs in the fleet.
    pub pcs: u64,
    /// The start, in milliseconds since 1970-01-01T00:00:00Z.
    pub start_unix_ms: i64,
    /// The horizon, in milliseconds.
    pub horizon_ms: i64,
    /// When the release comes out, in milliseconds after the start: the zero of recovery times and curves.
    pub release_ms: i64,
    /// What must hold.
    pub expectations: Vec<Expectation>,
    /// Every number of the resolved file, with where it is from.
    pub inputs: Vec<Input>,
    /// Published points to show beside the curves.
    pub history: Vec<History>,
}

/// A choice under comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// Its name.
    pub name: String,
    /// The names of its levels.
    pub levels: Vec<String>,
}

/// One combination of choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// The levels joined, such as `kernel / by_hand / at_once`; `all` where there are no factors.
    pub name: String,
    /// The level of each factor, in the order of [`Experiment::factors`].
    pub levels: Vec<String>,
}

/// How many replications are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replications {
    /// At least so many.
    pub min: u32,
    /// At most so many.
    pub max: u32,
    /// Stops at a look (60, 120, 240, 480) when this precision is reached in every arm.
    pub until: Option<Until>,
}

/// A precision to be reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Until {
    /// Of this measure's mean, over the fleet.
    pub measure: Measure,
    /// Half-width of the interval, as a part of the mean.
    pub half_width: f64,
    /// Confidence of the interval, such as 0.95.
    pub confidence: f64,
}

/// Something that must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// Its name in the file.
    pub name: String,
    /// What is looked at.
    pub measure: Measure,
    /// In which part of the fleet.
    pub segment: Segment,
    /// For which arms (indices into [`Experiment::arms`]); it must hold in each.
    pub arms: Vec<usize>,
    /// Which figure over the replications.
    pub over: Over,
    /// Whether the figure itself is judged, or its change against the baseline.
    pub versus: Versus,
    /// The bound, in the unit of the measure; for [`Versus::BaselinePercent`] a change as a part (-0.2 is 20 % less).
    pub bound: Bound,
    /// The bound as the file writes it, such as `at_most: 1% of fleet`.
    pub written: String,
    /// How serious it is.
    pub level: Level,
    /// Where the bound is from.
    pub source: Option<String>,
}

/// A figure over the replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Over {
    /// Their mean.
    Mean,
    /// This quantile of them, 0 to 1.
    Quantile(f64),
}

/// What a bound is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versus {
    /// The figure itself.
    Itself,
    /// Its difference from the baseline, in the unit of the measure.
    Baseline,
    /// Its difference from the baseline, as a part of the baseline.
    BaselinePercent,
}

/// A bound on a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bound {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
    /// From the first to the second.
    Within(f64, f64),
}

/// How serious a broken expectation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// The run fails.
    Fail,
    /// It is reported, and the run passes.
    Warn,
}

/// One number of the resolved scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Where it stands, such as `fleet.kinds.office.bitlocker`; for a factor's level, prefixed by `factors.F.L.`.
    pub path: String,
    /// As written, such as `40 s`.
    pub value: String,
    /// Where it is from.
    pub origin: Origin,
}

/// Where a number is from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// It names its source.
    Sourced(String),
    /// It is a range, drawn once per replication; the second part is the range's source, if it names one.
    Uncertain(Option<String>),
    /// It is an assumption.
    Assumed,
}

/// A published point of what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Its label.
    pub label: String,
    /// When, in milliseconds after the release.
    pub at_ms: i64,
    /// Of which PCs: [`Segment::Fleet`] or one [`Segment::Kind`].
    pub segment: Segment,
    /// Share of the PCs that went down that were not yet back, 0 to 1: (low, high) where it is a range or has two
    /// readings.
    pub down: (f64, f64),
    /// Who published it.
    pub source: String,
}

/// An uncertain input as drawn for one replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Its path, as in [`Input::path`].
    pub path: String,
    /// The value, in base units (milliseconds, parts of 1, PCs, plain numbers).
    pub value: f64,
}
