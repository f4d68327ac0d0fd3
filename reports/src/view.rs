//! A comparison, computed and ready to be rendered: what [`crate::comparison::build`] makes and every renderer formats.
//!
//! Renderers compute no statistic. All numbers here are in base units (PCs, hours, parts of 1, milliseconds); how they
//! are written is [`crate::number`]'s.

use bugcheck_lab::estimate::{Difference, Estimate, Level, Range, RankCorrelation, Standing};
use bugcheck_scenarios::experiment::Factor;
use bugcheck_sim::measure::{Measure, Segment};

use crate::number::Quantity;
use crate::verdict::{Meaning, Verdict};

/// Everything that a report says.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Name of the scenario.
    pub name: String,
    /// The question that it asks.
    pub question: String,
    /// The answer in one sentence.
    pub sentence: String,
    /// The answer for a reader in a hurry.
    pub answer: Answer,
    /// What the verdicts mean together; decides the exit code.
    pub meaning: Meaning,
    /// What was expected, and whether it holds.
    pub verdicts: Vec<Verdict>,
    /// What was simulated.
    pub setting: Setting,
    /// The choices under comparison.
    pub factors: Vec<Factor>,
    /// The leading measures, the columns of the table of arms.
    pub columns: Vec<Column>,
    /// Indices into `columns` of the measures of which differences are shown where room is short.
    pub brief: Vec<usize>,
    /// Index into `columns` of the measure by which arms are told apart.
    pub lead: usize,
    /// The arms, in the order of the file.
    pub arms: Vec<ArmRow>,
    /// Index of the baseline in `arms`.
    pub baseline: usize,
    /// The other arms against the baseline; those that change one choice come first.
    pub differences: Vec<DifferenceRow>,
    /// Curves over time.
    pub curves: Curves,
    /// What the vendor did, for arms that share one timeline.
    pub timelines: Vec<Timeline>,
    /// The baseline by parts of the fleet.
    pub places: Vec<Dimension>,
    /// Hours lost for each PC of the baseline, by region and sector.
    pub tiles: Option<Tiles>,
    /// Where each arm stands between outage and late protection, in the order of [`Comparison::arms`].
    pub front: Vec<Traded>,
    /// What each step of the playbook brought back, by arm.
    pub steps: Vec<StepRow>,
    /// The uncertain inputs that move the lead measure of the baseline most, strongest first.
    pub drivers: Vec<Driver>,
    /// Where the numbers of the scenario are from.
    pub provenance: Provenance,
    /// What a reader must know to judge the answer: sampling, precision, what is not modelled.
    pub notes: Vec<String>,
    /// How the baseline stands to what was published.
    pub calibration: Calibration,
    /// The STRESS-DES checklist.
    pub checklist: Vec<Item>,
    /// Where this is from.
    pub footer: Footer,
}

/// The answer for a reader in a hurry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which arm.
    pub arm: String,
    /// How much.
    pub much: String,
    /// What it costs in protection; empty where no price is shown.
    pub price: String,
    /// How sure.
    pub sure: String,
    /// Whether it may be quoted.
    pub quote: Quote,
}

/// Whether an answer may be quoted, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Whether.
    pub may: May,
    /// What stands against it; empty for [`May::Yes`].
    pub because: Vec<String>,
    /// A sentence to be copied.
    pub words: String,
}

/// Whether an answer is fit to be passed on, as what the model says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Nothing stands against it.
    Yes,
    /// With what stands against it.
    WithCare,
    /// Too little was simulated.
    No,
}

/// How the baseline stands to what was published about the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Published points.
    pub points: usize,
    /// Those of them that the range of outcomes meets.
    pub met: usize,
}

/// An item of the STRESS-DES checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number there.
    pub number: &'static str,
    /// What is asked.
    pub what: &'static str,
    /// The answer, or where it is.
    pub answer: String,
}

/// Hours lost for each PC, by region and sector.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiles {
    /// The sectors, in the order of the file.
    pub sectors: Vec<String>,
    /// Each region: its name, its sectors, and all of them together.
    pub regions: Vec<(String, Vec<Figure>, Figure)>,
    /// Each sector in all regions.
    pub all: Vec<Figure>,
    /// All PCs.
    pub fleet: Figure,
}

/// Where an arm stands between outage and late protection.
#[derive(Clone, Debug, PartialEq)]
pub struct Traded {
    /// PC-hours lost.
    pub outage: Estimate,
    /// PC-hours protected late.
    pub late: Estimate,
    /// Whether another arm is shown to beat it in both.
    pub standing: Standing,
}

/// What was simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// PCs in the fleet.
    pub pcs: u64,
    /// PCs that were simulated in each replication; the fewest and the most over replications.
    pub pcs_simulated: (u64, u64),
    /// Organisations in the fleet.
    pub organisations: u64,
    /// 1 in this many organisations is simulated.
    pub one_in: u32,
    /// Replications of each arm; the fewest and the most over arms.
    pub replications: (u32, u32),
    /// How sure every interval is.
    pub level: Level,
    /// From the release to the horizon, in milliseconds: a time that is not within the horizon is longer than this, as
    /// all of them count from the release.
    pub watched_ms: i64,
    /// When the release came out, in milliseconds since 1970-01-01T00:00:00Z.
    pub release_unix_ms: i64,
    /// Why it stopped, in words.
    pub stopped: String,
}

/// A leading measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Which.
    pub measure: Measure,
    /// Its heading.
    pub title: &'static str,
    /// How its numbers are written.
    pub quantity: Quantity,
}

/// Whether an arm is the one that the others are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is.
    Baseline,
    /// It is not.
    Other,
}

