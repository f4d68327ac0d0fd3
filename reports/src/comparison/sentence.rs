//! The answer in one sentence.

use bugcheck_lab::estimate::{Apart, Difference, Point};
use bugcheck_sim::measure::Measure;

use super::Source;
use crate::number::Quantity;
use crate::view::{ArmRow, Column, DifferenceRow};
use crate::wording;

/// What the baseline cost, and what each choice changes at best.
pub(super) fn sentence(source: &Source, columns: &[Column], rows: &[ArmRow], differences: &[DifferenceRow]) -> String {
    let baseline = &rows[source.baseline()];
    let figure = |measure: Measure| {
        let index = columns.iter().position(|column| column.measure == measure)?;
        wording::brief(columns[index].quantity, &baseline.figures[index].estimate)
    };
    let hit = figure(Measure::PcsHit).unwrap_or_else(|| "an unknown number of PCs".to_owned());
    let lost = figure(super::LEAD).unwrap_or_else(|| "an unknown number of PC-hours".to_owned());
    let back = figure(Measure::TimeTo95).map_or(String::new(), |time| format!(", with 95 % of PCs back after {time}"));
    let often = match baseline.outage.same {
        None if baseline.n > 0 => format!("; an outage in {}", wording::how_often(&baseline.outage)),
        _ => String::new(),
    };
    let were = if hit.split(' ').nth(1) == Some("PC") { "was" } else { "were" };
    let mut said = match rows {
        [_] => format!("{hit} {were} hit and {lost} lost{back}{often}"),
        _ => format!("With {}, {hit} {were} hit and {lost} lost{back}{often}", baseline.name),
    };
    let gains = gains(columns, rows, differences);
    if !gains.is_empty() {
        said.push_str("; ");
        said.push_str(&gains);
    }
    said.push('.');
    said
}

/// The largest fall of the lead measure that each factor alone can bring, largest first; without factors, of any arm.
fn gains(columns: &[Column], rows: &[ArmRow], differences: &[DifferenceRow]) -> String {
    let Some(lead) = columns.iter().position(|column| column.measure == super::LEAD) else { return String::new() };
    let mut best: Vec<Gain> = Vec::new();
    let single = differences.iter().filter(|row| row.changes.len() == 1).count() > 0;
    for row in differences.iter().filter(|row| !single || row.changes.len() == 1) {
        let Some(gain) = Gain::of(row, rows, &row.cells[lead]) else { continue };
        match best.iter_mut().find(|other| other.factor == gain.factor) {
            Some(other) if other.change <= gain.change => {}
            Some(other) => *other = gain,
            None => best.push(gain),
        }
    }
    best.sort_by(|a, b| a.change.total_cmp(&b.change));
    if best.is_empty() {
        let none =
            if differences.is_empty() { "" } else { "no change of one choice can be shown to lose fewer PC-hours" };
        return none.to_owned();
    }
    let said: Vec<String> = best.iter().map(|gain| format!("{} ({})", gain.name, gain.written)).collect();
    let what =
        if single { "changing one choice, PC-hours lost fall most by " } else { "PC-hours lost fall most with " };
    format!("{what}{}", list(&said))
}

struct Gain {
    factor: Option<String>,
    name: String,
    change: f64,
    written: String,
}

impl Gain {
    /// Only falls that can be told from none count.
    fn of(row: &DifferenceRow, rows: &[ArmRow], difference: &Difference) -> Option<Gain> {
        let Point::Value(change) = difference.relative.value else { return None };
        if difference.apart != Apart::Apart || change >= 0.0 {
            return None;
        }
        let cell = wording::difference_cell(Quantity::Part, difference, 0);
        let written = match difference.relative.same {
            Some(_) => {
                format!("{} {}", cell.main, wording::in_each(&difference.relative))
            }
            None => format!(
                "{}, {} interval {}",
                cell.main,
                wording::part(difference.relative.level.confidence),
                cell.below
            ),
        };
        Some(match row.changes.as_slice() {
            [only] => Gain {
                factor: Some(only.factor.clone()),
                name: format!("{}: {}", only.factor, only.to),
                change,
                written,
            },
            _ => Gain { factor: None, name: rows[row.arm].name.clone(), change, written },
        })
    }
}

fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}
