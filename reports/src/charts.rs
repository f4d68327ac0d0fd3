//! The plots of the page: panels of a comparison drawn with the vocabulary of [`crate::plot`].

use bugcheck_lab::estimate::{Estimate, Point, Standing};
use bugcheck_scenarios::experiment::Factor;
use bugcheck_sim::measure::Segment;

use crate::number::{HOUR_MS, Quantity, Scaled, full, short, span_ms};
use crate::plot::dots::{Dot, Dots, Mark};
use crate::plot::lanes::{self, Lane, Lanes};
use crate::plot::{Axis, Chart, Cross, Line, Rule, SERIES, Scale, Top, Zeros};
use crate::view::{Comparison, MeanCurve, Panel, Timeline, Traded};
use crate::wording;

const WIDE: (f64, f64) = (900.0, 360.0);
const HALF: (f64, f64) = (540.0, 320.0);
const PHONE: (f64, f64) = (360.0, 320.0);
const FROM_MS: f64 = 5.0 * 60_000.0;
const PCS: Quantity = Quantity::Amount("PCs");

/// How much of the page a plot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// All of its width.
    Wide,
    /// Half of it.
    Half,
    /// The width of a phone: the same drawn anew, so that letters keep their size.
    Phone,
}

impl Size {
    fn units(self) -> (f64, f64) {
        match self {
            Size::Wide => WIDE,
            Size::Half => HALF,
            Size::Phone => PHONE,
        }
    }
}

/// Share of the fleet that is down over time; `highest` (PCs) is the end of the axis.
pub(crate) fn down(comparison: &Comparison, panel: &Panel, highest: f64, size: Size) -> String {
    let pcs = comparison.setting.pcs.max(1) as f64;
    let y = Axis::from_zero("share of the fleet that is down", highest / pcs, percent);
    let mut chart = chart(comparison, panel, size, y, SINCE_RELEASE);
    for line in &mut chart.lines {
        line.points.iter_mut().for_each(|point| point.1 /= pcs);
        line.band.iter_mut().for_each(|edge| (edge.1, edge.2) = (edge.1 / pcs, edge.2 / pcs));
    }
    chart.alternative = format!("PCs down over time. {}", peaks(panel, PCS));
    chart.svg()
}

/// The baseline's share of PCs not yet back, with what was published as crosses.
pub(crate) fn against_history(comparison: &Comparison, size: Size) -> String {
    let panel = &comparison.curves.against_history;
    let y = share_axis("share of the PCs that went down, not yet back");
    let mut chart = chart(comparison, panel, size, y, SINCE_RELEASE);
    chart.crosses = comparison
        .curves
        .history
        .iter()
        .filter(|point| point.segment == Segment::Fleet) // the curve is that of the fleet
        .map(|point| Cross { label: point.label.clone(), x: point.at_ms as f64, y: point.down, top: Top::Closed })
        .collect();
    chart.alternative =
        format!("Simulated share not yet back in the baseline, and {} published points.", chart.crosses.len());
    chart.svg()
}

/// Survival per PC: share not yet back, by time since the PC's own first failure.
pub(crate) fn survival(comparison: &Comparison, size: Size) -> String {
    let panel = &comparison.curves.survival;
    let mut chart =
        chart(comparison, panel, size, share_axis("PCs not yet back"), "time since own failure (log scale)");
    chart.rules.clear();
    chart.alternative = format!("Share of PCs not yet back by time since their own failure. {}", halves(panel));
    chart.svg()
}

/// Share of the organisations whose last PC is not yet back.
pub(crate) fn organisations(comparison: &Comparison, size: Size) -> String {
    let panel = &comparison.curves.organisations;
    let mut chart = chart(comparison, panel, size, share_axis("organisations not yet whole"), SINCE_RELEASE);
    chart.rules.clear();
    chart.alternative =
        format!("Share of organisations with a PC still down, by time since the release. {}", halves(panel));
    chart.svg()
}

