//! What the figures of the page show, as tables of text: one file for each, in base units (PCs, hours, parts of 1).

use bugcheck_lab::estimate::{Apart, Estimate, Limit, Point, Standing};
use csv::Writer;

use crate::number::HOUR_MS;
use crate::view::{Comparison, Figure, MeanCurve, Panel, Role};

/// The folder of these files in the folder of a run.
pub const FOLDER: &str = "figures";

/// A table that is being written.
struct Table(Writer<Vec<u8>>);

impl Table {
    fn of(head: &[&str]) -> csv::Result<Table> {
        let mut writer = Writer::from_writer(Vec::new());
        writer.write_record(head)?;
        Ok(Table(writer))
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) -> csv::Result<()> {
        self.0.write_record(cells.into_iter().collect::<Vec<_>>())
    }

    /// The text of the table.
    fn text(self) -> csv::Result<String> {
        let bytes = self.0.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// All files: name and text. Nothing is there for a figure that the page doesn't have.
pub(crate) fn files(comparison: &Comparison) -> csv::Result<Vec<(&'static str, String)>> {
    let mut files = vec![("arms.csv", arms(comparison)?)];
    let mut more = |name, rows: usize, text: csv::Result<String>| -> csv::Result<()> {
        if rows > 0 {
            files.push((name, text?));
        }
        Ok(())
    };
    let curves = &comparison.curves;
    more("differences.csv", comparison.differences.len(), differences(comparison))?;
    more("recovery.csv", curves.down.len(), recovery(comparison))?;
    more("history.csv", curves.against_history.lines.len(), history(comparison))?;
    more("survival.csv", curves.survival.lines.len(), share(&curves.survival))?;
    more("at_risk.csv", curves.at_risk.rows.len(), at_risk(comparison))?;
    more("organisations.csv", curves.organisations.lines.len(), share(&curves.organisations))?;
    more("timeline.csv", comparison.timelines.len(), timeline(comparison))?;
    more("trade.csv", comparison.differences.len(), trade(comparison))?;
    more("places.csv", usize::from(comparison.tiles.is_some()), places(comparison))?;
    more("steps.csv", comparison.steps.len(), steps(comparison))?;
    more("drivers.csv", comparison.drivers.len(), drivers(comparison))?;
    Ok(files)
}

/// The head of the columns that [`figure`] fills.
const FIGURE: [&str; 6] = ["mean", "low", "high", "p05", "p95", "n"];

fn head<'a>(first: &[&'a str], then: &[&'a str]) -> Vec<&'a str> {
    first.iter().chain(then).copied().collect()
}

/// 12 digits: the last ones of a platform's mathematics differ.
fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(value);
    rounded.to_string()
}

fn hours(ms: i64) -> String {
    number(ms as f64 / HOUR_MS)
}

fn point(point: Point) -> String {
    match point {
        Point::Value(value) => number(value),
        Point::AtLeast(value) => format!(">={}", number(value)),
        Point::AtMost(value) => format!("<={}", number(value)),
        Point::NotWithinHorizon => "not within horizon".to_owned(),
        Point::Unknown | Point::Nothing => String::new(),
    }
}

fn limit(limit: Limit) -> String {
    match limit {
        Limit::At(value) => number(value),
        Limit::NotWithinHorizon => "not within horizon".to_owned(),
        Limit::Undecided => String::new(),
    }
}

fn estimate(estimate: &Estimate) -> [String; 3] {
    [point(estimate.value), limit(estimate.low), limit(estimate.high)]
}

fn figure(figure: &Figure) -> Vec<String> {
    let mut cells: Vec<String> = estimate(&figure.estimate).into();
    cells.extend([point(figure.outcomes.p05), point(figure.outcomes.p95), figure.estimate.n.to_string()]);
    cells
}

fn arms(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&head(&["arm", "role", "alike", "measure", "unit"], &FIGURE))?;
    for arm in &comparison.arms {
        let role = if arm.role == Role::Baseline { "baseline" } else { "" };
        for (column, shown) in comparison.columns.iter().zip(&arm.figures) {
            let definition = column.measure.definition();
            let first = [&arm.name, role, &arm.letters, definition.name, definition.unit].map(str::to_owned);
            table.row(first.into_iter().chain(figure(shown)))?;
        }
    }
    table.text()
}

fn differences(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&[
        "arm",
        "measure",
        "unit",
        "difference",
        "low",
        "high",
        "relative",
        "relative_low",
        "relative_high",
        "n",
        "p_adjusted",
        "apart",
    ])?;
    for row in &comparison.differences {
        for (column, cell) in comparison.columns.iter().zip(&row.cells) {
            let definition = column.measure.definition();
            let first = [&comparison.arms[row.arm].name, definition.name, definition.unit].map(str::to_owned);
            let apart = match cell.apart {
                Apart::Apart => "apart",
                Apart::NotApart => "not apart",
                Apart::Undecided => "undecided",
            };
            let last = [cell.absolute.n.to_string(), cell.p_adjusted.map(number).unwrap_or_default(), apart.to_owned()];
            table.row(first.into_iter().chain(estimate(&cell.absolute)).chain(estimate(&cell.relative)).chain(last))?;
        }
    }
    table.text()
}

