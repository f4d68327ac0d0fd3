//! The curves: which arms are drawn together, their means and bands, marks and published points.

use std::collections::BTreeMap;

use bugcheck_lab::estimate::{self, Band, band};
use bugcheck_lab::results::Replication;
use bugcheck_scenarios::experiment::Input;
use bugcheck_scenarios::quantity::{Duration, Quantity as _};
use bugcheck_sim::Record;
use bugcheck_sim::measure::{Curve, CurveOf, Measure, Reading, Segment};

use super::{Source, context};
use crate::estimates;
use crate::plot::SERIES;
use crate::view::{AtRisk, Curves, DifferenceRow, Mark, MeanCurve, Panel, Point};

const HOUR: i64 = 3_600_000;
/// Times at which the PCs not yet back are counted.
const AT_RISK: [i64; 8] = [0, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR, 72 * HOUR, 168 * HOUR, 336 * HOUR];

/// An arm to be drawn and what it is called there.
type Drawn = (usize, String);

/// All curves of the report.
pub(super) fn curves(source: &Source, differences: &[DifferenceRow]) -> Curves {
    let lead = leading_arms(source, differences);
    let title = if lead.len() == source.results.arms.len() {
        "All arms".to_owned()
    } else {
        "The baseline, and arms that change one choice".to_owned()
    };
    let mut down = vec![panel(source, title, &lead, CurveOf::PcsDown)];
    if lead.len() < source.results.arms.len() {
        let panels = facets(source).into_iter().map(|(title, arms)| panel(source, title, &arms, CurveOf::PcsDown));
        down.extend(panels.filter(|panel| panel.lines.iter().any(|line| line.high.iter().any(|high| *high > 0.0))));
    }
    let survival = panel(source, "Per PC".to_owned(), &lead, CurveOf::StillDownSinceFailure);
    Curves {
        down,
        against_history: against_history(source),
        history: history(source),
        organisations: panel(source, "Per organisation".to_owned(), &lead, CurveOf::OrganisationsNotYetWhole),
        marks: marks(source).into_iter().chain(tools(source)).collect(),
        at_risk: at_risk(source, &survival),
        survival,
    }
}

/// The baseline and the arms that change one choice; all arms where they fit or there are no such.
fn leading_arms(source: &Source, differences: &[DifferenceRow]) -> Vec<Drawn> {
    let arms = source.results.arms.len();
    let baseline = source.baseline();
    let mut lead = vec![(baseline, "baseline".to_owned())];
    let single = differences.iter().filter(|row| row.changes.len() == 1);
    lead.extend(single.map(|row| (row.arm, row.changes[0].to.clone())));
    if lead.len() < 2 {
        let others = (0..arms).filter(|arm| *arm != baseline);
        lead.extend(others.map(|arm| (arm, source.arm_name(arm).to_owned())));
    }
    lead.truncate(SERIES);
    lead
}

/// All arms, drawn apart by the levels of as few factors as bring no more than [`SERIES`] arms together.
fn facets(source: &Source) -> Vec<(String, Vec<Drawn>)> {
    let experiment = &source.results.experiment;
    for factors in 1..=experiment.factors.len() {
        let mut order: Vec<&[String]> = Vec::new();
        let mut groups: BTreeMap<&[String], Vec<Drawn>> = BTreeMap::new();
        for (index, arm) in experiment.arms.iter().enumerate() {
            let (here, rest) = arm.levels.split_at(factors.min(arm.levels.len()));
            if !groups.contains_key(here) {
                order.push(here);
            }
            let label = if rest.is_empty() { arm.name.clone() } else { rest.join(" / ") };
            groups.entry(here).or_default().push((index, label));
        }
        if groups.values().all(|group| group.len() <= SERIES) {
            return order.into_iter().map(|key| (key.join(" / "), groups[key].clone())).collect();
        }
    }
    Vec::new()
}

fn panel(source: &Source, title: String, arms: &[Drawn], of: CurveOf) -> Panel {
    let mut lines: Vec<(MeanCurve, u32)> = Vec::new();
    for (arm, label) in arms {
        let Some(band) = band(&source.results.arms[*arm], &Segment::Fleet, of, source.level) else { continue };
        match lines.iter_mut().find(|(line, _)| alike(line, &band)) {
            Some((line, others)) => {
                *others += 1;
                if *others < 3 {
                    line.label = format!("{}, {label}", line.label);
                }
            }
            None => lines.push((mean_curve(*arm, label, band), 1)),
        }
    }
    let named = lines.into_iter().map(|(line, alike)| match alike {
        0..=2 => line,
        alike => {
            let first = line.label.split(", ").next().unwrap_or_default().to_owned();
            MeanCurve { label: format!("{first} and {} more alike", alike - 1), ..line }
        }
    });
    Panel { title, lines: named.collect() }
}

