//! `summary.json`: every estimate of a run, for programs.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use bugcheck_sim::measure::{Measure, Segment};
use serde::Serialize;

use crate::drivers::{Ranked, ranking};
use crate::estimate::{
    Bootstrap, ByMeans, Columns, Difference, Estimate, LATE_PROTECTION, Level, OUTAGE, OnFront, Range, Standing,
    against_baseline, bootstrap, front, how_often, mean, range,
};
use crate::results::Results;
use crate::{Error, atomic};

/// One measure of one segment of one arm.
#[derive(Serialize)]
struct Estimated<'a> {
    arm: &'a str,
    dimension: &'static str,
    segment: Cow<'a, str>,
    measure: &'static str,
    /// The mean and its precision.
    mean: Estimate,
    /// A second interval, where the outcomes are skewed; for the fleet only.
    bootstrap: Option<Bootstrap>,
    /// The range of outcomes.
    range: Range,
}

/// How often PCs go down at all, over the fleet.
#[derive(Serialize)]
struct Occurring<'a> {
    arm: &'a str,
    /// Replications with an outage.
    outages: u32,
    /// Their share, with Wilson's interval, or the limit where it was none or all.
    share: Estimate,
}

/// One measure of one arm against the baseline, over the fleet.
#[derive(Serialize)]
struct Compared<'a> {
    arm: &'a str,
    measure: &'static str,
    #[serde(flatten)]
    difference: Difference,
}

/// Where an arm stands between outage and late protection, over the fleet.
#[derive(Serialize)]
struct Traded<'a> {
    arm: &'a str,
    /// The mean of [`OUTAGE`] and its precision.
    outage: Estimate,
    /// The mean of [`LATE_PROTECTION`] and its precision.
    late_protection: Estimate,
    /// What is known, all pairs of arms compared on the same dice.
    standing: Standing,
    /// What the means alone say.
    by_means: ByMeans,
    /// The arms that are shown to be better.
    dominated_by: Vec<&'a str>,
}

/// An uncertain input and how closely the outage follows it.
#[derive(Serialize)]
struct Driving<'a> {
    arm: &'a str,
    measure: &'static str,
    #[serde(flatten)]
    ranked: Ranked,
}

/// Writes the summary: an object whose lists have one entry per line, so that it can be read, searched and compared.
pub(crate) fn write(results: &Results, path: &Path) -> Result<(), Error> {
    let columns = Columns::of(results);
    let level = Level::of(&results.experiment);
    atomic::write(path, |out| {
        writeln!(out, "{{")?;
        head(out, results, level)?;
        list(out, "estimates", estimates(results, &columns, level))?;
        writeln!(out, ",")?;
        list(out, "outages", occurring(results, &columns, level))?;
        writeln!(out, ",")?;
        list(out, "differences", differences(results, &columns, level))?;
        writeln!(out, ",")?;
        list(out, "front", traded(results, &columns, level))?;
        writeln!(out, ",")?;
        list(out, "drivers", driving(results, level))?;
        writeln!(out, "\n}}")
    })
}

fn head(out: &mut impl Write, results: &Results, level: Level) -> io::Result<()> {
    let experiment = &results.experiment;
    let names: Vec<&str> = experiment.arms.iter().map(|arm| arm.name.as_str()).collect();
    let baseline = names.get(experiment.baseline).copied().unwrap_or_default();
    let replications: Vec<usize> = results.arms.iter().map(Vec::len).collect();
    for (key, value) in [
        ("name", serde_json::to_string(&experiment.name)?),
        ("question", serde_json::to_string(&experiment.question)?),
        ("results_digest", serde_json::to_string(&results.manifest.results_digest)?),
        ("stopped", serde_json::to_string(&results.manifest.stopped)?),
        ("pcs", experiment.pcs.to_string()),
        ("one_organisation_in", experiment.one_in.to_string()),
        ("arms", serde_json::to_string(&names)?),
        ("baseline", serde_json::to_string(baseline)?),
        ("replications", serde_json::to_string(&replications)?),
        ("level", serde_json::to_string(&level)?),
        ("front_of", serde_json::to_string(&[OUTAGE.definition().name, LATE_PROTECTION.definition().name])?),
    ] {
        writeln!(out, "  \"{key}\": {value},")?;
    }
    Ok(())
}

