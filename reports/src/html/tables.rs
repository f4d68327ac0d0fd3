//! The tables of the page, as rows of texts and whiskers.

use bugcheck_lab::estimate::{Difference, Estimate, Limit, Point, Standing};

use crate::charts;
use crate::number::{Quantity, short, span_ms};
use crate::plot::whisker::{DifferenceWhisker, Shared, Whisker};
use crate::view::{ArmRow, Column, Comparison, DifferenceRow, Driver, Figure, Item, Provenance, Role, Tiles};
use crate::wording::{self, Cell};

/// A table with a caption, headings with units, and row headings.
#[derive(Default)]
pub(super) struct Table {
    /// What it shows.
    pub(super) caption: String,
    /// Headings: title and unit; the first is that of the row headings.
    pub(super) head: Vec<(String, String)>,
    /// The rows.
    pub(super) rows: Vec<Row>,
}

/// A row: its heading and its cells.
pub(super) struct Row {
    /// Its heading.
    pub(super) name: String,
    /// A note beside the heading.
    pub(super) note: String,
    /// Its class: `baseline` or nothing.
    pub(super) class: &'static str,
    /// Its cells.
    pub(super) cells: Vec<TableCell>,
}

/// A cell: lines of text, and a whisker where there is one.
pub(super) struct TableCell {
    /// The number or text.
    pub(super) main: String,
    /// Its interval.
    pub(super) below: String,
    /// A third line.
    pub(super) aside: String,
    /// The plot of the three, as SVG.
    pub(super) whisker: String,
    /// Its class: `number` or `text`.
    pub(super) class: &'static str,
}

impl TableCell {
    fn number(cell: Cell, whisker: String) -> TableCell {
        TableCell { main: cell.main, below: cell.below, aside: cell.aside, whisker, class: "number" }
    }

    fn text(text: impl Into<String>) -> TableCell {
        let main = text.into();
        TableCell { main, below: String::new(), aside: String::new(), whisker: String::new(), class: "text" }
    }

    fn bare(number: impl Into<String>) -> TableCell {
        TableCell { class: "number", ..TableCell::text(number) }
    }
}

impl Row {
    fn plain(name: impl Into<String>, cells: Vec<TableCell>) -> Row {
        Row { name: name.into(), note: String::new(), class: "", cells }
    }
}

fn head(titles: &[&str]) -> Vec<(String, String)> {
    titles.iter().map(|title| ((*title).to_owned(), String::new())).collect()
}

/// How many measures stand in the first table; the rest make a second one, so that both fit a sheet of paper.
const FIRST: usize = 6;

/// The arms: outage and recovery, then effort and protection.
pub(super) fn arms(comparison: &Comparison) -> Vec<Table> {
    let split = comparison.columns.len().min(FIRST);
    let tables = [("Outage and recovery", 0..split), ("Effort and protection", split..comparison.columns.len())];
    let tables = tables.into_iter().filter(|(_, columns)| !columns.is_empty());
    tables.map(|(caption, columns)| arms_table(comparison, caption, columns)).collect()
}

fn arms_table(comparison: &Comparison, caption: &str, columns: std::ops::Range<usize>) -> Table {
    let mut head = head(&["arm"]);
    let with_letters = columns.contains(&comparison.lead);
    if with_letters {
        head.push(("alike".to_owned(), "letters".to_owned()));
    }
    head.extend(comparison.columns[columns.clone()].iter().map(heading));
    let axis = whisker_axis(comparison, comparison.lead);
    let mut rows = Vec::new();
    for (name, arm) in alike(comparison) {
        let mut cells = Vec::new();
        if with_letters {
            cells.push(TableCell::text(arm.letters.as_str()));
        }
        for index in columns.clone() {
            let (column, figure) = (&comparison.columns[index], &arm.figures[index]);
            let whisker = if index == comparison.lead { whisker(axis, figure) } else { String::new() };
            let cell = wording::cell(column.quantity, figure, comparison.setting.watched_ms);
            cells.push(TableCell::number(cell, whisker));
        }
        let baseline = arm.role == Role::Baseline;
        rows.push(Row {
            name,
            note: if baseline { "baseline".to_owned() } else { String::new() },
            class: if baseline { "baseline" } else { "" },
            cells,
        });
    }
    Table { caption: caption.to_owned(), head, rows }
}

