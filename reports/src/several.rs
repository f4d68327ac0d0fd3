//! Several runs side by side: first what differs in the question, then the arms.
//!
//! Nothing is estimated across runs: their dice need not be the same, so each keeps the intervals of its own.

use std::collections::BTreeMap;

use bugcheck_lab::Results;
use bugcheck_sim::measure::Measure;

use crate::number::{grouped, instant, span_ms};
use crate::view::{Column, Comparison};
use crate::{Error, comparison};

/// Several runs, ready to be rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Several {
    /// Each run: a name that is its own (scenario and the first 12 letters of its digest), and its comparison.
    pub runs: Vec<(String, Comparison)>,
    /// What differs in the question, and in who made the results; the values in the order of `runs`.
    pub differs: Vec<Differs>,
    /// The leading measures that any of the runs shows.
    pub columns: Vec<Column>,
}

/// Something that is not the same in all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// What: a setting in words, or the path of an input.
    pub what: String,
    /// Its value in each run; `–` where a run does not have it.
    pub values: Vec<String>,
}

/// Puts runs side by side.
///
/// # Errors
/// If one of them has nothing to compare (see [`comparison::build`]).
pub fn build(runs: &[&Results]) -> Result<Several, Error> {
    let mut built = Vec::new();
    for results in runs {
        let digest = &results.manifest.scenario_digest;
        let name = format!("{} {}", results.experiment.name, digest.get(..12).unwrap_or(digest));
        built.push((name, comparison::build(results)?));
    }
    let mut columns: Vec<Column> = Vec::new();
    for column in built.iter().flat_map(|(_, comparison)| &comparison.columns) {
        if !columns.contains(column) {
            columns.push(*column);
        }
    }
    Ok(Several { runs: built, differs: differs(runs), columns })
}

impl Several {
    /// Place of a measure among the columns of a run.
    pub fn place(comparison: &Comparison, measure: Measure) -> Option<usize> {
        comparison.columns.iter().position(|column| column.measure == measure)
    }
}

fn differs(runs: &[&Results]) -> Vec<Differs> {
    let settings: Vec<Vec<(String, String)>> = runs.iter().map(|results| settings(results)).collect();
    let mut differs = Vec::new();
    for place in 0..settings.first().map_or(0, Vec::len) {
        let values: Vec<String> = settings.iter().map(|run| run[place].1.clone()).collect();
        push_if_different(&mut differs, &settings[0][place].0, values);
    }
    let inputs: Vec<BTreeMap<&str, &str>> = runs
        .iter()
        .map(|run| run.experiment.inputs.iter().map(|input| (input.path.as_str(), input.value.as_str())).collect())
        .collect();
    let mut paths: Vec<&str> = inputs.iter().flat_map(|run| run.keys().copied()).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let values = inputs.iter().map(|run| run.get(path).copied().unwrap_or("–").to_owned()).collect();
        push_if_different(&mut differs, path, values);
    }
    differs
}

fn push_if_different(differs: &mut Vec<Differs>, what: &str, values: Vec<String>) {
    if values.iter().any(|value| *value != values[0]) {
        differs.push(Differs { what: what.to_owned(), values });
    }
}

/// The settings of a run in words; the same ones in the same order for every run.
fn settings(results: &Results) -> Vec<(String, String)> {
    let (experiment, manifest) = (&results.experiment, &results.manifest);
    let made = results.arms.iter().map(Vec::len).max().unwrap_or(0);
    let settings = [
        ("question", experiment.question.clone()),
        ("PCs", grouped(experiment.pcs)),
        ("organisations", format!("1 in {}", experiment.one_in)),
        ("release", instant(experiment.start_unix_ms + experiment.release_ms)),
        ("horizon", span_ms(experiment.horizon_ms)),
        ("baseline", experiment.arms[experiment.baseline].name.clone()),
        ("replications", made.to_string()),
        ("seed", experiment.seed.to_string()),
        ("seed of the population", experiment.population_seed.to_string()),
        ("version", manifest.version.clone()),
        ("result epoch", manifest.epoch.to_string()),
        ("time zones", manifest.time_zones.clone()),
    ];
    settings.map(|(what, value)| (what.to_owned(), value)).into()
}
