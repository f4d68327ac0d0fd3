//! The plots of the page: panels of a comparison drawn with the vocabulary of [`crate::plot`].

use bugcheck_sim::measure::Segment;

use crate::number::{Quantity, Scaled, short, span_ms};
use crate::plot::{Axis, Chart, Cross, Line, Rule, SERIES, Scale};
use crate::view::{Comparison, MeanCurve, Panel};

const WIDE: (f64, f64) = (1_080.0, 380.0);
const HALF: (f64, f64) = (540.0, 320.0);
const FROM_MS: f64 = 5.0 * 60_000.0;

/// How much of the page a plot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// All of its width.
    Wide,
    /// Half of it.
    Half,
}

/// PCs down over time; `highest` makes neighbouring plots comparable.
pub(crate) fn down(comparison: &Comparison, panel: &Panel, highest: f64, size: Size) -> String {
    let pcs = Quantity::Amount("PCs");
    let scale = Scaled::choose(pcs, highest, 0.0);
    let y = Axis::from_zero("PCs down", highest, |value| scale_tick(scale, value));
    let mut chart = chart(comparison, panel, size, y, "time since the release (log scale)");
    chart.alternative = format!("PCs down over time. {}", peaks(panel, pcs));
    chart.svg()
}

/// The baseline's share of PCs not yet back, with what was published as crosses.
pub(crate) fn against_history(comparison: &Comparison) -> String {
    let panel = &comparison.curves.against_history;
    let mut chart = chart(comparison, panel, Size::Wide, share_axis("share of the PCs that went down"), SINCE_RELEASE);
    chart.crosses = comparison
        .curves
        .history
        .iter()
        .filter(|point| point.segment == Segment::Fleet) // the curve is that of the fleet
        .map(|point| Cross { label: point.label.clone(), x: point.at_ms as f64, y: point.down })
        .collect();
    chart.alternative =
        format!("Simulated share not yet back in the baseline, and {} published points.", chart.crosses.len());
    chart.svg()
}

/// Survival per PC: share not yet back, by time since the PC's own first failure.
pub(crate) fn survival(comparison: &Comparison) -> String {
    let panel = &comparison.curves.survival;
    let mut chart =
        chart(comparison, panel, Size::Half, share_axis("PCs not yet back"), "time since own failure (log scale)");
    chart.rules.clear();
    chart.alternative = format!("Share of PCs not yet back by time since their own failure. {}", halves(panel));
    chart.svg()
}

/// Organisations: share whose last PC is not yet back.
pub(crate) fn organisations(comparison: &Comparison) -> String {
    let panel = &comparison.curves.organisations;
    let mut chart = chart(comparison, panel, Size::Half, share_axis("organisations not yet whole"), SINCE_RELEASE);
    chart.rules.clear();
    chart.alternative =
        format!("Share of organisations with a PC still down, by time since the release. {}", halves(panel));
    chart.svg()
}

const SINCE_RELEASE: &str = "time since the release (log scale)";

/// The highest mean over panels, so that their axes can be the same.
pub(crate) fn highest(panels: &[Panel]) -> f64 {
    panels.iter().flat_map(|p| &p.lines).flat_map(|l| &l.high).copied().fold(0.0, f64::max)
}

fn chart(comparison: &Comparison, panel: &Panel, size: Size, y: Axis, x_title: &str) -> Chart {
    let (from, to) = (FROM_MS, comparison.setting.watched_ms as f64);
    let rules = comparison.curves.marks.iter().filter(|mark| mark.at_ms as f64 >= from);
    Chart {
        alternative: String::new(),
        size: match size {
            Size::Wide => WIDE,
            Size::Half => HALF,
        },
        x: Axis::log_time(x_title, from, to.max(2.0 * from)),
        y,
        lines: panel.lines.iter().map(|curve| line(curve, comparison)).collect(),
        crosses: Vec::new(),
        rules: rules.map(|mark| Rule { label: mark.what.clone(), x: mark.at_ms as f64 }).collect(),
    }
}

/// The colour follows the arm, not its place in a panel, so that an arm looks the same in all of them.
fn line(curve: &MeanCurve, comparison: &Comparison) -> Line {
    let shown = curve.at_ms.iter().enumerate().filter(|(_, at)| **at as f64 >= FROM_MS);
    let indices: Vec<usize> = shown.map(|(index, _)| index).collect();
    let place = (curve.arm + comparison.arms.len() - comparison.baseline) % comparison.arms.len().max(1);
    Line {
        series: place % SERIES,
        label: curve.label.clone(),
        points: indices.iter().map(|&i| (curve.at_ms[i] as f64, curve.mean[i])).collect(),
        band: indices.iter().map(|&i| (curve.at_ms[i] as f64, curve.low[i], curve.high[i])).collect(),
    }
}

fn share_axis(title: &str) -> Axis {
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().map(|v| (v, format!("{:.0} %", v * 100.0))).collect();
    Axis { title: title.to_owned(), range: (0.0, 1.0), scale: Scale::Linear, ticks }
}

fn scale_tick(scale: Scaled, value: f64) -> String {
    let text = scale.short(value);
    match text.split_once(' ') {
        _ if value == 0.0 => "0".to_owned(),
        Some((number, suffix)) if number.contains('.') => {
            format!("{} {suffix}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
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