fn heading(column: &Column) -> (String, String) {
    (column.title.to_owned(), column.quantity.header().to_owned())
}

/// The arms, those with the same figures throughout as one; the baseline stands alone.
fn alike(comparison: &Comparison) -> Vec<(String, &ArmRow)> {
    let mut groups: Vec<(Vec<String>, &ArmRow)> = Vec::new();
    for arm in &comparison.arms {
        let same = |other: &ArmRow| {
            other.role == Role::Other && arm.role == Role::Other && other.figures == arm.figures && other.n == arm.n
        };
        match groups.iter_mut().find(|(_, other)| same(other)) {
            Some((names, _)) => names.push(arm.name.clone()),
            None => groups.push((vec![arm.name.clone()], arm)),
        }
    }
    groups.into_iter().map(|(names, arm)| (wording::arms(&comparison.factors, &names), arm)).collect()
}

/// The axis that the whiskers of all arms share.
pub(super) fn whisker_axis(comparison: &Comparison, column: usize) -> Shared {
    let figures = comparison.arms.iter().map(|arm| &arm.figures[column]);
    let ends = figures.flat_map(|figure| {
        let ends = [
            value(&figure.estimate),
            figure.estimate.high.at(),
            number(figure.outcomes.p05),
            number(figure.outcomes.p95),
        ];
        ends.into_iter().flatten()
    });
    Shared::of(ends.collect::<Vec<_>>().iter().copied())
}

/// The whisker of a figure; none where there is no number. An end that is not known reaches to the end of the axis.
fn whisker(axis: Shared, figure: &Figure) -> String {
    let Some(at) = value(&figure.estimate) else { return String::new() };
    let low = figure.estimate.low.at().unwrap_or(at);
    let high = figure.estimate.high.at().unwrap_or(f64::MAX);
    let outcomes = (number(figure.outcomes.p05).unwrap_or(at), number(figure.outcomes.p95).unwrap_or(f64::MAX));
    Whisker { axis, value: at, precision: (low, high), outcomes }.svg()
}

fn value(estimate: &Estimate) -> Option<f64> {
    number(estimate.value)
}

fn number(point: Point) -> Option<f64> {
    match point {
        Point::Value(value) | Point::AtLeast(value) | Point::AtMost(value) => Some(value),
        Point::NotWithinHorizon | Point::Unknown | Point::Nothing => None,
    }
}

/// The differences from the baseline: arms that change one choice, then the rest.
pub(super) fn differences(comparison: &Comparison) -> Vec<Table> {
    let single = |row: &&DifferenceRow| row.changes.len() <= 1;
    let (one, more): (Vec<_>, Vec<_>) = comparison.differences.iter().partition(single);
    let tables = [("One choice changed", one), ("Several choices changed", more)];
    let tables = tables.into_iter().filter(|(_, rows)| !rows.is_empty());
    tables.map(|(caption, rows)| differences_table(comparison, caption, &rows)).collect()
}

fn differences_table(comparison: &Comparison, caption: &str, rows: &[&DifferenceRow]) -> Table {
    let mut head = head(&["changed"]);
    let titles = comparison.brief.iter().map(|index| comparison.columns[*index].title.to_owned());
    head.extend(titles.map(|title| (title, "change".to_owned())));
    let rows = same_differences(comparison, rows).into_iter().map(|(name, row)| {
        let cells = comparison.brief.iter().map(|&index| {
            let difference = &row.cells[index];
            let whisker = if index == comparison.lead {
                difference_whisker(comparison, index, difference)
            } else {
                String::new()
            };
            let quantity = comparison.columns[index].quantity;
            let cell = wording::difference_cell(quantity, difference, comparison.setting.watched_ms);
            TableCell::number(cell, whisker)
        });
        Row::plain(name, cells.collect())
    });
    Table { caption: caption.to_owned(), head, rows: rows.collect() }
}

