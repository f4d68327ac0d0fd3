//! Several runs side by side: first what differs in the question, then the arms.
//!
//! Nothing is estimated across runs: their dice need not be the same, so each keeps the intervals of its own.

use std::collections::{BTreeMap, BTreeSet};

use bugcheck_lab::Results;
use bugcheck_scenarios::problem::Problems;
use bugcheck_scenarios::source::{Node, Sources, Value};
use bugcheck_sim::measure::Measure;

use crate::view::{Column, Comparison};
use crate::{Error, comparison};

/// A run to be put beside others.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What it gave.
    pub results: &'a Results,
    /// Its resolved scenario, as its folder holds it.
    pub lock: &'a str,
}

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
    /// What: how it was made, in words, or the path of a key of the resolved scenario.
    pub what: String,
    /// Its value in each run; `–` where a run does not have it.
    pub values: Vec<String>,
}

/// Puts runs side by side.
///
/// # Errors
/// If one of them has nothing to compare (see [`comparison::build`]), or its resolved scenario cannot be read.
pub fn build(runs: &[Run]) -> Result<Several, Error> {
    let mut built = Vec::new();
    for Run { results, .. } in runs {
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
    Ok(Several { runs: built, differs: differs(runs)?, columns })
}

impl Several {
    /// Place of a measure among the columns of a run.
    pub fn place(comparison: &Comparison, measure: Measure) -> Option<usize> {
        comparison.columns.iter().position(|column| column.measure == measure)
    }
}

/// How the runs were made, where that differs; then the keys of their resolved scenarios that do, in the order of the
/// first run's file, then of the second's, and so on.
fn differs(runs: &[Run]) -> Result<Vec<Differs>, Error> {
    let made: Vec<[(&str, String); 4]> = runs.iter().map(|run| made(run.results)).collect();
    let mut differs = Vec::new();
    for place in 0..made.first().map_or(0, |made| made.len()) {
        let values: Vec<String> = made.iter().map(|run| run[place].1.clone()).collect();
        push_if_different(&mut differs, made[0][place].0, values);
    }
    let mut paths: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut scenarios: Vec<BTreeMap<String, String>> = Vec::new();
    for run in runs {
        let keys = keys(run)?;
        paths.extend(keys.iter().filter(|(path, _)| seen.insert(path.clone())).map(|(path, _)| path.clone()));
        scenarios.push(keys.into_iter().collect());
    }
    for path in paths {
        let values = scenarios.iter().map(|keys| keys.get(&path).map_or("–", String::as_str).to_owned()).collect();
        push_if_different(&mut differs, &path, values);
    }
    Ok(differs)
}

/// Every key of a resolved scenario that holds a value, with it.
fn keys(run: &Run) -> Result<Vec<(String, String)>, Error> {
    let misfit =
        || Error::Misfit(run.results.experiment.name.clone(), "its resolved scenario cannot be read".to_owned());
    let tree = Sources::new().parse("scenario.lock.yaml", run.lock, &mut Problems::default()).ok_or_else(misfit)?;
    let mut keys = Vec::new();
    walk(String::new(), &tree, &mut keys);
    Ok(keys)
}

fn walk(path: String, node: &Node, keys: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Map(entries) if !entries.is_empty() => {
            for (key, child) in entries {
                let below = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
                walk(below, child, keys);
            }
        }
        _ => keys.push((path, flow(node))),
    }
}

/// A node in one line.
fn flow(node: &Node) -> String {
    match &node.value {
        Value::Map(entries) => {
            let inside: Vec<String> =
                entries.iter().map(|(key, node)| format!("{}: {}", key.name, flow(node))).collect();
            format!("{{{}}}", inside.join(", "))
        }
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        _ => node.text().unwrap_or("null").to_owned(),
    }
}

fn push_if_different(differs: &mut Vec<Differs>, what: &str, values: Vec<String>) {
    if values.iter().any(|value| *value != values[0]) {
        differs.push(Differs { what: what.to_owned(), values });
    }
}

/// How a run was made, beside its scenario.
fn made(results: &Results) -> [(&'static str, String); 4] {
    let manifest = &results.manifest;
    let replications = results.arms.iter().map(Vec::len).max().unwrap_or(0);
    [
        ("replications made", replications.to_string()),
        ("version", manifest.version.clone()),
        ("result epoch", manifest.epoch.to_string()),
        ("time zones", manifest.time_zones.clone()),
    ]
}