fn alike(line: &MeanCurve, band: &Band) -> bool {
    line.mean == band.mean && line.high == band.high && line.n == band.n
}

fn mean_curve(arm: usize, label: &str, band: Band) -> MeanCurve {
    let Band { at, mean, low, high, n, .. } = band;
    MeanCurve { label: label.to_owned(), arm, at_ms: at, mean, low, high, n }
}

/// The baseline as shares of the PCs that went down, with the range of outcomes as its band: a single past event is to
/// be held against what one day may bring, not against how well the mean is known.
fn against_history(source: &Source) -> Panel {
    let baseline = source.baseline();
    let shares: Vec<Replication> = estimates::shares_down(&source.results.arms[baseline]);
    let line = band(&shares, &Segment::Fleet, CurveOf::PcsDown, source.level).map(|band| MeanCurve {
        low: band.p05.clone(),
        high: band.p95.clone(),
        ..mean_curve(baseline, "simulated", band)
    });
    Panel { title: source.arm_name(baseline).to_owned(), lines: line.into_iter().collect() }
}

fn history(source: &Source) -> Vec<Point> {
    let points = source.results.experiment.history.iter().map(|point| Point {
        label: point.label.clone(),
        at_ms: point.at_ms,
        segment: point.segment.clone(),
        down: point.down,
        source: point.source.clone(),
    });
    points.collect()
}

/// The instants of the baseline's vendor timeline that end the danger; those of one instant share a mark.
fn marks(source: &Source) -> Vec<Mark> {
    const ENDS: [&str; 6] = ["withdr", "fix", "tool", "stop", "halt", "remedi"];
    let mut marks: Vec<Mark> = Vec::new();
    for event in context::events(source, source.baseline()) {
        if !ENDS.iter().any(|word| event.what.contains(word)) {
            continue;
        }
        match marks.iter_mut().find(|mark| mark.at_ms == event.at_ms.1) {
            Some(mark) => mark.what = format!("{}, {}", mark.what, event.what),
            None => marks.push(Mark { what: event.what, at_ms: event.at_ms.1 }),
        }
    }
    marks
}

/// When the steps that only some arms have may begin: a published tool, a remediation from the cloud. Such a delay
/// counts from the release, in all steps of the library; a range is marked at the median of what was drawn.
fn tools(source: &Source) -> Vec<Mark> {
    let experiment = &source.results.experiment;
    let mark = |input: &Input| {
        let mut path = input.path.strip_prefix("factors.")?.strip_suffix(".opens.delay")?.rsplit('.');
        let step = path.next()?;
        let drawn = source.results.arms.iter().flatten().flat_map(|replication| &replication.inputs);
        let drawn = drawn.filter(|drawn| drawn.path == input.path).map(|drawn| drawn.value / HOUR as f64);
        let hours = match Duration::parse(&input.value) {
            Ok(delay) => delay.base() / HOUR as f64,
            Err(_) => match Source::spread(drawn).p50 {
                estimate::Point::Value(hours) => hours,
                _ => return None,
            },
        };
        Some(Mark { what: step.to_owned(), at_ms: (hours * HOUR as f64).round() as i64 })
    };
    experiment.inputs.iter().filter_map(mark).collect()
}

/// PCs not yet back at some times: in each replication its own survival curve times its own PCs that went down. Many
/// PCs down and a slow way back come together, so that the mean is not one mean times the other.
fn at_risk(source: &Source, survival: &Panel) -> AtRisk {
    let experiment = &source.results.experiment;
    let watched = experiment.horizon_ms - experiment.release_ms;
    let at_ms: Vec<i64> = AT_RISK.into_iter().filter(|at| *at <= watched).collect();
    let rows = survival.lines.iter().filter_map(|line| {
        let replications = &source.results.arms[line.arm];
        let mean = |at: &i64| {
            let left: Vec<f64> = replications.iter().filter_map(|r| not_yet_back(&r.record, *at)).collect();
            (!left.is_empty()).then(|| left.iter().sum::<f64>() / left.len() as f64)
        };
        Some((line.label.clone(), at_ms.iter().map(mean).collect::<Option<Vec<f64>>>()?))
    });
    AtRisk { rows: rows.collect(), at_ms }
}

/// PCs not yet back that long after their own failure; `None` where the record does not say.
fn not_yet_back(record: &Record, at: i64) -> Option<f64> {
    let Some(Reading::Value(down)) = record.reading(&Segment::Fleet, Measure::PcsDown) else { return None };
    if down == 0.0 {
        return Some(0.0);
    }
    let fleet = |c: &&Curve| c.of == CurveOf::StillDownSinceFailure && c.segment == Segment::Fleet;
    let curve = record.curves.iter().find(fleet)?;
    // The curve at the last instant of its grid that is not later; all PCs before the first.
    let before = curve.at.partition_point(|instant| *instant <= at);
    Some(if before == 0 { down } else { down * curve.values[before - 1] })
}
