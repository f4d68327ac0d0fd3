//! Expectations held against results: each one holds, is broken, or is undecided.
//!
//! A verdict follows from the interval of the figure, never from the figure alone: *holds* if the whole interval keeps
//! the bound, *broken* if none of it does, *undecided* otherwise. More replications can only decide what is undecided.
//!
//! Two cases need more than that. An interval without a width, because all replications gave the same value, decides
//! only once they are [`least_alike`]. And what is held against the baseline in several arms is broken only if it is so
//! with the chance of error divided among them; that it holds in *all* of them needs no such division.

use bugcheck_lab::estimate::{self, Columns, Estimate, Figure, Limit, Point, Sides, least_alike};
use bugcheck_scenarios::Experiment;
use bugcheck_scenarios::experiment::{Bound, Expectation, Level, Over, Versus};
use bugcheck_sim::measure::{Measure, Segment};

use crate::estimates::{self, FromZero};
use crate::number::{Quantity, count};
use crate::wording;

/// Whether an expectation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The whole interval keeps the bound.
    Holds,
    /// The interval lies on both sides of the bound, or there are too few replications for one.
    Undecided,
    /// None of the interval keeps the bound.
    Broken,
}

/// An expectation with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Its name in the file.
    pub name: String,
    /// What is looked at.
    pub measure: Measure,
    /// In which part of the fleet.
    pub segment: Segment,
    /// The bound as the file writes it.
    pub written: String,
    /// Where the bound is from.
    pub source: Option<String>,
    /// How serious it is if it is broken.
    pub level: Level,
    /// The worst of its arms.
    pub status: Status,
    /// Why, in one sentence: figure, interval and n of the arm that decides.
    pub reason: String,
    /// The verdict in each arm.
    pub arms: Vec<ArmVerdict>,
}

/// The verdict on one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmVerdict {
    /// Index of the arm.
    pub arm: usize,
    /// Whether it holds there.
    pub status: Status,
    /// The figure with its interval; the difference where it is held against the baseline.
    pub estimate: Estimate,
    /// How far the nearer end of the interval lies within the bound (holds) or beyond it (broken), in the unit of the
    /// figure; `None` where it is undecided, or that end is no number.
    pub margin: Option<f64>,
    /// Why, in one sentence.
    pub reason: String,
    /// Whether the arm is known to be on the wrong side of the baseline.
    pub against_baseline: AgainstBaseline,
}

/// Where an arm stands against the baseline, for expectations that are held against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgainstBaseline {
    /// The interval of the difference lies wholly on the wrong side of no change.
    Worse,
    /// It does not, or the baseline is not looked at.
    NotWorse,
}

/// What the verdicts mean together; the command turns it into its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Every expectation holds, but for broken or undecided ones of level `warn`.
    AllHolds,
    /// The file expects nothing.
    NothingExpected,
    /// An expectation of level `fail` is broken.
    Broken,
    /// None is broken, and one of level `fail` is undecided.
    Undecided,
    /// Only expectations against the baseline are broken, and an arm is certainly worse than it.
    WorseThanBaseline,
}

impl Verdict {
    /// A note for expectations that cannot fail the run.
    pub fn level_note(&self) -> &'static str {
        match self.level {
            Level::Fail => "",
            Level::Warn => " [warning only]",
        }
    }
}

/// Judges every expectation of the experiment.
pub fn judge(experiment: &Experiment, columns: &Columns) -> Vec<Verdict> {
    experiment.expectations.iter().map(|expectation| judge_one(experiment, columns, expectation)).collect()
}

/// What the verdicts mean together.
pub fn meaning(verdicts: &[Verdict]) -> Meaning {
    if verdicts.is_empty() {
        return Meaning::NothingExpected;
    }
    let serious = || verdicts.iter().filter(|verdict| verdict.level == Level::Fail);
    let broken: Vec<&Verdict> = serious().filter(|verdict| verdict.status == Status::Broken).collect();
    if broken.is_empty() {
        let undecided = serious().any(|verdict| verdict.status == Status::Undecided);
        return if undecided { Meaning::Undecided } else { Meaning::AllHolds };
    }
    let worse = |verdict: &&Verdict| verdict.arms.iter().any(|arm| arm.against_baseline == AgainstBaseline::Worse);
    if broken.iter().all(worse) { Meaning::WorseThanBaseline } else { Meaning::Broken }
}

