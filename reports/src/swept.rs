//! The curves of a sweep: a table for the terminal, and a figure.

use bugcheck_lab::estimate::{Limit, Point as Estimated};
use bugcheck_lab::swept::{Curve, Point, Scale, Swept};

use crate::number::{Quantity, Scaled, short, span_ms};
use crate::plot::{self, Axis, Chart, Cross, Line, SERIES, Top};
use crate::terminal::{Page, Pair, TextColumn, note, table, title};
use crate::wording;

/// Width and height of the figure in drawing units.
const SIZE: (f64, f64) = (760.0, 380.0);

/// What the classes of the figure look like where no page says so.
const STYLE: &str = "<style>text{font:13px system-ui,sans-serif;fill:#222}.grid{stroke:#ddd}.axis{stroke:#555}\
.line{fill:none;stroke-width:2}.band{stroke:none;opacity:.18}.cross{stroke:#222;stroke-width:1.4;fill:none}.halo{paint-order:stroke;stroke:#fff;stroke-width:3px}\
.s0{stroke:#0072b2}.band.s0,.label.s0{fill:#0072b2}.s1{stroke:#d55e00;stroke-dasharray:7 3}.band.s1,.label.s1{fill:#d55e00}\
.s2{stroke:#009e73;stroke-dasharray:2 3}.band.s2,.label.s2{fill:#009e73}.s3{stroke:#cc79a7;stroke-dasharray:9 3 2 3}\
.band.s3,.label.s3{fill:#cc79a7}.s4{stroke:#e69f00;stroke-dasharray:12 4}.band.s4,.label.s4{fill:#9a6a00}\
.s5{stroke:#56b4e9;stroke-dasharray:4 4}.band.s5,.label.s5{fill:#2a80b0}.s6{stroke:#000}.band.s6,.label.s6{fill:#000}\
.s7{stroke:#777;stroke-dasharray:1 4}.band.s7,.label.s7{fill:#777}text.label{stroke:#fff}</style>";

/// The curves as tables, one after the other.
pub fn render(swept: &Swept, watched_ms: i64, page: Page) -> String {
    let page = page.clamped();
    let quantity = Quantity::of(swept.measure);
    let mut out = String::new();
    title(&mut out, &format!("{} over {}", swept.measure.definition().name, swept.factor), page);
    for curve in &swept.curves {
        let heading =
            if curve.rest.is_empty() { swept.factor.clone() } else { format!("{}, {}", swept.factor, curve.rest) };
        let names: Vec<String> = curve.points.iter().map(|point| point.value.clone()).collect();
        let figures = curve.points.iter().map(|point| wording::estimate_cell_of(quantity, &point.estimate, watched_ms));
        let changes = curve.points.iter().map(|point| match &point.change {
            Some(change) => wording::difference_cell(quantity, change, watched_ms),
            None => wording::Cell::default(),
        });
        let ranges = curve.points.iter().map(|point| range(quantity, point, watched_ms));
        let pair = |cell: wording::Cell| Pair::plain(cell.main, cell.below);
        let column = |heading: &str, unit: &str, cells: Vec<Pair>| TextColumn {
            heading: (heading.to_owned(), unit.to_owned()),
            cells,
        };
        let columns = [
            column("mean", quantity.header(), figures.map(pair).collect()),
            column("change from first", "", changes.map(pair).collect()),
            column("5 to 95 % of outcomes", quantity.header(), ranges.collect()),
            column(
                "n",
                "",
                curve.points.iter().map(|p| Pair::plain(p.estimate.n.to_string(), String::new())).collect(),
            ),
        ];
        table(&mut out, (&heading, &names), &columns, page);
    }
    let level = swept.curves.first().and_then(|curve| curve.points.first()).map(|point| point.estimate.level);
    if let Some(level) = level {
        let said = format!(
            "Means over replications with their {} intervals; changes are paired on the same dice, ≈ cannot be told apart from \
             the first (Holm-adjusted over the curve).",
            wording::part(level.confidence)
        );
        note(&mut out, &said, page);
    }
    out
}

fn range(quantity: Quantity, point: &Point, watched_ms: i64) -> Pair {
    let cell = match (point.outcomes.p05, point.outcomes.p95) {
        (Estimated::Value(low), Estimated::Value(high)) => {
            Scaled::choose(quantity, high, high - low).interval(low, high)
        }
        (Estimated::Value(low), Estimated::NotWithinHorizon) => {
            format!("{} to > {}", short(quantity, low), span_ms(watched_ms))
        }
        (Estimated::NotWithinHorizon, _) => format!("> {}", span_ms(watched_ms)),
        _ => "–".to_owned(),
    };
    Pair::plain(cell, String::new())
}

