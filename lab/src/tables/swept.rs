//! The table of a sweep: one row for each point of its curves.

use std::path::{Path, PathBuf};

use super::parquet_file::{Cell, Kind, TableFile};
use crate::estimate::{Limit, Point, significant};
use crate::swept::Swept;
use crate::{Error, atomic};

const COLUMNS: [(&str, Kind); 22] = [
    ("factor", Kind::Text),
    ("value", Kind::Text),
    // Parts of 1, hours, or plain numbers; the place among the levels, from 0, where they are names.
    ("x", Kind::Value),
    // The levels of the other factors.
    ("rest", Kind::Text),
    ("measure", Kind::Text),
    ("unit", Kind::Text),
    ("mean", Kind::Value),
    ("low", Kind::Value),
    ("high", Kind::Value),
    ("p05", Kind::Value),
    ("p50", Kind::Value),
    ("p95", Kind::Value),
    ("n", Kind::Number),
    // Replications beyond the horizon, counted as if they ended there: the mean is at least what it says.
    ("beyond", Kind::Number),
    // Against the curve's first point, on the same dice, in the unit of the measure.
    ("change", Kind::Value),
    ("change_low", Kind::Value),
    ("change_high", Kind::Value),
    // The same as a part of the first point's mean.
    ("relative_change", Kind::Value),
    ("p_adjusted", Kind::Value),
    ("confidence", Kind::Value),
    // What `mean` and `change` are where replications lie beyond the horizon: `at_least`, `at_most`, or without a
    // number `not_within_horizon`.
    ("bound", Kind::Text),
    ("change_bound", Kind::Text),
];

/// Writes the table in both formats.
pub(crate) fn write_swept(swept: &Swept, folder: &Path) -> Result<[PathBuf; 2], Error> {
    let paths = ["csv", "parquet"].map(|ending| folder.join(format!("{}.{ending}", swept.file_name())));
    let rows = rows(swept);
    atomic::write(&paths[0], |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(COLUMNS.map(|(name, _)| name))?;
        for row in &rows {
            csv.write_record(row.iter().map(|cell| cell.clone().text().into_owned()))?;
        }
        csv.flush()
    })?;
    atomic::write(&paths[1], |out| {
        let mut table = TableFile::begin("sweep", COLUMNS, out)?;
        for row in rows {
            table.push(row)?;
        }
        table.finish()
    })?;
    Ok(paths)
}

fn rows(swept: &Swept) -> Vec<[Cell<'_>; COLUMNS.len()]> {
    let definition = swept.measure.definition();
    let mut rows = Vec::new();
    for curve in &swept.curves {
        for point in &curve.points {
            let (estimate, outcomes) = (&point.estimate, &point.outcomes);
            let change = point.change.as_ref();
            let absolute = change.map(|change| &change.absolute);
            rows.push([
                Cell::Text(swept.factor.as_str().into()),
                Cell::Text(point.value.as_str().into()),
                value(Some(point.x)),
                Cell::Text(curve.rest.as_str().into()),
                Cell::Text(definition.name.into()),
                Cell::Text(definition.unit.into()),
                number(estimate.value),
                limit(Some(estimate.low)),
                limit(Some(estimate.high)),
                number(outcomes.p05),
                number(outcomes.p50),
                number(outcomes.p95),
                Cell::Number(estimate.n.into()),
                Cell::Number(estimate.beyond.into()),
                absolute.map_or(value(None), |absolute| number(absolute.value)),
                limit(absolute.map(|absolute| absolute.low)),
                limit(absolute.map(|absolute| absolute.high)),
                change.map_or(value(None), |change| number(change.relative.value)),
                value(change.and_then(|change| change.p_adjusted)),
                value(Some(estimate.level.confidence)),
                bound(Some(estimate.value)),
                bound(absolute.map(|absolute| absolute.value)),
            ]);
        }
    }
    rows
}

fn value(number: Option<f64>) -> Cell<'static> {
    Cell::Value(number.map(significant))
}

/// Nothing where there is no number, such as beyond the horizon.
fn number(point: Point) -> Cell<'static> {
    value(match point {
        Point::Value(value) | Point::AtLeast(value) | Point::AtMost(value) => Some(value),
        Point::NotWithinHorizon | Point::Unknown | Point::Nothing => None,
    })
}

/// Which side of a number is meant; nothing where it is the number itself, or there is none.
fn bound(point: Option<Point>) -> Cell<'static> {
    let word = match point {
        Some(Point::AtLeast(_)) => "at_least",
        Some(Point::AtMost(_)) => "at_most",
        Some(Point::NotWithinHorizon) => "not_within_horizon",
        Some(Point::Value(_) | Point::Unknown | Point::Nothing) | None => "",
    };
    Cell::Text(word.into())
}

fn limit(limit: Option<Limit>) -> Cell<'static> {
    value(limit.and_then(Limit::at))
}