fn judge_one(experiment: &Experiment, columns: &Columns, expectation: &Expectation) -> Verdict {
    let arms: Vec<ArmVerdict> =
        expectation.arms.iter().map(|&arm| judge_arm(experiment, columns, expectation, arm)).collect();
    let status = arms.iter().map(|arm| arm.status).max().unwrap_or(Status::Undecided);
    let deciding: Vec<&ArmVerdict> = arms.iter().filter(|arm| arm.status == status).collect();
    let named = |verdict: &ArmVerdict| format!("{}: {}", experiment.arms[verdict.arm].name, verdict.reason);
    let reason = match deciding.as_slice() {
        [] => "it names no arm".to_owned(),
        [only] => named(only),
        [first, rest @ ..] => {
            format!("{}; {} in {} more of its arms", named(first), wording::status_word(status), rest.len())
        }
    };
    Verdict {
        name: expectation.name.clone(),
        measure: expectation.measure,
        segment: expectation.segment.clone(),
        written: expectation.written.clone(),
        source: expectation.source.clone(),
        level: expectation.level,
        status,
        reason,
        arms,
    }
}

fn judge_arm(experiment: &Experiment, columns: &Columns, expectation: &Expectation, arm: usize) -> ArmVerdict {
    let Expectation { segment, measure, over, versus, bound, .. } = expectation;
    let level = estimate::Level::of(experiment);
    let readings = columns.readings(arm, segment, *measure);
    let family = expectation.arms.iter().filter(|&&arm| arm != experiment.baseline).count();
    let mut from_zero = None;
    let mut grown = 0;
    let (estimate, adjusted, what) = match versus {
        Versus::Itself => {
            let estimate = estimates::itself(&readings, *over, level);
            (estimate.clone(), estimate, figure_name(*over))
        }
        Versus::Baseline | Versus::BaselinePercent => {
            let baseline = columns.readings(experiment.baseline, segment, *measure);
            if *versus == Versus::BaselinePercent {
                from_zero = estimates::from_zero(&readings, &baseline);
                grown = estimates::grown_from_zero(&readings, &baseline);
            }
            let at = |level| estimates::against(&readings, &baseline, *over, *versus, level);
            let what = format!("{} difference from the baseline", figure_name(*over));
            (at(level), at(level.shared_among(family)), what)
        }
    };
    let interval = Interval::of(&estimate, readings.horizon);
    let of_family = Interval::of(&adjusted, readings.horizon);
    let quantity = match versus {
        Versus::BaselinePercent => Quantity::Part,
        Versus::Itself | Versus::Baseline => Quantity::of(*measure),
    };
    let of = match segment {
        Segment::Fleet => measure.definition().name.to_owned(),
        segment => format!("{} in {}", measure.definition().name, wording::segment(segment)),
    };
    let against_baseline = against_baseline(*versus, *bound, of_family);
    if let Some(change) = from_zero {
        let (status, reason) = judge_from_zero(*bound, change, &of, level);
        return ArmVerdict { arm, status, estimate, margin: None, reason, against_baseline };
    }
    let figure = wording::estimate(quantity, &estimate, experiment.horizon_ms - experiment.release_ms);
    let alone = status(*bound, &estimate, interval);
    let broken = status(*bound, &adjusted, of_family) == Status::Broken;
    let status = if alone == Status::Broken && !broken { Status::Undecided } else { alone };
    let margin = margin(*bound, status, if status == Status::Broken { of_family } else { interval });
    let by = margin.map_or(String::new(), |margin| wording::margin(quantity, status, margin));
    let why = if status == alone { too_few(status, &estimate) } else { not_among(family) };
    let grown = match (*over, grown) {
        (Over::Mean, _) | (_, 0) => String::new(),
        (Over::Quantile(_), grown) => {
            format!("; in {grown} of them the baseline is 0 and the arm is not, which is more than any part of it")
        }
    };
    let reason = format!("the {what} of {of} is {figure}{grown}{by}{why}");
    ArmVerdict { arm, status, estimate, margin, reason, against_baseline }
}

/// Why an arm that would break the bound by itself does not among others.
fn not_among(arms: usize) -> String {
    format!("; that breaks the bound in this arm alone, but not with the chance of error divided among {arms} arms")
}