/// One arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmRow {
    /// Its name.
    pub name: String,
    /// Whether it is the baseline.
    pub role: Role,
    /// How many replications it has.
    pub n: u32,
    /// In how many of them PCs go down at all, as a share of them.
    pub outage: Estimate,
    /// The figures, in the order of [`Comparison::columns`].
    pub figures: Vec<Figure>,
    /// Letters: arms that share one cannot be told apart by the lead measure.
    pub letters: String,
    /// The groups that the letters name, by their numbers.
    pub groups: Vec<usize>,
}

/// What is known of one measure of one arm: its mean over replications with its precision, and the range of outcomes.
/// The two are never to be mixed up: the first shrinks with more replications, the second does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The mean and its precision.
    pub estimate: Estimate,
    /// Where the replications lie.
    pub outcomes: Range,
}

/// An arm against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct DifferenceRow {
    /// Index of the arm.
    pub arm: usize,
    /// The choices that differ from the baseline's: factor, level there, level here.
    pub changes: Vec<Change>,
    /// The differences on the same dice, in the order of [`Comparison::columns`]; Holm-adjusted over the arms.
    pub cells: Vec<Difference>,
}

/// A choice that differs from the baseline's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The factor.
    pub factor: String,
    /// The baseline's level.
    pub from: String,
    /// The arm's level.
    pub to: String,
}

/// The curves of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// PCs down over time: first the baseline with the arms that change one choice, then all arms by level of a factor.
    pub down: Vec<Panel>,
    /// The baseline's share of PCs not yet back, to be seen beside what was published.
    pub against_history: Panel,
    /// Published points.
    pub history: Vec<Point>,
    /// Share of the PCs that went down and are not yet back, by time since their own first failure.
    pub survival: Panel,
    /// Share of the organisations whose last PC is not yet back, by time since the release.
    pub organisations: Panel,
    /// Instants of the vendor's response in the baseline, in milliseconds after the release.
    pub marks: Vec<Mark>,
    /// PCs not yet back at some times after their own failure, by arm of the survival panel.
    pub at_risk: AtRisk,
}

/// Curves that are drawn into one plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its heading.
    pub title: String,
    /// The curves.
    pub lines: Vec<MeanCurve>,
}

/// The mean of a curve over replications, with the band of its precision.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanCurve {
    /// The arm, or arms that gave the same curve.
    pub label: String,
    /// Which of the arms, or the first of those that gave the same curve.
    pub arm: usize,
    /// Instants in milliseconds.
    pub at_ms: Vec<i64>,
    /// Means.
    pub mean: Vec<f64>,
    /// Lower edge of the band.
    pub low: Vec<f64>,
    /// Upper edge of the band.
    pub high: Vec<f64>,
    /// Replications that have the curve: of a share of the PCs that went down, those in which some did.
    pub n: u32,
}

/// PCs not yet back at some times.
#[derive(Clone, Debug, PartialEq)]
pub struct AtRisk {
    /// Times since the PC's own first failure, in milliseconds.
    pub at_ms: Vec<i64>,
    /// Arm, and the mean number of PCs not yet back at each time, over all its replications.
    pub rows: Vec<(String, Vec<f64>)>,
}

/// A published point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its label.
    pub label: String,
    /// In milliseconds after the release.
    pub at_ms: i64,
    /// Of which PCs.
    pub segment: Segment,
    /// Share not yet back, low and high.
    pub down: (f64, f64),
    /// Who published it.
    pub source: String,
}

/// An instant worth a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What.
    pub what: String,
    /// In milliseconds after the release: the same in every replication, or their median.
    pub at_ms: i64,
}

/// What the vendor did.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The arms that share it.
    pub arms: Vec<String>,
    /// What happened, in the order of time.
    pub events: Vec<TimelineEvent>,
}

/// One kind of event over the replications of an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEvent {
    /// What.
    pub what: String,
    /// 5 %, median and 95 % over the replications that saw it, in milliseconds after the release.
    pub at_ms: (i64, i64, i64),
    /// Replications in which it happened.
    pub seen: u32,
    /// Replications.
    pub n: u32,
    /// Mean number of PCs hit until its median, where the curve says so.
    pub pcs_hit: Option<f64>,
}

/// The parts of the fleet along one dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// What the parts are: `region`, `sector`, `kind`, `architecture`.
    pub name: &'static str,
    /// Headings and figures of the columns.
    pub columns: Vec<Column>,
    /// The parts with their figures.
    pub rows: Vec<(String, Vec<Figure>)>,
}

/// What a step did in one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRow {
    /// The arm.
    pub arm: String,
    /// The step.
    pub step: String,
    /// Mean attempts per replication.
    pub attempts: Figure,
    /// Mean PCs brought back per replication.
    pub repairs: Figure,
}

/// An uncertain input and how strongly the answer follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// Its path in the scenario.
    pub path: String,
    /// Its range as written.
    pub value: String,
    /// Rank correlation with the lead measure of the baseline over replications.
    pub correlation: RankCorrelation,
}

/// Where the numbers of a scenario are from.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// Numbers that name a source: path, value, source.
    pub sourced: Vec<(String, String, String)>,
    /// Numbers that are ranges: path, range, source or nothing.
    pub uncertain: Vec<(String, String, String)>,
    /// Numbers that are assumptions: path, value.
    pub assumed: Vec<(String, String)>,
}

/// Where a report is from, and how to make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Footer {
    /// Version of the program.
    pub version: String,
    /// Result epoch.
    pub epoch: u32,
    /// Digest of the resolved scenario.
    pub scenario_digest: String,
    /// Digest of all results.
    pub results_digest: String,
    /// Version of the time-zone data.
    pub time_zones: String,
    /// Seed.
    pub seed: u64,
    /// The command that gives the same results.
    pub reproduce: String,
}
