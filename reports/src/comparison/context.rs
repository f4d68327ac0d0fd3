//! What surrounds the figures: the setting, the vendor's timeline, parts of the fleet, steps, drivers, provenance,
//! notes.

use bugcheck_lab::Results;
use bugcheck_lab::drivers::{Ranked, ranking};
use bugcheck_lab::estimate::{Point, Readings};
use bugcheck_lab::results::Replication;
use bugcheck_scenarios::experiment::{Input, Origin};
use bugcheck_sim::measure::{CurveOf, Measure, Reading, Segment, StepUse};

use super::Source;
use crate::number::{HOUR_MS, Quantity, grouped};
use crate::view::{Column, Dimension, Driver, Footer, Provenance, Setting, StepRow, Timeline, TimelineEvent};

/// What was simulated.
pub(super) fn setting(source: &Source) -> Setting {
    let experiment = &source.results.experiment;
    let records = || source.results.arms.iter().flatten().map(|replication| &replication.record);
    let counts = source.results.arms.iter().map(|arm| arm.len() as u32);
    Setting {
        pcs: experiment.pcs,
        pcs_simulated: extremes(records().map(|record| record.pcs_simulated)),
        organisations: records().map(|record| record.organisations).max().unwrap_or(0),
        one_in: experiment.one_in,
        replications: extremes(counts),
        level: source.level,
        watched_ms: experiment.horizon_ms - experiment.release_ms,
        release_unix_ms: experiment.start_unix_ms + experiment.release_ms,
        stopped: stopped(&source.results.manifest.stopped).to_owned(),
    }
}

fn extremes<T: Ord + Copy + Default>(values: impl Iterator<Item = T> + Clone) -> (T, T) {
    (values.clone().min().unwrap_or_default(), values.max().unwrap_or_default())
}

fn stopped(why: &str) -> &str {
    match why {
        "precision" => "It stopped because the precision that was asked for was reached in every arm.",
        "max" => {
            "It stopped at the maximum of replications; the precision that was asked for was not reached in every arm."
        }
        "min" => "It made the replications that the scenario asks for, which sets no precision to be reached.",
        "interrupted" => {
            "It was interrupted: the replications that were finished are shown, and the same command goes on."
        }
        other => other,
    }
}

/// The vendor's timelines, each with the arms that share it.
pub(super) fn timelines(source: &Source) -> Vec<Timeline> {
    let mut timelines: Vec<Timeline> = Vec::new();
    for arm in 0..source.results.arms.len() {
        let events = events(source, arm);
        let same =
            |timeline: &&mut Timeline| timeline.events.iter().map(without_pcs).eq(events.iter().map(without_pcs));
        match timelines.iter_mut().find(same) {
            Some(timeline) => timeline.arms.push(source.arm_name(arm).to_owned()),
            None => timelines.push(Timeline { arms: vec![source.arm_name(arm).to_owned()], events }),
        }
    }
    timelines
}

fn without_pcs(event: &TimelineEvent) -> (&str, (i64, i64, i64), u32) {
    (&event.what, event.at_ms, event.seen)
}

/// What the vendor did in one arm: each kind of event, by the median of the instant of its first time.
pub(super) fn events(source: &Source, arm: usize) -> Vec<TimelineEvent> {
    let replications = &source.results.arms[arm];
    let mut kinds: Vec<&str> = Vec::new();
    for event in replications.iter().flat_map(|replication| &replication.record.cloud) {
        if !kinds.contains(&event.what.as_str()) {
            kinds.push(&event.what);
        }
    }
    let mut events: Vec<TimelineEvent> = kinds.into_iter().filter_map(|what| event(source, arm, what)).collect();
    events.sort_by_key(|event| event.at_ms.1);
    events
}

fn event(source: &Source, arm: usize, what: &str) -> Option<TimelineEvent> {
    let replications = &source.results.arms[arm];
    let release = source.results.experiment.release_ms;
    let first =
        |r: &Replication| r.record.cloud.iter().find(|event| event.what == what).map(|event| event.at - release);
    let hours: Vec<f64> = replications.iter().filter_map(first).map(|ms| ms as f64 / HOUR_MS).collect();
    let seen = hours.len() as u32;
    let spread = Source::spread(hours);
    let (Point::Value(early), Point::Value(median), Point::Value(late)) = (spread.p05, spread.p50, spread.p95) else {
        return None;
    };
    let ms = |hours: f64| (hours * HOUR_MS).round() as i64;
    let hit = bugcheck_lab::estimate::band(replications, &Segment::Fleet, CurveOf::PcsHit, source.level);
    Some(TimelineEvent {
        what: what.to_owned(),
        at_ms: (ms(early), ms(median), ms(late)),
        seen,
        n: replications.len() as u32,
        pcs_hit: hit.and_then(|band| {
            let after = band.at.partition_point(|at| *at <= ms(median));
            (after > 0).then(|| band.mean[after - 1])
        }),
    })
}

const PLACES: [(Measure, &str); 4] = [
    (Measure::PcsHit, "PCs hit"),
    (Measure::PcsDown, "PCs down"),
    (Measure::PcHoursLost, "PC-hours lost"),
    (Measure::TimeTo95, "95 % back after"),
];