/// How far the nearer end of the interval lies from the bound, on the side that decides.
fn margin(bound: Bound, status: Status, Interval { low, high }: Interval) -> Option<f64> {
    let margin = match (status, bound) {
        (Status::Undecided, _) => return None,
        (Status::Holds, Bound::AtMost(most)) => most - high,
        (Status::Holds, Bound::AtLeast(least)) => low - least,
        (Status::Holds, Bound::Within(least, most)) => (low - least).min(most - high),
        (Status::Broken, Bound::AtMost(most)) => low - most,
        (Status::Broken, Bound::AtLeast(least)) => least - high,
        (Status::Broken, Bound::Within(least, most)) => (low - most).max(least - high),
    };
    margin.is_finite().then_some(margin)
}

/// Where a change from 0 lies to a bound in percent. What stays at 0 keeps every upper bound, since it is not more than
/// any part of the baseline; nothing else can be said in percent of 0.
fn judge_from_zero(bound: Bound, change: FromZero, of: &str, level: estimate::Level) -> (Status, String) {
    match (change, bound) {
        (FromZero::NoChange { pairs }, Bound::AtMost(_)) => {
            let all = count(pairs.into(), "replication", "replications");
            let said = format!("{of} is 0 in each of {all}, as in the baseline");
            if pairs < least_alike(level) {
                (Status::Undecided, format!("{said}{}", alike(level)))
            } else {
                (Status::Holds, said)
            }
        }
        (FromZero::NoChange { .. }, _) => {
            (Status::Undecided, format!("{of} is 0 in every replication, as in the baseline: 0 has no percentage"))
        }
        (FromZero::Change, _) => (
            Status::Undecided,
            format!("{of} is 0 in the baseline, and what it becomes is no percentage of 0; bound it in its own unit"),
        ),
    }
}

/// The interval of an estimate as two numbers that a bound can be held against.
#[derive(Clone, Copy, Debug)]
struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    /// An end that too few replications leave open lies at infinity.
    fn of(estimate: &Estimate, horizon: f64) -> Interval {
        let low = match estimate.low {
            Limit::At(low) => low,
            Limit::NotWithinHorizon => horizon,
            Limit::Undecided => f64::NEG_INFINITY,
        };
        Interval { low, high: estimate.high.at().unwrap_or(f64::INFINITY) }
    }
}

