//! The answer for a reader in a hurry: which arm, how much, how sure, may I quote it.

use bugcheck_lab::Results;
use bugcheck_lab::estimate::{Apart, Difference, Point};
use bugcheck_sim::measure::Measure;

use super::Source;
use crate::number::{Quantity, count};
use crate::verdict::{Status, Verdict};
use crate::view::{Answer, ArmRow, Calibration, Column, DifferenceRow, May, Quote};
use crate::wording;

/// Fewer replications than this pin down no mean well enough to be passed on.
const ENOUGH: usize = 30;

/// What arms are bought with: measures of which more is worse, beside the outage itself.
const PRICE: [Measure; 2] = [Measure::UnprotectedPcHours, Measure::StalePcHours];

/// The parts of the comparison that the answer is read off.
pub(super) struct Parts<'a> {
    pub(super) columns: &'a [Column],
    pub(super) lead: usize,
    pub(super) arms: &'a [ArmRow],
    pub(super) differences: &'a [DifferenceRow],
    pub(super) verdicts: &'a [Verdict],
    pub(super) calibration: &'a Calibration,
}

/// The answer.
pub(super) fn answer(source: &Source, parts: &Parts) -> Answer {
    let results = source.results;
    let (may, because) = may_be_quoted(results, parts);
    let Some(best) = best(parts) else {
        let only = parts.arms.len() == 1;
        let figure = &parts.arms[source.baseline()].figures[parts.lead];
        let watched = results.experiment.horizon_ms - results.experiment.release_ms;
        let lost = wording::estimate(parts.columns[parts.lead].quantity, &figure.estimate, watched);
        let lead = parts.columns[parts.lead].title;
        let baseline = &parts.arms[source.baseline()];
        let often = match baseline.outage.same {
            None if baseline.n > 0 => format!("; an outage in {}", wording::how_often(&baseline.outage)),
            _ => String::new(),
        };
        return Answer {
            arm: if only {
                "there is one arm only: nothing is compared".to_owned()
            } else {
                format!("none: no arm can be shown to have fewer {lead} than the baseline")
            },
            much: format!("{lead}: {lost}, in {}{often}", baseline.name),
            price: String::new(),
            sure: format!("{} of each arm", count(fewest(results) as u64, "replication", "replications")),
            quote: Quote { may, because, words: words(results, &format!("{lead} are {lost}{often}")) },
        };
    };
    let cell = &best.row.cells[parts.lead];
    let column = &parts.columns[parts.lead];
    let written = wording::difference_cell(Quantity::Part, cell, 0);
    let value = |arm: usize| {
        let figure = &parts.arms[arm].figures[parts.lead];
        wording::cell(column.quantity, figure, 0).main
    };
    let (here, there) = (value(best.row.arm), value(source.baseline()));
    let name = name(parts, best.row);
    let sure = sure(cell, parts.differences.len());
    Answer {
        arm: match best.alike {
            0 => name.clone(),
            1 => format!("{name}; one more arm cannot be told apart from it"),
            more => format!("{name}; {more} more arms cannot be told apart from it"),
        },
        much: format!("{} {} against the baseline: {here} instead of {there}", written.main, column.title),
        price: price(parts, best.row),
        quote: Quote {
            may,
            because,
            words: words(results, &format!("with {name}, {} change by {} ({sure})", column.title, written.main)),
        },
        sure,
    }
}

/// An arm with the fewest PC-hours lost.
struct Best<'a> {
    row: &'a DifferenceRow,
    /// How many other arms cannot be told apart from it.
    alike: usize,
}

/// Of the arms that cannot be told apart from the one with the lowest mean, the one that changes the fewest choices;
/// none where no arm is shown to be better than the baseline.
fn best<'a>(parts: &Parts<'a>) -> Option<Best<'a>> {
    let mean = |arm: usize| match parts.arms[arm].figures[parts.lead].estimate.value {
        Point::Value(value) | Point::AtLeast(value) | Point::AtMost(value) => value,
        Point::NotWithinHorizon | Point::Unknown | Point::Nothing => f64::INFINITY,
    };
    let better = |row: &&DifferenceRow| {
        let cell = &row.cells[parts.lead];
        cell.apart == Apart::Apart && matches!(cell.absolute.value, Point::Value(v) | Point::AtMost(v) if v < 0.0)
    };
    let better: Vec<&DifferenceRow> = parts.differences.iter().filter(better).collect();
    let lowest = better.iter().min_by(|a, b| mean(a.arm).total_cmp(&mean(b.arm)))?;
    let letters = &parts.arms[lowest.arm].groups;
    let alike = |arm: usize| parts.arms[arm].groups.iter().any(|group| letters.contains(group));
    let row = better.iter().filter(|row| alike(row.arm)).min_by_key(|row| row.changes.len())?;
    Some(Best { row, alike: (0..parts.arms.len()).filter(|arm| *arm != row.arm && alike(*arm)).count() })
}