/// The differences with what was changed; where several choices were, those with the same differences as one.
fn same_differences<'a>(comparison: &Comparison, rows: &[&'a DifferenceRow]) -> Vec<(String, &'a DifferenceRow)> {
    let mut groups: Vec<(Vec<String>, &DifferenceRow)> = Vec::new();
    for row in rows {
        let shown = |row: &DifferenceRow| comparison.brief.iter().map(|&at| row.cells[at].clone()).collect::<Vec<_>>();
        let several = |row: &DifferenceRow| row.changes.len() > 1;
        match groups.iter_mut().find(|(_, other)| several(row) && several(other) && shown(other) == shown(row)) {
            Some((names, _)) => names.push(comparison.arms[row.arm].name.clone()),
            None => groups.push((vec![comparison.arms[row.arm].name.clone()], row)),
        }
    }
    let named = groups.into_iter().map(|(names, row)| match (names.as_slice(), row.changes.as_slice()) {
        ([_], [only]) => (wording::changes(std::slice::from_ref(only)), row),
        _ => (wording::arms(&comparison.factors, &names), row),
    });
    named.collect()
}

fn difference_whisker(comparison: &Comparison, column: usize, difference: &Difference) -> String {
    let ends = |d: &Difference| {
        let ends = [value(&d.relative), d.relative.low.at(), d.relative.high.at()];
        ends.into_iter().flatten().map(f64::abs).fold(0.0, f64::max)
    };
    let reach = comparison.differences.iter().map(|row| ends(&row.cells[column])).fold(0.0, f64::max);
    let Some(at) = value(&difference.relative) else { return String::new() };
    let low = difference.relative.low.at().unwrap_or(-reach);
    let high = difference.relative.high.at().unwrap_or(reach);
    DifferenceWhisker { reach, value: at, precision: (low, high) }.svg()
}

/// Published points with their sources.
pub(super) fn history(comparison: &Comparison) -> Table {
    let rows = comparison.curves.history.iter().map(|point| {
        let (low, high) = point.down;
        let share = if low.total_cmp(&high).is_eq() {
            wording::part(low)
        } else {
            format!("{} to {}", wording::part(low), wording::part(high))
        };
        let cells = vec![TableCell::bare(span_ms(point.at_ms)), TableCell::bare(share), TableCell::text(&point.source)];
        Row::plain(wording::published_point(point), cells)
    });
    Table {
        caption: "Published points".to_owned(),
        head: head(&["point", "after the release", "not yet back", "source"]),
        rows: rows.collect(),
    }
}

/// PCs not yet back at some times after their own failure.
pub(super) fn at_risk(comparison: &Comparison) -> Table {
    let at_risk = &comparison.curves.at_risk;
    let mut head = head(&["arm"]);
    head.extend(at_risk.at_ms.iter().map(|at| (if *at == 0 { "0".to_owned() } else { span_ms(*at) }, String::new())));
    let pcs = Quantity::Amount("PCs");
    let rows = at_risk.rows.iter().map(|(name, left)| {
        Row::plain(name, left.iter().map(|count| TableCell::bare(short(pcs, count.round()))).collect())
    });
    Table {
        caption: "PCs not yet back, by time since their own failure (mean over replications)".to_owned(),
        head,
        rows: rows.collect(),
    }
}

