//! The tables of a run: every replication and its curves, as Parquet for programs and CSV for everything else.

mod parquet_file;

use std::io;
use std::path::Path;

use bugcheck_sim::measure::{CurveOf, Reading, Segment};
use bugcheck_sim::time::HOUR;

use self::parquet_file::{Column, TableFile};
use crate::estimate::{Level, band, horizon_hours, significant};
use crate::results::Results;
use crate::summary::words;
use crate::{Error, atomic};

/// Writes all tables into a folder.
pub(crate) fn write(results: &Results, folder: &Path) -> Result<(), Error> {
    atomic::write(&folder.join("replications.parquet"), |out| replications_parquet(results, out))?;
    atomic::write(&folder.join("replications.csv"), |out| replications_csv(results, out))?;
    atomic::write(&folder.join("curves.parquet"), |out| curves_parquet(results, out))?;
    atomic::write(&folder.join("curves.csv"), |out| curves_csv(results, out))
}

/// One reading, as a row of `replications`.
struct Row<'a> {
    arm: &'a str,
    replication: u32,
    dimension: &'static str,
    segment: &'a str,
    measure: &'static str,
    unit: &'static str,
    /// Missing where there was nothing to measure; the horizon where it is censored.
    value: Option<f64>,
    /// Whether the true value lies beyond `value`.
    censored: bool,
}

/// Arm by arm, so that neighbouring rows are alike, which Parquet makes small.
fn rows(results: &Results) -> impl Iterator<Item = Row<'_>> {
    let horizon = horizon_hours(&results.experiment);
    results.experiment.arms.iter().zip(&results.arms).flat_map(move |(arm, replications)| {
        replications.iter().flat_map(move |replication| {
            replication.record.measured.iter().map(move |one| {
                let (dimension, segment) = words(&one.segment);
                let definition = one.measure.definition();
                let (value, censored) = match one.reading {
                    Reading::Value(value) => (Some(value), false),
                    Reading::NotWithinHorizon => (Some(horizon), true),
                    Reading::Nothing => (None, false),
                };
                Row {
                    arm: &arm.name,
                    replication: replication.number,
                    dimension,
                    segment,
                    measure: definition.name,
                    unit: definition.unit,
                    value,
                    censored,
                }
            })
        })
    })
}

fn replications_csv(results: &Results, out: &mut (impl io::Write + Send)) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["arm", "replication", "dimension", "segment", "measure", "unit", "value", "censored"])?;
    for row in rows(results) {
        let (number, value) = (row.replication.to_string(), row.value.map_or(String::new(), |v| v.to_string()));
        let censored = if row.censored { "true" } else { "false" };
        csv.write_record([row.arm, &number, row.dimension, row.segment, row.measure, row.unit, &value, censored])?;
    }
    csv.flush()
}

fn replications_parquet(results: &Results, out: &mut (impl io::Write + Send)) -> io::Result<()> {
    let columns = vec![
        Column::text("arm"),
        Column::number("replication"),
        Column::text("dimension"),
        Column::text("segment"),
        Column::text("measure"),
        Column::text("unit"),
        Column::value("value"),
        Column::flag("censored"),
    ];
    let mut table = TableFile::begin("replications", columns, out)?;
    for row in rows(results) {
        let [arm, replication, dimension, segment, measure, unit, value, censored] = table.row();
        arm.push_text(row.arm);
        replication.push_number(i64::from(row.replication));
        dimension.push_text(row.dimension);
        segment.push_text(row.segment);
        measure.push_text(row.measure);
        unit.push_text(row.unit);
        value.push_value(row.value);
        censored.push_flag(row.censored);
        table.end_row()?;
    }
    table.finish()
}

fn curves_parquet(results: &Results, out: &mut (impl io::Write + Send)) -> io::Result<()> {
    let columns = vec![
        Column::text("arm"),
        Column::number("replication"),
        Column::text("dimension"),
        Column::text("segment"),
        Column::text("measure"),
        Column::number("time_ms"),
        Column::value("value"),
    ];
    let mut table = TableFile::begin("curves", columns, out)?;
    for (arm_of, replications) in results.experiment.arms.iter().zip(&results.arms) {
        for replication in replications {
            for curve in &replication.record.curves {
                let (dimension_of, segment_of) = words(&curve.segment);
                for (&at, &reached) in curve.at.iter().zip(&curve.values) {
                    let [arm, number, dimension, segment, measure, time, value] = table.row();
                    arm.push_text(&arm_of.name);
                    number.push_number(i64::from(replication.number));
                    dimension.push_text(dimension_of);
                    segment.push_text(segment_of);
                    measure.push_text(curve_name(curve.of));
                    time.push_number(at);
                    value.push_value(Some(reached));
                    table.end_row()?;
                }
            }
        }
    }
    table.finish()
}

/// The mean curves: one per arm, segment and measure. Those of every replication are in the Parquet file only.
fn curves_csv(results: &Results, out: &mut (impl io::Write + Send)) -> io::Result<()> {
    let level = Level::of(&results.experiment);
    let mut csv = csv::Writer::from_writer(out);
    let head = ["arm", "dimension", "segment", "measure", "time_h", "mean", "low", "high", "p05", "p95", "n"];
    csv.write_record(head)?;
    for (arm, replications) in results.experiment.arms.iter().zip(&results.arms) {
        let Some(first) = replications.first() else { continue };
        let kept: Vec<(&Segment, CurveOf)> = first.record.curves.iter().map(|c| (&c.segment, c.of)).collect();
        for (segment, of) in kept {
            let Some(band) = band(replications, segment, of, level) else { continue };
            let (dimension, name) = words(segment);
            for (i, &at) in band.at.iter().enumerate() {
                let hours = significant(at as f64 / HOUR as f64);
                let numbers = [hours, band.mean[i], band.low[i], band.high[i], band.p05[i], band.p95[i]];
                let mut record = vec![arm.name.clone(), dimension.into(), name.into(), curve_name(of).into()];
                record.extend(numbers.iter().map(|&number| significant(number).to_string()));
                if band.n < 2 {
                    // One replication says nothing of how precise the mean is.
                    record[6..8].fill(String::new());
                }
                record.push(band.n.to_string());
                csv.write_record(&record)?;
            }
        }
    }
    csv.flush()
}

/// The name of a curve in the tables.
fn curve_name(of: CurveOf) -> &'static str {
    match of {
        CurveOf::PcsDown => "pcs_down",
        CurveOf::PcsHit => "pcs_hit",
        CurveOf::StillDownSinceFailure => "still_down_since_failure",
        CurveOf::OrganisationsNotYetWhole => "organisations_not_yet_whole",
    }
}