fn name(parts: &Parts, row: &DifferenceRow) -> String {
    let said: Vec<String> = row.changes.iter().map(|change| format!("{}: {}", change.factor, change.to)).collect();
    if said.is_empty() { parts.arms[row.arm].name.clone() } else { said.join(", ") }
}

fn sure(difference: &Difference, family: usize) -> String {
    let estimate = &difference.relative;
    let adjusted = difference.p_adjusted.map_or(String::new(), |p| {
        format!(", {} after Holm's adjustment for {family} comparisons", wording::probability(p))
    });
    match estimate.same {
        Some(others) => format!(
            "the same {}, on the same dice; at most {} of others would differ",
            wording::in_each(estimate),
            wording::part(others)
        ),
        None => format!(
            "{} interval {}, n = {} pairs on the same dice{adjusted}",
            wording::part(estimate.level.confidence),
            wording::difference_cell(Quantity::Part, difference, 0).below,
            estimate.n
        ),
    }
}

/// What the arm costs in protection, where more of it is shown.
fn price(parts: &Parts, row: &DifferenceRow) -> String {
    let dearer = |measure: &Measure| {
        let index = parts.columns.iter().position(|column| column.measure == *measure)?;
        let (cell, column) = (&row.cells[index], &parts.columns[index]);
        let more = matches!(cell.absolute.value, Point::Value(v) | Point::AtLeast(v) if v > 0.0);
        if cell.apart != Apart::Apart || !more {
            return None;
        }
        let written = wording::difference_cell(column.quantity, cell, 0);
        let unit = if written.main.ends_with('%') { "" } else { " PC-hours" };
        Some(format!("{} {}{unit} ({})", column.title, written.main, written.below))
    };
    PRICE.iter().filter_map(dearer).collect::<Vec<_>>().join(", ")
}

fn fewest(results: &Results) -> usize {
    results.arms.iter().map(Vec::len).min().unwrap_or(0)
}

/// Whether the answer is fit to be passed on, and what stands against it.
fn may_be_quoted(results: &Results, parts: &Parts) -> (May, Vec<String>) {
    let experiment = &results.experiment;
    let mut against = Vec::new();
    let n = fewest(results);
    if results.manifest.stopped == "interrupted" {
        against.push("the run was interrupted".to_owned());
    }
    if n < ENOUGH {
        let few = if n == 1 { "1 replication is".to_owned() } else { format!("{n} replications are") };
        against.push(format!("{few} too few: {ENOUGH} are the least"));
    }
    if !against.is_empty() {
        return (May::No, against);
    }
    if results.manifest.stopped == "max" && experiment.replications.until.is_some() {
        against.push("the precision that was asked for was not reached".to_owned());
    }
    for verdict in parts.verdicts.iter().filter(|verdict| verdict.source.is_some()) {
        if verdict.status != Status::Holds {
            against.push(format!(
                "`{}`, which holds it against what was published, is {}",
                verdict.name,
                match verdict.status {
                    Status::Broken => "broken",
                    Status::Undecided | Status::Holds => "undecided",
                }
            ));
        }
    }
    let missed = parts.calibration.points - parts.calibration.met;
    if missed > 0 {
        against.push(format!("{missed} of {} published points are missed", parts.calibration.points));
    }
    if parts.calibration.points == 0 && parts.verdicts.iter().all(|verdict| verdict.source.is_none()) {
        against.push("it is held against nothing that was published".to_owned());
    }
    (if against.is_empty() { May::Yes } else { May::WithCare }, against)
}

/// A sentence to be copied.
fn words(results: &Results, said: &str) -> String {
    let (experiment, manifest) = (&results.experiment, &results.manifest);
    let digest = &manifest.scenario_digest;
    format!(
        "In a simulation of `{}` with bugcheck {}, {said}; scenario {}, seed {}.",
        experiment.name,
        manifest.version,
        digest.get(..12).unwrap_or(digest),
        experiment.seed
    )
}
