//! Designs: replications in which chosen inputs are moved, as an experiment like any other.
//!
//! An arm of the experiment is a column of the design, a replication is a row, and the columns of a row share the dice.
//! So a design is carried out by [`crate::run()`], is resumed like any run, and what two columns of a row differ in
//! comes from the inputs alone.

use std::collections::BTreeMap;

use bugcheck_scenarios::experiment::{Arm, Drawn, Origin, Replications};
use bugcheck_scenarios::{Experiment, Scenario};
use bugcheck_sim::Plan;

use crate::plans::check_arm;
use crate::{Error, Plans};

/// How inputs are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// One at a time, by half of its range, from where each replication finds it: a screening, some 20 rows.
    ///
    /// M. D. Morris, Factorial sampling plans for preliminary computational experiments, Technometrics 33 (1991); in
    /// rows around a point (radial) as in F. Campolongo, A. Saltelli and J. Cariboni, From screening to quantitative
    /// sensitivity analysis, Computer Physics Communications 182 (2011).
    Morris,
    /// Each by itself to where another replication has it, and all of them: shares of the variance, some hundreds of
    /// rows.
    ///
    /// A. Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics Communications 181
    /// (2010).
    Sobol,
}

impl Method {
    /// Its name on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Method::Morris => "morris",
            Method::Sobol => "sobol",
        }
    }

    /// Columns before those of the inputs.
    pub(super) fn columns_before(self) -> usize {
        match self {
            Method::Morris => 1,
            Method::Sobol => 2,
        }
    }
}

/// Added to a row's number for the replication from whose dice it takes the other value of its inputs. It leaves
/// room for more rows, so that a longer design holds the shorter one.
const PARTNER: u32 = 1 << 31;

/// A design for one arm of a scenario.
#[derive(Debug)]
pub struct Design<'a> {
    scenario: &'a Scenario,
    arm: usize,
    method: Method,
    /// Path and range of each input that the arm draws.
    inputs: Vec<(String, String)>,
    experiment: Experiment,
    lock: String,
}

impl<'a> Design<'a> {
    /// A design with this many rows (at least 2) for the uncertain inputs of an arm. The first column is the arm as it
    /// is; [`Method::Sobol`] has a second one with every input moved; then each input has one in which it alone is
    /// moved.
    ///
    /// # Errors
    /// If there is no such arm, or it draws nothing.
    pub fn new(scenario: &'a Scenario, arm: usize, method: Method, rows: u32) -> Result<Design<'a>, Error> {
        let of = &scenario.experiment;
        check_arm(of, arm)?;
        let uncertain = of.inputs.iter().filter(|input| matches!(input.origin, Origin::Uncertain(_)));
        let drawn = scenario.drawn(arm, 0);
        let inputs: Vec<(String, String)> = uncertain
            .filter(|input| drawn.iter().any(|drawn| drawn.path == input.path))
            .map(|input| (input.path.clone(), input.value.clone()))
            .collect();
        if inputs.is_empty() {
            return Err(Error::NothingUncertain(of.arms[arm].name.clone()));
        }
        let name = &of.arms[arm].name;
        let all_moved = (method == Method::Sobol).then(|| "all moved".to_owned());
        let moved = inputs.iter().map(|(path, _)| format!("{path} moved"));
        let columns = std::iter::once("as drawn".to_owned()).chain(all_moved).chain(moved);
        let rows = rows.max(2);
        let experiment = Experiment {
            name: format!("{}-{}", of.name, method.name()),
            question: format!("What drives the outcome of {name}?"),
            factors: Vec::new(),
            arms: columns.map(|name| Arm { name, levels: Vec::new() }).collect(),
            baseline: 0,
            replications: Replications { min: rows, max: rows, until: None },
            expectations: Vec::new(),
            history: Vec::new(),
            ..of.clone()
        };
        let lock = format!("# {} design, {rows} rows, for the arm: {name}\n{}", method.name(), scenario.lock());
        Ok(Design { scenario, arm, method, inputs, experiment, lock })
    }

    /// How inputs are moved.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Path and range of each input, in the order of their columns.
    pub fn inputs(&self) -> &[(String, String)] {
        &self.inputs
    }

    /// The name of the arm that it is for.
    pub fn arm(&self) -> &str {
        &self.scenario.experiment.arms[self.arm].name
    }

    /// The quantiles of their ranges to which the inputs of a column are moved in a row, by path.
    fn moved(&self, column: usize, row: u32) -> BTreeMap<String, f64> {
        let target = |(path, _): &(String, String)| (path.clone(), self.target(path, row));
        match (self.method, column.checked_sub(self.method.columns_before())) {
            (_, Some(input)) => self.inputs.get(input).map(target).into_iter().collect(),
            (Method::Sobol, None) if column == 1 => self.inputs.iter().map(target).collect(),
            (_, None) => BTreeMap::new(),
        }
    }

    /// Where an input is moved to in a row.
    fn target(&self, path: &str, row: u32) -> f64 {
        match self.method {
            Method::Morris => half_way_round(self.scenario.quantile(self.arm, row, path)),
            Method::Sobol => self.scenario.quantile(self.arm, row + PARTNER, path),
        }
    }

    /// By how much of its range an input is moved in a row of [`Method::Morris`]: one half up or down.
    pub(super) fn step(&self, path: &str, row: u32) -> f64 {
        self.target(path, row) - self.scenario.quantile(self.arm, row, path)
    }
}

/// The quantile half a range up, or down where that would leave the range.
fn half_way_round(quantile: f64) -> f64 {
    if quantile < 0.5 { quantile + 0.5 } else { quantile - 0.5 }
}

impl Plans for Design<'_> {
    fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    fn plan(&self, column: usize, row: u32) -> Plan {
        self.scenario.plan_moved(self.arm, row, &self.moved(column, row))
    }

    fn drawn(&self, column: usize, row: u32) -> Vec<Drawn> {
        self.scenario.drawn_moved(self.arm, row, &self.moved(column, row))
    }

    /// The resolved scenario below a line that says which design it is for. It loads to the scenario, not to the
    /// design.
    fn lock(&self) -> &str {
        &self.lock
    }
}
