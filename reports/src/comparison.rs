//! Builds a [`Comparison`] from results: the one place where reports ask the estimators, so that renderers only format.

mod answer;
mod arms;
mod context;
mod curves;
mod sentence;
mod tiles;
mod trust;

pub use context::NOT_MODELLED;

use bugcheck_lab::Results;
use bugcheck_lab::estimate::{Columns, Level, Range, Readings, mean, range};
use bugcheck_sim::measure::Measure;

use crate::Error;
use crate::number::Quantity;
use crate::verdict;
use crate::view::{Column, Comparison, Figure};

/// The measure by which arms are told apart.
const LEAD: Measure = Measure::PcHoursLost;

/// The leading measures with their headings: outage, recovery, effort, protection.
const LEADING: [(Measure, &str); 10] = [
    (Measure::PcsHit, "PCs hit"),
    (Measure::PcsDownPeak, "most PCs down"),
    (LEAD, "PC-hours lost"),
    (Measure::TimeTo50, "50 % back after"),
    (Measure::TimeTo95, "95 % back after"),
    (Measure::TimeTo99, "99 % back after"),
    (Measure::TechnicianHours, "staff busy"),
    (Measure::ServiceHoursLost, "services out"),
    (Measure::UnprotectedPcHours, "unprotected"),
    (Measure::StalePcHours, "protected late"),
];

/// One measure for each question: how many, how much, how long, by whom, at what price.
const BRIEF: [Measure; 6] = [
    Measure::PcsHit,
    LEAD,
    Measure::TimeTo95,
    Measure::TechnicianHours,
    Measure::UnprotectedPcHours,
    Measure::StalePcHours,
];

/// What every part of the comparison is built from.
struct Source<'a> {
    results: &'a Results,
    columns: Columns,
    level: Level,
}

impl Source<'_> {
    fn figure(readings: &Readings, level: Level) -> Figure {
        Figure { estimate: mean(readings, level), outcomes: range(readings) }
    }
}

/// The comparison that the results give.
///
/// # Errors
/// If there are no replications, or the results do not fit their experiment (see [`Error`]).
pub fn build(results: &Results) -> Result<Comparison, Error> {
    check(results)?;
    let columns = Columns::of(results);
    let level = Level::of(&results.experiment);
    let source = Source { results, columns, level };
    let leading = leading(&source);
    let lead = leading.iter().position(|column| column.measure == LEAD).unwrap_or(0);
    let rows = arms::rows(&source, &leading, &arms::alike(&source, leading[lead].measure));
    let differences = arms::differences(&source, &leading);
    let verdicts = verdict::judge(&results.experiment, &source.columns);
    let experiment = &results.experiment;
    let curves = curves::curves(&source, &differences);
    let calibration = trust::calibration(&curves);
    let parts = answer::Parts {
        columns: &leading,
        lead,
        arms: &rows,
        differences: &differences,
        verdicts: &verdicts,
        calibration: &calibration,
    };
    Ok(Comparison {
        answer: answer::answer(&source, &parts),
        name: experiment.name.clone(),
        question: experiment.question.clone(),
        sentence: sentence::sentence(&source, &leading, &rows, &differences),
        meaning: verdict::meaning(&verdicts),
        verdicts,
        setting: context::setting(&source),
        factors: experiment.factors.clone(),
        brief: leading.iter().enumerate().filter(|(_, c)| BRIEF.contains(&c.measure)).map(|(index, _)| index).collect(),
        lead,
        arms: rows,
        baseline: experiment.baseline,
        curves,
        timelines: context::timelines(&source),
        places: context::places(&source),
        tiles: tiles::tiles(&source),
        front: arms::front(&source),
        steps: context::steps(&source),
        drivers: context::drivers(&source, leading[lead].measure),
        provenance: context::provenance(&experiment.inputs),
        notes: context::notes(results),
        calibration,
        checklist: trust::checklist(results),
        footer: context::footer(results),
        columns: leading,
        differences,
    })
}

fn check(results: &Results) -> Result<(), Error> {
    let experiment = &results.experiment;
    if results.arms.iter().all(Vec::is_empty) {
        return Err(Error::NoReplications(experiment.name.clone()));
    }
    let misfit = |what: &str| Err(Error::Misfit(experiment.name.clone(), what.to_owned()));
    if results.arms.len() != experiment.arms.len() {
        return misfit("it has another number of arms");
    }
    if experiment.baseline >= experiment.arms.len() {
        return misfit("its baseline is not among its arms");
    }
    if experiment.expectations.iter().flat_map(|e| &e.arms).any(|arm| *arm >= experiment.arms.len()) {
        return misfit("an expectation names an arm that it does not have");
    }
    Ok(())
}

/// The leading measures that say something here: those without a value in any arm are left out, and so are amounts that
/// are zero everywhere, but for the first three, of which zero is an answer.
fn leading(source: &Source) -> Vec<Column> {
    let says_something = |measure: Measure| {
        let arms = 0..source.results.arms.len();
        arms.flat_map(|arm| source.readings(arm, measure).at_least()).any(|value| value > 0.0)
    };
    LEADING
        .iter()
        .enumerate()
        .filter(|(index, (measure, _))| *index < 3 || says_something(*measure))
        .map(|(_, &(measure, title))| Column { measure, title, quantity: Quantity::of(measure) })
        .collect()
}

impl Source<'_> {
    /// The readings of a measure over the fleet.
    fn readings(&self, arm: usize, measure: Measure) -> Readings {
        self.columns.readings(arm, &bugcheck_sim::measure::Segment::Fleet, measure)
    }

    fn arm_name(&self, arm: usize) -> &str {
        &self.results.experiment.arms[arm].name
    }

    fn baseline(&self) -> usize {
        self.results.experiment.baseline
    }

    /// Range of numbers that are no readings of a record, such as instants, in hours.
    fn spread(hours: impl IntoIterator<Item = f64>) -> Range {
        let readings = hours.into_iter().map(bugcheck_sim::measure::Reading::Value);
        range(&Readings::new(Measure::DetectionDelay, f64::INFINITY, readings))
    }
}