/// The points of a curve, each divided by `whole`.
fn curve(table: &mut Table, first: &[&str], line: &MeanCurve, whole: f64) -> csv::Result<()> {
    for (i, at) in line.at_ms.iter().enumerate() {
        let first = first.iter().map(|cell| (*cell).to_owned());
        table.row(first.chain([hours(*at)]).chain(levels(line, i, whole)))?;
    }
    Ok(())
}

/// Mean, lower and upper edge of a curve at one of its points, and n. One replication says nothing of how far others
/// lie: it has no edges.
fn levels(line: &MeanCurve, at: usize, whole: f64) -> [String; 4] {
    let edge = |edge: f64| if line.n < 2 { String::new() } else { number(edge / whole) };
    [number(line.mean[at] / whole), edge(line.low[at]), edge(line.high[at]), line.n.to_string()]
}

fn recovery(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&["panel", "arms", "time_h", "share_of_fleet_down", "low", "high", "n"])?;
    for panel in &comparison.curves.down {
        for line in &panel.lines {
            curve(&mut table, &[&panel.title, &line.label], line, comparison.setting.pcs.max(1) as f64)?;
        }
    }
    table.text()
}

fn share(panel: &Panel) -> csv::Result<String> {
    let mut table = Table::of(&["arms", "time_h", "share", "low", "high", "n"])?;
    for line in &panel.lines {
        curve(&mut table, &[&line.label], line, 1.0)?;
    }
    table.text()
}

fn history(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&["what", "time_h", "share_not_yet_back", "p05_or_low", "p95_or_high", "n", "source"])?;
    for line in &comparison.curves.against_history.lines {
        for (i, at) in line.at_ms.iter().enumerate() {
            let first = ["simulated".to_owned(), hours(*at)];
            table.row(first.into_iter().chain(levels(line, i, 1.0)).chain([String::new()]))?;
        }
    }
    for shown in &comparison.curves.history {
        let (low, high) = shown.down;
        let first = [crate::wording::published_point(shown), hours(shown.at_ms), String::new()];
        table.row(first.into_iter().chain([number(low), number(high), String::new(), shown.source.clone()]))?;
    }
    table.text()
}

fn at_risk(comparison: &Comparison) -> csv::Result<String> {
    let at_risk = &comparison.curves.at_risk;
    let mut table = Table::of(&["arms", "time_h", "pcs_not_yet_back"])?;
    for (name, left) in &at_risk.rows {
        for (at, pcs) in at_risk.at_ms.iter().zip(left) {
            table.row([name.clone(), hours(*at), number(*pcs)])?;
        }
    }
    table.text()
}

fn timeline(comparison: &Comparison) -> csv::Result<String> {
    let mut table =
        Table::of(&["arms", "event", "p05_h", "median_h", "p95_h", "seen", "replications", "pcs_hit_by_then"])?;
    for timeline in &comparison.timelines {
        for event in &timeline.events {
            let (early, median, late) = event.at_ms;
            let last = [event.seen.to_string(), event.n.to_string(), event.pcs_hit.map(number).unwrap_or_default()];
            let first = [timeline.arms.join("; "), event.what.clone()];
            table.row(first.into_iter().chain([early, median, late].map(hours)).chain(last))?;
        }
    }
    table.text()
}

fn trade(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&[
        "arm",
        "pc_hours_lost",
        "low",
        "high",
        "stale_pc_hours",
        "stale_low",
        "stale_high",
        "n",
        "standing",
    ])?;
    for (row, arm) in comparison.arms.iter().zip(&comparison.front) {
        let standing = match arm.standing {
            Standing::NotDominated => "not dominated",
            Standing::Dominated => "dominated",
            Standing::Undecided => "undecided",
        };
        let last = [arm.outage.n.to_string(), standing.to_owned()];
        let cells = [row.name.clone()].into_iter().chain(estimate(&arm.outage)).chain(estimate(&arm.late));
        table.row(cells.chain(last))?;
    }
    table.text()
}

fn places(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&head(&["region", "sector", "unit"], &FIGURE))?;
    let Some(tiles) = &comparison.tiles else { return table.text() };
    let sectors = || tiles.sectors.iter().map(String::as_str).chain(["all"]);
    let regions = tiles.regions.iter().map(|(name, cells, all)| (name.as_str(), cells, all));
    for (region, cells, all) in regions.chain([("all", &tiles.all, &tiles.fleet)]) {
        for (sector, shown) in sectors().zip(cells.iter().chain([all])) {
            let first = [region, sector, "PC-hours lost per PC"].map(str::to_owned);
            table.row(first.into_iter().chain(figure(shown)))?;
        }
    }
    table.text()
}

fn steps(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&head(&["arm", "step", "what", "unit"], &FIGURE))?;
    for step in &comparison.steps {
        for (what, shown) in [("attempts", &step.attempts), ("brought back", &step.repairs)] {
            let first = [&step.arm, &step.step, what, "PCs"].map(str::to_owned);
            table.row(first.into_iter().chain(figure(shown)))?;
        }
    }
    table.text()
}

fn drivers(comparison: &Comparison) -> csv::Result<String> {
    let mut table = Table::of(&["input", "range", "rank_correlation", "low", "high", "n"])?;
    for driver in &comparison.drivers {
        let found = driver.correlation;
        let values = [found.value, found.interval.0, found.interval.1].map(number);
        let first = [driver.path.clone(), driver.value.clone()];
        table.row(first.into_iter().chain(values).chain([found.n.to_string()]))?;
    }
    table.text()
}