/// What each vendor timeline had out when the stop came.
pub(crate) fn timelines(comparison: &Comparison, size: Size) -> String {
    let shown = comparison.timelines.iter().filter(|timeline| !timeline.events.is_empty());
    let lanes: Vec<Lane> =
        shown.enumerate().map(|(index, timeline)| lane(&comparison.factors, timeline, index)).collect();
    let said: Vec<String> = lanes
        .iter()
        .map(|lane| {
            let events: Vec<String> =
                lane.events.iter().map(|event| format!("{} at {}", event.label, span_ms(event.x.1 as i64))).collect();
            format!("{}: {}", lane.heading, events.join(", "))
        })
        .collect();
    let latest = comparison.timelines.iter().flat_map(|timeline| &timeline.events).map(|event| event.at_ms.2).max();
    // The axis ends with room for the last events, not at the horizon.
    let to = (latest.unwrap_or(0) as f64 * 4.0).max(4.0 * HOUR_MS);
    Lanes {
        alternative: format!("What the vendor did, and how many PCs were hit by then. {}", said.join(". ")),
        width: size.units().0,
        x: Axis::log_time(SINCE_RELEASE, 60_000.0, to),
        lanes,
    }
    .svg()
}

fn lane(factors: &[Factor], timeline: &Timeline, index: usize) -> Lane {
    // A ring that opened is out until the release is withdrawn.
    let withdrawn = timeline.events.iter().find(|event| event.what == "withdrawn").map(|event| event.at_ms.1 as f64);
    let events = timeline.events.iter().map(|event| {
        let (early, median, late) = event.at_ms;
        let hit = match event.pcs_hit {
            Some(hit) if median > 0 => format!(", {} hit", full(PCS, hit.round())),
            _ => String::new(),
        };
        lanes::Event {
            label: format!("{}{hit}", event.what),
            x: (early as f64, median as f64, late as f64),
            until: withdrawn.filter(|_| event.what.starts_with("ring ")),
        }
    });
    Lane { heading: wording::arms(factors, &timeline.arms), series: index, events: events.collect() }
}

/// Outage against late protection: an arm that is lower left of another is better in both.
pub(crate) fn front(comparison: &Comparison, size: Size) -> String {
    let arms = traded(comparison);
    let axis = |title: &str, ends: Vec<(f64, f64, f64)>| {
        let highest = ends.iter().map(|ends| ends.2).fold(0.0, f64::max);
        let above_zero = ends.iter().map(|ends| ends.1).filter(|value| *value > 0.0);
        let smallest = above_zero.fold(f64::INFINITY, f64::min);
        if highest > 30.0 * smallest {
            let zeros = if ends.iter().any(|ends| ends.1 <= 0.0) { Zeros::Some } else { Zeros::None };
            let name = |value: f64| whole(short(Quantity::Amount("PC-hours"), value));
            return Axis::powers(&format!("{title} (log scale)"), smallest, highest, zeros, name);
        }
        let scale = Scaled::choose(Quantity::Amount("PC-hours"), highest, 0.0);
        Axis::from_zero(title, highest, |value| scale_tick(scale, value))
    };
    let dots = arms.iter().map(|(label, arm)| Dot {
        label: if arm.standing == Standing::Dominated { String::new() } else { label.clone() },
        mark: match arm.standing {
            Standing::NotDominated => Mark::Full,
            Standing::Undecided => Mark::Ring,
            Standing::Dominated => Mark::Cross,
        },
        x: ends(&arm.outage),
        y: ends(&arm.late),
    });
    let dots: Vec<Dot> = dots.collect();
    let kept = arms.iter().filter(|(_, arm)| arm.standing == Standing::NotDominated).map(|(label, _)| label.as_str());
    let kept: Vec<&str> = kept.collect();
    Dots {
        alternative: format!(
            "Outage against late protection, in PC-hours. No other arm beats in both: {}.",
            if kept.is_empty() { "none is shown".to_owned() } else { kept.join("; ") }
        ),
        size: match size {
            Size::Phone => PHONE,
            Size::Wide | Size::Half => WIDE,
        },
        x: axis("PC-hours lost", dots.iter().map(|dot| dot.x).collect()),
        y: axis("PC-hours protected late", dots.iter().map(|dot| dot.y).collect()),
        dots,
    }
    .svg()
}

/// The arms between outage and late protection, those that are the same in both drawn as one.
pub(crate) fn traded(comparison: &Comparison) -> Vec<(String, &Traded)> {
    let mut groups: Vec<(Vec<String>, &Traded)> = Vec::new();
    for (row, arm) in comparison.arms.iter().zip(&comparison.front) {
        match groups.iter_mut().find(|(_, other)| other.outage == arm.outage && other.late == arm.late) {
            Some((names, _)) => names.push(row.name.clone()),
            None => groups.push((vec![row.name.clone()], arm)),
        }
    }
    groups.into_iter().map(|(names, arm)| (wording::arms(&comparison.factors, &names), arm)).collect()
}