/// The baseline by region, sector, kind and architecture, as far as there is more than one of each.
pub(super) fn places(source: &Source) -> Vec<Dimension> {
    type Belongs = fn(&Segment) -> Option<&str>;
    let dimensions: [(&'static str, Belongs); 4] = [
        ("region", |s| if let Segment::Region(name) = s { Some(name) } else { None }),
        ("sector", |s| if let Segment::Sector(name) = s { Some(name) } else { None }),
        ("kind", |s| if let Segment::Kind(name) = s { Some(name) } else { None }),
        ("architecture", |s| if let Segment::Architecture(name) = s { Some(name) } else { None }),
    ];
    let built = dimensions.into_iter().map(|(name, belongs)| dimension(source, name, belongs));
    built.filter(|dimension| dimension.rows.len() > 1).collect()
}

fn dimension(source: &Source, name: &'static str, belongs: fn(&Segment) -> Option<&str>) -> Dimension {
    let columns = PLACES.map(|(measure, title)| Column { measure, title, quantity: Quantity::of(measure) });
    let mut rows = Vec::new();
    for (segment, measure) in source.columns.keys() {
        let (Some(part), Measure::PcsHit) = (belongs(segment), *measure) else { continue };
        let figure = |column: &Column| {
            let readings = source.columns.readings(source.baseline(), segment, column.measure);
            Source::figure(&readings, source.level)
        };
        rows.push((part.to_owned(), columns.iter().map(figure).collect()));
    }
    Dimension { name, columns: columns.to_vec(), rows }
}

/// What each step brought back, by arm; arms without steps are left out.
pub(super) fn steps(source: &Source) -> Vec<StepRow> {
    (0..source.results.arms.len()).flat_map(|arm| steps_of(source, arm)).collect()
}

fn steps_of(source: &Source, arm: usize) -> Vec<StepRow> {
    let replications = &source.results.arms[arm];
    let mut names: Vec<&str> = Vec::new();
    for step in replications.iter().flat_map(|replication| &replication.record.steps) {
        if !names.contains(&step.step.as_str()) {
            names.push(&step.step);
        }
    }
    let figure = |name: &str, of: fn(&StepUse) -> f64| {
        // A replication that never used the step used it zero times.
        let uses = replications.iter().map(|r| r.record.steps.iter().find(|step| step.step == name).map_or(0.0, of));
        Source::figure(&Readings::new(Measure::PcsDown, f64::INFINITY, uses.map(Reading::Value)), source.level)
    };
    let row = |name: &str| StepRow {
        arm: source.arm_name(arm).to_owned(),
        step: name.to_owned(),
        attempts: figure(name, |step| step.attempts),
        repairs: figure(name, |step| step.repairs),
    };
    names.into_iter().map(row).collect()
}

/// The uncertain inputs by how closely the measure follows them in the baseline, strongest first.
pub(super) fn drivers(source: &Source, measure: Measure) -> Vec<Driver> {
    let ranked = ranking(source.results, source.baseline(), measure, source.level);
    ranked
        .into_iter()
        .map(|Ranked { input, range, correlation }| Driver { path: input, value: range, correlation })
        .collect()
}

/// Inputs by where they are from, each group in the order of the file.
pub(super) fn provenance(inputs: &[Input]) -> Provenance {
    let mut provenance = Provenance { sourced: Vec::new(), uncertain: Vec::new(), assumed: Vec::new() };
    for Input { path, value, origin } in inputs {
        let (path, value) = (path.clone(), value.clone());
        match origin {
            Origin::Sourced(source) => provenance.sourced.push((path, value, source.clone())),
            Origin::Uncertain(source) => provenance.uncertain.push((path, value, source.clone().unwrap_or_default())),
            Origin::Assumed => provenance.assumed.push((path, value)),
        }
    }
    provenance
}

/// What a reader must know to judge the answer.
pub(super) fn notes(results: &Results) -> Vec<String> {
    let experiment = &results.experiment;
    let mut notes = Vec::new();
    if experiment.one_in > 1 {
        notes.push(format!(
            "1 in {} organisations is simulated, each whole with its own crews and servers; totals are scaled up to {} PCs, \
             and the intervals carry the sampling error.",
            experiment.one_in,
            grouped(experiment.pcs)
        ));
    }
    notes.push(stopped(&results.manifest.stopped).to_owned());
    notes
}

/// Where the report is from.
pub(super) fn footer(results: &Results) -> Footer {
    let manifest = &results.manifest;
    Footer {
        version: manifest.version.clone(),
        epoch: manifest.epoch,
        scenario_digest: manifest.scenario_digest.clone(),
        results_digest: manifest.results_digest.clone(),
        time_zones: manifest.time_zones.clone(),
        seed: manifest.seed,
        reproduce: "bugcheck run scenario.lock.yaml".to_owned(),
    }
}

/// What no figure of this program knows of.
pub const NOT_MODELLED: [&str; 6] = [
    "Organisations that depend on each other: an airline whose airport is down, a clinic whose laboratory is.",
    "Applications that must catch up after their PCs are back, such as the crew tracking of an airline.",
    "Networks that slow down under the load of the recovery itself.",
    "People who work around a dead PC, borrow one, or tire in a long shift.",
    "PCs whose hardware fails during repeated restarts.",
    "Money: hours are counted, losses are not.",
];