/// What the vendor did, for arms that share one timeline.
pub(super) fn timelines(comparison: &Comparison) -> Vec<Table> {
    let pcs = Quantity::Amount("PCs");
    let table = |timeline: &crate::view::Timeline| {
        let rows = timeline.events.iter().map(|event| {
            let (early, median, late) = event.at_ms;
            let spread =
                if early == late { "always".to_owned() } else { format!("{} to {}", span_ms(early), span_ms(late)) };
            let hit = event.pcs_hit.map_or("–".to_owned(), |hit| short(pcs, hit.round()));
            let seen = format!("{} of {}", event.seen, event.n);
            let cells = [span_ms(median), spread, seen, hit].map(TableCell::bare);
            Row::plain(&event.what, cells.into())
        });
        Table {
            caption: wording::arms(&comparison.factors, &timeline.arms),
            head: head(&["event", "median, after the release", "5 to 95 %", "replications", "PCs hit by then, mean"]),
            rows: rows.collect(),
        }
    };
    let shown = comparison.timelines.iter().filter(|timeline| !timeline.events.is_empty());
    shown.map(table).collect()
}

/// Where it hurt: the baseline by parts of the fleet.
pub(super) fn places(comparison: &Comparison) -> Vec<Table> {
    let watched = comparison.setting.watched_ms;
    let table = |dimension: &crate::view::Dimension| {
        let mut head = head(&[dimension.name]);
        head.extend(dimension.columns.iter().map(heading));
        let rows = dimension.rows.iter().map(|(name, figures)| {
            let cells = dimension.columns.iter().zip(figures).map(|(column, figure)| {
                TableCell::number(
                    Cell { aside: String::new(), ..wording::cell(column.quantity, figure, watched) },
                    String::new(),
                )
            });
            Row::plain(name, cells.collect())
        });
        Table { caption: format!("By {}", dimension.name), head, rows: rows.collect() }
    };
    comparison.places.iter().map(table).collect()
}

/// What each step brought back.
pub(super) fn steps(comparison: &Comparison) -> Table {
    let watched = comparison.setting.watched_ms;
    let number = |figure: &Figure| {
        let cell = wording::cell(Quantity::Amount("PCs"), figure, watched);
        TableCell::number(Cell { aside: String::new(), ..cell }, String::new())
    };
    let rows = comparison.steps.iter().map(|step| {
        Row::plain(&step.arm, vec![TableCell::text(&step.step), number(&step.attempts), number(&step.repairs)])
    });
    Table {
        caption: "Steps of the playbooks, mean per replication".to_owned(),
        head: head(&["arm", "step", "attempts", "PCs brought back"]),
        rows: rows.collect(),
    }
}

/// The uncertain inputs, ranked.
pub(super) fn drivers(drivers: &[Driver], caption: &str) -> Table {
    let rows = drivers.iter().map(|driver| {
        let found = driver.correlation;
        let signed = |value: f64| format!("{value:+.2}").replace('-', "−");
        let cell = Cell {
            main: signed(found.value),
            below: format!("{} to {}", signed(found.interval.0), signed(found.interval.1)),
            aside: format!("n = {}", found.n),
        };
        let whisker = DifferenceWhisker { reach: 1.0, value: found.value, precision: found.interval }.svg();
        Row::plain(&driver.path, vec![TableCell::text(&driver.value), TableCell::number(cell, whisker)])
    });
    Table { caption: caption.to_owned(), head: head(&["input", "range", "rank correlation"]), rows: rows.collect() }
}

/// Numbers that name a source.
pub(super) fn sourced(provenance: &Provenance) -> Table {
    triples("Inputs with a source", &provenance.sourced, "source")
}

/// Numbers that are ranges.
pub(super) fn uncertain(provenance: &Provenance) -> Table {
    triples("Uncertain inputs", &provenance.uncertain, "source of the range")
}

/// Numbers that are assumptions.
pub(super) fn assumed(provenance: &Provenance) -> Table {
    let rows = provenance.assumed.iter().map(|(path, value)| Row::plain(path, vec![TableCell::text(value)]));
    Table { caption: "Assumptions".to_owned(), head: head(&["input", "value"]), rows: rows.collect() }
}