fn ends(estimate: &Estimate) -> (f64, f64, f64) {
    let at = match estimate.value {
        Point::Value(value) | Point::AtLeast(value) | Point::AtMost(value) => value,
        Point::NotWithinHorizon | Point::Unknown | Point::Nothing => 0.0,
    };
    (estimate.low.at().unwrap_or(at), at, estimate.high.at().unwrap_or(at))
}

const SINCE_RELEASE: &str = "time since the release (log scale)";

/// The highest that any line of a panel or its band gets.
pub(crate) fn highest(panel: &Panel) -> f64 {
    panel.lines.iter().flat_map(|line| &line.high).copied().fold(0.0, f64::max)
}

fn chart(comparison: &Comparison, panel: &Panel, size: Size, y: Axis, x_title: &str) -> Chart {
    let (from, to) = (FROM_MS, comparison.setting.watched_ms as f64);
    let rules = comparison.curves.marks.iter().filter(|mark| mark.at_ms as f64 >= from);
    Chart {
        alternative: String::new(),
        size: size.units(),
        x: Axis::log_time(x_title, from, to.max(2.0 * from)),
        y,
        lines: panel.lines.iter().zip(series(comparison, panel)).map(|(curve, series)| line(curve, series)).collect(),
        crosses: Vec::new(),
        rules: rules.map(|mark| Rule { label: mark.what.clone(), x: mark.at_ms as f64 }).collect(),
    }
}

/// The colours of a panel's lines: an arm of the first panel has the same one everywhere, others take what is left, but
/// for that of the baseline.
fn series(comparison: &Comparison, panel: &Panel) -> Vec<usize> {
    let first = comparison.curves.down.first().map_or(&[][..], |panel| &panel.lines);
    let fixed = |arm: usize| first.iter().position(|line| line.arm == arm);
    let mut taken: Vec<usize> = panel.lines.iter().filter_map(|line| fixed(line.arm)).collect();
    let mut left = || {
        let next = (1..SERIES).find(|series| !taken.contains(series)).unwrap_or(0);
        taken.push(next);
        next
    };
    panel.lines.iter().map(|line| fixed(line.arm).unwrap_or_else(&mut left)).collect()
}

fn line(curve: &MeanCurve, series: usize) -> Line {
    let shown = curve.at_ms.iter().enumerate().filter(|(_, at)| **at as f64 >= FROM_MS);
    let indices: Vec<usize> = shown.map(|(index, _)| index).collect();
    Line {
        series,
        label: curve.label.clone(),
        points: indices.iter().map(|&i| (curve.at_ms[i] as f64, curve.mean[i])).collect(),
        band: indices.iter().map(|&i| (curve.at_ms[i] as f64, curve.low[i], curve.high[i])).collect(),
    }
}

fn share_axis(title: &str) -> Axis {
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().map(|v| (v, percent(v))).collect();
    Axis { title: title.to_owned(), range: (0.0, 1.0), scale: Scale::Linear, ticks }
}

fn percent(part: f64) -> String {
    format!("{} %", whole(format!("{:.2}", part * 100.0)))
}

/// A number without the zeros behind its point.
fn whole(text: String) -> String {
    match text.split_once(' ') {
        Some((number, suffix)) => format!("{} {suffix}", whole(number.to_owned())),
        None if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

fn scale_tick(scale: Scaled, value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { whole(scale.short(value)) }
}

/// The peaks of a panel in words.
fn peaks(panel: &Panel, quantity: Quantity) -> String {
    let said = panel.lines.iter().map(|line| {
        let peak = line.mean.iter().copied().fold(0.0, f64::max);
        format!("{}: at most {}", line.label, short(quantity, peak))
    });
    said.collect::<Vec<_>>().join("; ")
}

/// When each curve of a panel falls to half, in words.
fn halves(panel: &Panel) -> String {
    let said = panel.lines.iter().map(|line| match line.mean.iter().rposition(|value| *value >= 0.5) {
        Some(index) if index + 1 < line.at_ms.len() => {
            format!("{}: half by {}", line.label, span_ms(line.at_ms[index + 1]))
        }
        Some(_) => format!("{}: not half within the horizon", line.label),
        None => format!("{}: less than half throughout", line.label),
    });
    said.collect::<Vec<_>>().join("; ")
}
