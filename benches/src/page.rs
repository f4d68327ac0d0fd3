//! What a benchmark shows: a table, and targets with what was measured of them.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// What one benchmark measured.
#[derive(Serialize)]
pub(crate) struct Page {
    /// What was measured, and how, in one sentence or two.
    #[serde(skip)]
    pub(crate) title: String,
    /// As people read it.
    #[serde(skip)]
    pub(crate) table: Table,
    /// What was to be reached.
    pub(crate) targets: Vec<Target>,
    /// What could not be measured here, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<String>,
    /// As programs read it.
    pub(crate) rows: Vec<Value>,
}

/// A table: text to the left in the first column, numbers to the right in the others.
#[derive(Default)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Something to be reached.
#[derive(Serialize)]
pub(crate) struct Target {
    /// What is measured.
    pub(crate) what: String,
    /// What was measured.
    pub(crate) measured: f64,
    /// The bound.
    pub(crate) bound: Bound,
    /// What both are in.
    pub(crate) unit: &'static str,
}

/// The bound of a target.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
}

impl Page {
    /// An empty page.
    pub(crate) fn new(title: impl Into<String>, head: &[&str]) -> Page {
        Page {
            title: title.into(),
            table: Table { head: head.iter().map(|&h| h.to_owned()).collect(), rows: Vec::new() },
            targets: Vec::new(),
            left_out: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, for people and for programs.
    pub(crate) fn row(&mut self, cells: Vec<String>, figures: Value) {
        self.table.rows.push(cells);
        self.rows.push(figures);
    }

    /// Adds a target.
    pub(crate) fn target(&mut self, what: impl Into<String>, measured: f64, bound: Bound, unit: &'static str) {
        self.targets.push(Target { what: what.into(), measured, bound, unit });
    }

    /// Whether all targets are reached.
    pub(crate) fn is_reached(&self) -> bool {
        self.targets.iter().all(Target::is_reached)
    }
}

impl Target {
    fn is_reached(&self) -> bool {
        match self.bound {
            Bound::AtMost(most) => self.measured <= most,
            Bound::AtLeast(least) => self.measured >= least,
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n{}", self.title, self.table)?;
        for reason in &self.left_out {
            writeln!(f, "left out: {reason}")?;
        }
        self.targets.iter().try_for_each(|target| writeln!(f, "{target}"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_reached() { "reached" } else { "MISSED " };
        let (bound, value) = match self.bound {
            Bound::AtMost(value) => ("at most", value),
            Bound::AtLeast(value) => ("at least", value),
        };
        write!(f, "{verdict}  {}: {:.3} {unit} ({bound} {value} {unit})", self.what, self.measured, unit = self.unit)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = || std::iter::once(&self.head).chain(&self.rows);
        let width = |column: usize| rows().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        for row in rows() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, "{cell:<width$}")?;
                } else {
                    write!(f, "  {cell:>width$}")?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Seconds with as many digits as mean something.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.3} s") } else { format!("{seconds:.1} s") }
}

/// Memory in binary units.
pub(crate) fn memory(bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib < 1024.0 { format!("{mib:.0} MiB") } else { format!("{:.2} GiB", mib / 1024.0) }
}

/// A count as scenarios write it.
pub(crate) fn count(count: u64) -> String {
    for (unit, size) in [("bn", 1e9), ("M", 1e6), ("k", 1e3)] {
        let scaled = count as f64 / size;
        if scaled >= 1.0 {
            return format!("{}{unit}", (scaled * 100.0).round() / 100.0);
        }
    }
    count.to_string()
}

/// How many times something is something else.
pub(crate) fn times(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}x") } else { format!("{ratio:.0}x") }
}