fn triples(caption: &str, inputs: &[(String, String, String)], source: &str) -> Table {
    let rows = inputs.iter().map(|(path, value, from)| {
        Row::plain(path, vec![TableCell::text(value), TableCell::text(if from.is_empty() { "–" } else { from })])
    });
    Table { caption: caption.to_owned(), head: head(&["input", "value", source]), rows: rows.collect() }
}

/// Where each arm stands between outage and late protection, those that are the same in both as one.
pub(super) fn front(comparison: &Comparison) -> Table {
    let watched = comparison.setting.watched_ms;
    let rows = charts::traded(comparison).into_iter().map(|(name, arm)| {
        let hours = Quantity::Amount("PC-hours");
        let number = |estimate| TableCell::number(wording::estimate_cell_of(hours, estimate, watched), String::new());
        let standing = match arm.standing {
            Standing::NotDominated => "● no other beats it in both",
            Standing::Undecided => "○ not decided",
            Standing::Dominated => "× another beats it",
        };
        Row::plain(name, vec![number(&arm.outage), number(&arm.late), TableCell::text(standing)])
    });
    let unit = |title: &str, unit: &str| (title.to_owned(), unit.to_owned());
    let head = vec![
        unit("arms", ""),
        unit("PC-hours lost", "PC-hours"),
        unit("protected late", "PC-hours"),
        unit("standing", ""),
    ];
    Table { caption: "Outage and late protection".to_owned(), head, rows: rows.collect() }
}

/// A table of shaded tiles.
pub(super) struct TileTable {
    /// The sectors.
    pub(super) sectors: Vec<String>,
    /// The regions, and all of them: name and tiles.
    pub(super) rows: Vec<(String, Vec<Tile>)>,
}

/// A tile: hours lost for each PC.
pub(super) struct Tile {
    /// How dark, 0 to [`SHADES`].
    pub(super) shade: usize,
    /// The mean.
    pub(super) main: String,
    /// Its interval and n.
    pub(super) below: String,
}

/// How many shades tiles have.
const SHADES: f64 = 6.0;

/// Where it hurt: regions down, sectors across.
pub(super) fn tiles(comparison: &Comparison, tiles: &Tiles) -> TileTable {
    let watched = comparison.setting.watched_ms;
    let rows = tiles.regions.iter().map(|(name, cells, all)| (name.clone(), cells.iter().chain([all])));
    let rows: Vec<(String, Vec<&Figure>)> = rows
        .map(|(name, cells)| (name, cells.collect()))
        .chain([("all regions".to_owned(), tiles.all.iter().chain([&tiles.fleet]).collect())])
        .collect();
    let values = rows.iter().flat_map(|(_, cells)| cells).filter_map(|figure| value(&figure.estimate));
    let highest = values.fold(0.0, f64::max);
    let tile = |figure: &Figure| {
        let shade = value(&figure.estimate).map_or(0.0, |value| (value / highest * SHADES).ceil().clamp(0.0, SHADES));
        let Cell { main, below, .. } = wording::estimate_cell_of(Quantity::Span, &figure.estimate, watched);
        // Where there is no interval to speak of, what stands there says n.
        let below = match (figure.estimate.low, figure.estimate.same) {
            (Limit::At(_), None) => format!("{below}, n = {}", figure.estimate.n),
            _ => below,
        };
        Tile { shade: shade as usize, main, below }
    };
    TileTable {
        sectors: tiles.sectors.iter().cloned().chain(["all sectors".to_owned()]).collect(),
        rows: rows.into_iter().map(|(name, cells)| (name, cells.into_iter().map(tile).collect())).collect(),
    }
}

/// The STRESS-DES checklist.
pub(super) fn checklist(items: &[Item]) -> Table {
    let rows = items
        .iter()
        .map(|item| Row::plain(format!("{} {}", item.number, item.what), vec![TableCell::text(&item.answer)]));
    Table {
        caption: "STRESS-DES checklist".to_owned(),
        head: head(&["item", "answer, or where it is"]),
        rows: rows.collect(),
    }
}