fn figure_name(over: Over) -> String {
    match over {
        Over::Mean => "mean".to_owned(),
        Over::Quantile(quantile) => format!("p{} over replications", trimmed(quantile * 100.0)),
    }
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Where an estimate lies to a bound.
fn status(bound: Bound, estimate: &Estimate, interval: Interval) -> Status {
    if width_of_few(estimate) {
        return Status::Undecided;
    }
    if estimate.value == Point::Nothing {
        // Where nothing went down there is no time to wait for: that keeps any upper bound and decides no lower one.
        let waits_for_nothing = matches!(estimate.of, Figure::Mean | Figure::Quantile(_));
        let upper = matches!(bound, Bound::AtMost(_));
        return if waits_for_nothing && upper { Status::Holds } else { Status::Undecided };
    }
    let Interval { low, high } = interval;
    match bound {
        Bound::AtMost(most) => side(high <= most, low > most),
        Bound::AtLeast(least) => side(low >= least, high < least),
        Bound::Within(least, most) => side(low >= least && high <= most, high < least || low > most),
    }
}

fn side(keeps: bool, breaks: bool) -> Status {
    match (keeps, breaks) {
        (true, _) => Status::Holds,
        (false, true) => Status::Broken,
        (false, false) => Status::Undecided,
    }
}

/// Whether all replications said the same, and are too few to say it of others. Quantiles bring their own least number.
fn width_of_few(estimate: &Estimate) -> bool {
    let nothing = estimate.value == Point::Nothing && estimate.nothing < least_alike(estimate.level);
    nothing || estimate.sides == Sides::Together && estimate.too_few_alike()
}

/// Says so where an interval, or an end of it, is missing only for want of replications.
fn too_few(status: Status, estimate: &Estimate) -> String {
    let missing = |limit: Limit| limit == Limit::Undecided && estimate.beyond == 0;
    match status {
        Status::Undecided if width_of_few(estimate) && estimate.n + estimate.nothing > 1 => alike(estimate.level),
        Status::Undecided if missing(estimate.high) => "; that is too few for an upper limit".to_owned(),
        Status::Undecided if missing(estimate.low) => "; that is too few for a lower limit".to_owned(),
        _ => String::new(),
    }
}

fn alike(level: estimate::Level) -> String {
    format!("; the same in all of them decides from {} on", least_alike(level))
}

fn against_baseline(versus: Versus, bound: Bound, interval: Interval) -> AgainstBaseline {
    let worse = match bound {
        Bound::AtMost(_) => interval.low > 0.0,
        Bound::AtLeast(_) => interval.high < 0.0,
        Bound::Within(..) => false,
    };
    if versus != Versus::Itself && worse { AgainstBaseline::Worse } else { AgainstBaseline::NotWorse }
}

#[cfg(test)]
mod tests {
    use bugcheck_lab::estimate::{Readings, mean};
    use bugcheck_sim::measure::Reading;

    use super::*;

    fn estimate(low: Limit, high: Limit) -> Estimate {
        Estimate {
            of: Figure::Mean,
            unit: "h",
            value: Point::Value(9.0),
            low,
            high,
            sides: Sides::Together,
            same: None,
            n: 60,
            beyond: 0,
            nothing: 0,
            level: estimate::Level::new(0.95, 1),
        }
    }

    fn judged(bound: Bound, low: Limit, high: Limit) -> Status {
        let estimate = estimate(low, high);
        status(bound, &estimate, Interval::of(&estimate, 672.0))
    }

    #[test]
    fn only_a_whole_interval_decides() {
        let judged = |bound, low, high| judged(bound, Limit::At(low), Limit::At(high));
        assert_eq!(judged(Bound::AtMost(10.0), 8.0, 10.0), Status::Holds);
        assert_eq!(judged(Bound::AtMost(10.0), 10.1, 12.0), Status::Broken);
        assert_eq!(judged(Bound::AtMost(10.0), 9.0, 11.0), Status::Undecided);
        assert_eq!(judged(Bound::AtLeast(10.0), 10.0, 12.0), Status::Holds);
        assert_eq!(judged(Bound::AtLeast(10.0), 8.0, 9.9), Status::Broken);
        assert_eq!(judged(Bound::Within(8.0, 10.0), 7.0, 9.0), Status::Undecided);
        assert_eq!(judged(Bound::Within(8.0, 10.0), 10.5, 11.0), Status::Broken);
    }

    #[test]
    fn an_end_that_is_open_cannot_keep_a_bound_on_that_side() {
        assert_eq!(judged(Bound::AtMost(1e12), Limit::At(8.0), Limit::Undecided), Status::Undecided);
        assert_eq!(judged(Bound::AtLeast(8.0), Limit::At(8.0), Limit::NotWithinHorizon), Status::Holds);
        assert_eq!(judged(Bound::AtMost(168.0), Limit::NotWithinHorizon, Limit::Undecided), Status::Broken);
        assert_eq!(judged(Bound::AtLeast(1.0), Limit::Undecided, Limit::At(9.0)), Status::Undecided);
    }

    #[test]
    fn the_margin_is_that_of_the_nearer_end() {
        let of = |bound, low, high| {
            let interval = Interval { low, high };
            margin(bound, judged(bound, Limit::At(low), Limit::At(high)), interval)
        };
        assert_eq!(of(Bound::AtMost(10.0), 7.0, 8.0), Some(2.0));
        assert_eq!(of(Bound::AtMost(10.0), 13.0, 18.0), Some(3.0));
        assert_eq!(of(Bound::AtMost(10.0), 9.0, 18.0), None);
        assert_eq!((of(Bound::AtLeast(5.0), 7.0, 8.0), of(Bound::AtLeast(9.0), 7.0, 8.0)), (Some(2.0), Some(1.0)));
        assert_eq!(
            (of(Bound::Within(0.0, 9.0), 7.0, 8.0), of(Bound::Within(0.0, 3.0), 7.0, 8.0)),
            (Some(1.0), Some(4.0))
        );
        let open = Interval { low: 8.0, high: f64::INFINITY };
        assert_eq!(margin(Bound::AtLeast(8.0), Status::Holds, open), Some(0.0));
        let nothing = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };
        assert_eq!(margin(Bound::AtMost(24.0), Status::Holds, nothing), None, "nothing went down");
    }

    #[test]
    fn where_nothing_went_down_any_upper_bound_on_a_time_holds() {
        let nothing =
            Estimate { value: Point::Nothing, n: 0, nothing: 60, ..estimate(Limit::Undecided, Limit::Undecided) };
        let interval = Interval::of(&nothing, 672.0);
        assert_eq!(status(Bound::AtMost(24.0), &nothing, interval), Status::Holds);
        assert_eq!(status(Bound::AtLeast(24.0), &nothing, interval), Status::Undecided);
        for few in [0, 58] {
            let few = Estimate { nothing: few, ..nothing.clone() };
            assert_eq!(status(Bound::AtMost(24.0), &few, interval), Status::Undecided);
        }
    }

    /// Sixty days without an outage do not show that there is none; two show nothing at all.
    #[test]
    fn a_mean_without_a_width_decides_only_where_replications_are_many() {
        for (value, bound, decided) in [
            (0.0, Bound::AtMost(0.0), Status::Holds),
            (0.0, Bound::AtLeast(1.0), Status::Broken),
            (7.0, Bound::Within(6.0, 8.0), Status::Holds),
        ] {
            for (n, expected) in [(2, Status::Undecided), (58, Status::Undecided), (59, decided)] {
                let readings = Readings::new(Measure::PcHoursLost, 672.0, vec![Reading::Value(value); n]);
                let estimate = mean(&readings, estimate::Level::new(0.95, 1));
                assert_eq!(status(bound, &estimate, Interval::of(&estimate, 672.0)), expected, "{value} in {n}");
                let said = too_few(expected, &estimate);
                assert_eq!(said.ends_with("decides from 59 on"), expected == Status::Undecided, "{said}");
            }
        }
    }

    #[test]
    fn in_percent_of_zero_only_no_change_keeps_an_upper_bound() {
        let level = estimate::Level::new(0.95, 1);
        let judged = |change, bound| judge_from_zero(bound, change, "pc_hours_lost", level).0;
        let none = FromZero::NoChange { pairs: 60 };
        assert_eq!(judged(none, Bound::AtMost(0.0)), Status::Holds);
        assert_eq!(judged(none, Bound::AtMost(-0.9)), Status::Holds);
        assert_eq!(judged(FromZero::NoChange { pairs: 58 }, Bound::AtMost(0.0)), Status::Undecided);
        assert_eq!(judged(none, Bound::AtLeast(0.1)), Status::Undecided);
        assert_eq!(judged(none, Bound::Within(-0.1, 0.1)), Status::Undecided);
        assert_eq!(judged(FromZero::Change, Bound::AtMost(0.1)), Status::Undecided);
        assert_eq!(judged(FromZero::Change, Bound::AtLeast(0.1)), Status::Undecided);
    }

    fn verdict(level: Level, status: Status, against_baseline: AgainstBaseline) -> Verdict {
        Verdict {
            name: "x".into(),
            measure: Measure::PcsHit,
            segment: Segment::Fleet,
            written: String::new(),
            source: None,
            level,
            status,
            reason: String::new(),
            arms: vec![ArmVerdict {
                arm: 0,
                status,
                estimate: estimate(Limit::Undecided, Limit::Undecided),
                margin: None,
                reason: String::new(),
                against_baseline,
            }],
        }
    }

    #[test]
    fn the_meaning_takes_the_worst_and_forgives_warnings() {
        use AgainstBaseline::{NotWorse, Worse};
        let broken = || verdict(Level::Fail, Status::Broken, NotWorse);
        let worse = || verdict(Level::Fail, Status::Broken, Worse);
        let undecided = || verdict(Level::Fail, Status::Undecided, NotWorse);
        let holds = || verdict(Level::Fail, Status::Holds, NotWorse);
        let warned = || verdict(Level::Warn, Status::Broken, NotWorse);
        assert_eq!(meaning(&[]), Meaning::NothingExpected);
        assert_eq!(meaning(&[holds(), warned()]), Meaning::AllHolds);
        assert_eq!(meaning(&[holds(), undecided()]), Meaning::Undecided);
        assert_eq!(meaning(&[undecided(), broken()]), Meaning::Broken);
        assert_eq!(meaning(&[undecided(), worse()]), Meaning::WorseThanBaseline);
        assert_eq!(meaning(&[broken(), worse()]), Meaning::Broken);
    }
}
