//! The table of what drives a measure: one row for each figure.

use std::path::{Path, PathBuf};

use super::{Driving, Figure};
use crate::estimate::significant;
use crate::{Error, atomic};

/// The name of the row that is about the dice instead of an input.
const CHANCE: &str = "chance";

impl Driving {
    /// Writes `drivers-<measure>.csv` into a folder, and says where. Shares of the variance and correlations are plain
    /// numbers; effects are in the unit of the measure, for an input that moves through its whole range.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, Error> {
        let measure = self.measure.definition();
        let path = folder.join(format!("drivers-{}.csv", measure.name));
        atomic::write(&path, |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record([
                "method", "arm", "measure", "input", "range", "figure", "unit", "value", "low", "high", "n",
            ])?;
            let mut row = |input: &str, range: &str, figure: &Figure| {
                let unit = if self.method == "morris" { measure.unit } else { "1" };
                let [value, low, high] = [figure.value, figure.low, figure.high].map(|v| significant(v).to_string());
                let n = self.n.to_string();
                csv.write_record([
                    self.method,
                    &self.arm,
                    measure.name,
                    input,
                    range,
                    figure.name,
                    unit,
                    &value,
                    &low,
                    &high,
                    &n,
                ])
            };
            for influence in &self.influences {
                for figure in &influence.figures {
                    row(&influence.input, &influence.range, figure)?;
                }
            }
            if let Some(chance) = &self.chance {
                row(CHANCE, "", chance)?;
            }
            csv.flush()
        })?;
        Ok(path)
    }
}