fn list(out: &mut impl Write, key: &str, entries: impl Iterator<Item = impl Serialize>) -> io::Result<()> {
    write!(out, "  \"{key}\": [")?;
    for (index, entry) in entries.enumerate() {
        write!(out, "{}\n    ", if index == 0 { "" } else { "," })?;
        serde_json::to_writer(&mut *out, &entry)?;
    }
    write!(out, "\n  ]")
}

fn estimates<'a>(results: &'a Results, columns: &'a Columns, level: Level) -> impl Iterator<Item = impl Serialize> {
    results.experiment.arms.iter().enumerate().flat_map(move |(arm, named)| {
        columns.keys().iter().map(move |(segment, measure)| {
            let readings = columns.readings(arm, segment, *measure);
            let (dimension, name) = words(segment);
            Estimated {
                arm: &named.name,
                dimension,
                segment: name,
                measure: measure.definition().name,
                mean: mean(&readings, level),
                bootstrap: (*segment == Segment::Fleet).then(|| bootstrap(&readings, level)).flatten(),
                range: range(&readings),
            }
        })
    })
}

/// In how many replications PCs go down, arm by arm: it holds at any n, which the mean of a rare outage does not.
fn occurring<'a>(results: &'a Results, columns: &'a Columns, level: Level) -> impl Iterator<Item = impl Serialize> {
    results.experiment.arms.iter().enumerate().map(move |(arm, named)| {
        let share = how_often(&columns.readings(arm, &Segment::Fleet, Measure::PcsDown), level);
        Occurring { arm: &named.name, outages: share.events(), share }
    })
}

/// All arms against the baseline, measure by measure; the arms of one measure are one family.
fn differences<'a>(results: &'a Results, columns: &'a Columns, level: Level) -> impl Iterator<Item = impl Serialize> {
    let arms = &results.experiment.arms;
    let measures = columns.keys().iter().filter(|(segment, _)| *segment == Segment::Fleet).map(|(_, measure)| *measure);
    measures.flat_map(move |measure: Measure| {
        let family =
            against_baseline(columns, arms.len(), results.experiment.baseline, &Segment::Fleet, measure, level);
        arms.iter().zip(family).filter_map(move |(arm, difference)| {
            Some(Compared { arm: &arm.name, measure: measure.definition().name, difference: difference? })
        })
    })
}

/// All arms between outage and late protection: which of them no other beats in both.
fn traded<'a>(results: &'a Results, columns: &'a Columns, level: Level) -> impl Iterator<Item = impl Serialize> {
    let arms = &results.experiment.arms;
    let figure = move |arm, measure| mean(&columns.readings(arm, &Segment::Fleet, measure), level);
    front(columns, arms.len(), level).into_iter().map(move |OnFront { arm, standing, by_means, dominated_by }| Traded {
        arm: &arms[arm].name,
        outage: figure(arm, OUTAGE),
        late_protection: figure(arm, LATE_PROTECTION),
        standing,
        by_means,
        dominated_by: dominated_by.into_iter().map(|other| arms[other].name.as_str()).collect(),
    })
}

/// The uncertain inputs of the baseline, the one first that [`OUTAGE`] follows most closely.
fn driving(results: &Results, level: Level) -> impl Iterator<Item = impl Serialize> {
    let baseline = results.experiment.baseline;
    let arm = results.experiment.arms.get(baseline).map_or("", |arm| arm.name.as_str());
    let ranked = ranking(results, baseline, OUTAGE, level);
    ranked.into_iter().map(move |ranked| Driving { arm, measure: OUTAGE.definition().name, ranked })
}

/// A segment in two words: the dimension, and the name in it.
pub(crate) fn words(segment: &Segment) -> (&'static str, Cow<'_, str>) {
    let (dimension, name) = match segment {
        Segment::Fleet => ("fleet", "all"),
        Segment::Region(name) => ("region", name.as_str()),
        Segment::Sector(name) => ("sector", name.as_str()),
        Segment::Kind(name) => ("kind", name.as_str()),
        Segment::Architecture(name) => ("architecture", name.as_str()),
        Segment::Place { region, sector } => return ("place", format!("{region} / {sector}").into()),
    };
    (dimension, name.into())
}
