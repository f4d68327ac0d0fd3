//! The tables of a run: every replication and its curves, as Parquet for programs and CSV for everything else.

mod parquet_file;
mod swept;

use std::io;
use std::path::Path;

use bugcheck_sim::measure::{CurveOf, Reading, Segment};
use bugcheck_sim::time::HOUR;

use self::parquet_file::{Cell, Kind, TableFile};
use crate::estimate::{Level, band, horizon_hours, significant};
use crate::results::Results;
use crate::summary::words;
use crate::{Error, atomic};

pub(crate) use self::swept::write_swept;

/// Writes all tables into a folder.
pub(crate) fn write(results: &Results, folder: &Path) -> Result<(), Error> {
    atomic::write(&folder.join("replications.parquet"), |out| replications_parquet(results, out))?;
    atomic::write(&folder.join("replications.csv"), |out| replications_csv(results, out))?;
    atomic::write(&folder.join("curves.parquet"), |out| curves_parquet(results, out))?;
    atomic::write(&folder.join("curves.csv"), |out| curves_csv(results, out))
}

/// The columns of `replications`, in either format.
const REPLICATIONS: [(&str, Kind); 8] = [
    ("arm", Kind::Text),
    ("replication", Kind::Number),
    ("dimension", Kind::Text),
    ("segment", Kind::Text),
    ("measure", Kind::Text),
    ("unit", Kind::Text),
    // Missing where there was nothing to measure; the horizon where it is censored.
    ("value", Kind::Value),
    // Whether the true value lies beyond it.
    ("censored", Kind::Flag),
];

/// The columns of `curves.parquet`.
const CURVES: [(&str, Kind); 7] = [
    ("arm", Kind::Text),
    ("replication", Kind::Number),
    ("dimension", Kind::Text),
    ("segment", Kind::Text),
    ("measure", Kind::Text),
    ("time_ms", Kind::Number),
    ("value", Kind::Value),
];

/// The rows of `replications`, one per reading: its cells are those of [`REPLICATIONS`].
///
/// Arm by arm, so that neighbouring rows are alike, which Parquet makes small.
fn readings(results: &Results) -> impl Iterator<Item = [Cell<'_>; REPLICATIONS.len()]> {
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
                [
                    Cell::Text(arm.name.as_str().into()),
                    Cell::Number(replication.number.into()),
                    Cell::Text(dimension.into()),
                    Cell::Text(segment),
                    Cell::Text(definition.name.into()),
                    Cell::Text(definition.unit.into()),
                    Cell::Value(value),
                    Cell::Flag(censored),
                ]
            })
        })
    })
}

fn replications_csv(results: &Results, out: &mut (impl io::Write + Send)) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(REPLICATIONS.map(|(name, _)| name))?;
    for cells in readings(results) {
        for cell in cells {
            csv.write_field(cell.text().as_bytes())?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}

fn replications_parquet(results: &Results, out: &mut (impl io::Write + Send)) -> io::Result<()> {
    let mut table = TableFile::begin("replications", REPLICATIONS, out)?;
    for cells in readings(results) {
        table.push(cells)?;
    }
    table.finish()
}

fn curves_parquet(results: &Results, out: &mut (impl io::Write + Send)) -> io::Result<()> {
    let mut table = TableFile::begin("curves", CURVES, out)?;
    for (arm, replications) in results.experiment.arms.iter().zip(&results.arms) {
        for replication in replications {
            for curve in &replication.record.curves {
                let (dimension, segment) = words(&curve.segment);
                for (&at, &reached) in curve.at.iter().zip(&curve.values) {
                    table.push([
                        Cell::Text(arm.name.as_str().into()),
                        Cell::Number(replication.number.into()),
                        Cell::Text(dimension.into()),
                        Cell::Text(segment.as_ref().into()),
                        Cell::Text(curve_name(curve.of).into()),
                        Cell::Number(at),
                        Cell::Value(Some(reached)),
                    ])?;
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
                let mut record = vec![arm.name.clone(), dimension.into(), name.to_string(), curve_name(of).into()];
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