/// The curves as an SVG file of its own: means with the band of their precision; the first curves, as many as can be
/// told apart by colour. A mean that is only a lower bound is open upwards, and what is not within the horizon has no
/// line.
pub fn svg(swept: &Swept) -> String {
    let quantity = Quantity::of(swept.measure);
    let curves = || swept.curves.iter().take(SERIES);
    let highest = curves().flat_map(|curve| &curve.points).filter_map(top).fold(0.0, f64::max);
    let scale = Scaled::choose(quantity, highest, 0.0);
    let definition = swept.measure.definition();
    let said: Vec<String> = curves().map(|curve| in_words(quantity, curve)).collect();
    let y = Axis::from_zero(&format!("{} ({})", definition.name, definition.unit), highest, |value| scale.short(value));
    let chart = Chart {
        alternative: format!("{} over {}. {}", definition.name, swept.factor, said.join(" ")),
        size: SIZE,
        x: across(swept),
        lines: curves().enumerate().flat_map(|(series, curve)| lines(series, curve)).collect(),
        crosses: curves().flat_map(|curve| &curve.points).filter_map(|point| whisker(point, y.range.1)).collect(),
        y,
        rules: Vec::new(),
    };
    chart.svg().replacen('>', &format!(">{STYLE}"), 1) + "\n"
}

/// The points that were simulated, with their precision: between them the line only leads the eye. `highest` is the end
/// of the axis, at which what is not within the horizon has its arrow.
fn whisker(point: &Point, highest: f64) -> Option<Cross> {
    let end = |limit: Limit, mean: f64| limit.at().unwrap_or(mean);
    let (label, y, top) = match point.estimate.value {
        Estimated::Value(mean) => ("", (end(point.estimate.low, mean), end(point.estimate.high, mean)), Top::Closed),
        Estimated::AtLeast(mean) => ("≥", (end(point.estimate.low, mean), mean), Top::Open),
        Estimated::NotWithinHorizon => ("> horizon", (0.9 * highest, 0.9 * highest), Top::Open),
        Estimated::AtMost(_) | Estimated::Unknown | Estimated::Nothing => return None,
    };
    Some(Cross { label: label.to_owned(), x: point.x, y, top })
}

/// The highest that is drawn of a point.
fn top(point: &Point) -> Option<f64> {
    point.estimate.high.at().or(value(point))
}

fn value(point: &Point) -> Option<f64> {
    match point.estimate.value {
        Estimated::Value(value) | Estimated::AtLeast(value) => Some(value),
        _ => None,
    }
}

fn across(swept: &Swept) -> Axis {
    let unit = match swept.scale {
        Scale::Hours => " (time)",
        Scale::Parts | Scale::Numbers | Scale::Names => "",
    };
    let mut ticks: Vec<(f64, String)> = Vec::new();
    for point in swept.curves.iter().flat_map(|curve| &curve.points) {
        if ticks.iter().all(|(_, name)| *name != point.value) {
            ticks.push((point.x, point.value.clone()));
        }
    }
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (low, high) = (ticks.first().map_or(0.0, |tick| tick.0), ticks.last().map_or(1.0, |tick| tick.0));
    let range = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
    Axis { title: format!("{}{unit}", swept.factor), range, scale: plot::Scale::Linear, ticks }
}

/// The stretches of a curve between points without a number; the first one carries its label. The band is open upwards
/// where the mean is only a lower bound.
fn lines(series: usize, curve: &Curve) -> Vec<Line> {
    let mut points: Vec<&Point> = curve.points.iter().collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    let stretches = points.split(|point| value(point).is_none()).filter(|stretch| !stretch.is_empty());
    let stretches = stretches.enumerate().map(|(place, stretch)| {
        let drawn = || stretch.iter().filter_map(|point| Some((point, value(point)?)));
        let band = |(point, mean): (&&Point, f64)| {
            let estimate = &point.estimate;
            let open = matches!(estimate.value, Estimated::AtLeast(_));
            let high = estimate.high.at().unwrap_or(if open { f64::MAX } else { mean });
            (point.x, estimate.low.at().unwrap_or(mean), high)
        };
        Line {
            series,
            label: if place == 0 { curve.rest.clone() } else { String::new() },
            points: drawn().map(|(point, mean)| (point.x, mean)).collect(),
            band: drawn().map(band).collect(),
        }
    });
    stretches.collect()
}

/// A curve in a sentence, for those who cannot see it.
fn in_words(quantity: Quantity, curve: &Curve) -> String {
    let of = if curve.rest.is_empty() { String::new() } else { format!("{}: ", curve.rest) };
    let said = |point: &Point| {
        let brief = wording::brief(quantity, &point.estimate).unwrap_or_else(|| {
            let beyond = point.estimate.value == Estimated::NotWithinHorizon;
            if beyond { "not within the horizon" } else { "no value" }.to_owned()
        });
        format!("{brief} at {}", point.value)
    };
    format!("{of}{}.", curve.points.iter().map(said).collect::<Vec<_>>().join(", "))
}
