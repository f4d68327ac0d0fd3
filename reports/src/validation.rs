//! The model beside what was published: every fact with its source, what the model gives for it, and whether it fits.
//!
//! [`RUNS`] says what has to be simulated; [`build`] makes the rows from the results, [`render`] the document. A row
//! that misses says so, and is repeated in a list of misses: nothing here decides what is shown by how well it fits.

mod page;
mod rows;

use bugcheck_lab::Results;
use bugcheck_lab::estimate::Level;

use crate::Error;
use crate::number::Quantity;
use crate::view::Figure;

pub use page::render;

/// Something that has to be simulated for the validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Name of the scenario in the library.
    pub scenario: &'static str,
    /// The levels to keep, as (factor, level); all of the factors that are not named.
    pub only: &'static [(&'static str, &'static str)],
}

/// What has to be simulated. Of July 2024 only the arm that happened.
pub const RUNS: [Run; 5] = [
    Run { scenario: JULY, only: &[("architecture", "kernel"), ("recovery", "by_hand"), ("rollout", "at_once")] },
    Run { scenario: WHO, only: &[] },
    Run { scenario: CMU, only: &[] },
    Run { scenario: SALEM, only: &[] },
    Run { scenario: TEXAS, only: &[] },
];

/// Replications of each arm, unless somebody asks for another number.
pub const REPLICATIONS: u32 = 60;

const JULY: &str = "july-2024";
const WHO: &str = "who-was-hit";
const CMU: &str = "cmu-2024";
const SALEM: &str = "salem-health-2024";
const TEXAS: &str = "texas-am-2024";

/// The confidence of the document's intervals. The number of replications is fixed, so there is one look.
fn level() -> Level {
    Level::new(bugcheck_lab::estimate::CONFIDENCE, 1)
}

/// Everything that the document says.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// What was simulated.
    pub runs: Vec<Simulated>,
    /// PCs hit, in all.
    pub hit: Vec<Row>,
    /// Who was hit, by zone and kind of PC.
    pub shares: Vec<Row>,
    /// Where more were hit than elsewhere.
    pub zones: Vec<Order>,
    /// Who was back when, in the organisations that published it.
    pub back: Vec<Row>,
    /// How fast they came back.
    pub pace: Vec<Row>,
    /// Who was back before whom.
    pub orders: Vec<Order>,
    /// The vendor's figures, each under both readings of its denominator.
    pub sensors: Vec<Row>,
    /// What was fitted: scenario, and the inputs that say so.
    pub fitted: Vec<(String, Vec<Fitted>)>,
    /// PCs of the fleet of July 2024.
    pub base: u64,
}

/// A run that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// Its scenario.
    pub scenario: String,
    /// PCs.
    pub pcs: u64,
    /// 1 in this many organisations is simulated.
    pub one_in: u32,
    /// Arms.
    pub arms: usize,
    /// Replications of each; the fewest over the arms.
    pub replications: usize,
    /// blake3 of all its records, in hex.
    pub results_digest: String,
}

/// An input of a scenario that was chosen so that the model meets what was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// Its path; the first, where several inputs have the same value for the same reason.
    pub path: String,
    /// How many more there are alike.
    pub more: usize,
    /// Its value, as written.
    pub value: String,
    /// What it was fitted to.
    pub to: String,
}

/// A published fact beside what the model gives for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is.
    pub what: String,
    /// The published value, or its range, in base units.
    pub published: (f64, f64),
    /// Who published it.
    pub source: String,
    /// What the model gives.
    pub found: Figure,
    /// How the numbers are written.
    pub quantity: Quantity,
    /// What it takes to fit.
    pub rules: Vec<Rule>,
}

/// What it takes for the mean to fit a published value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// It lies no further from it than this, in base units.
    Reach(f64),
    /// It lies no further from it than by this factor.
    Factor(f64),
}

/// Whether a row fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does.
    Fits,
    /// It does not.
    Misses,
    /// There is nothing to judge by.
    Unknown,
}

impl Row {
    /// The mean over replications, in base units; `None` if there is none, or if only a bound of it is known.
    pub fn mean(&self) -> Option<f64> {
        page::value(self.found.estimate.value)
    }

    /// How far the mean lies above (or, negative, below) the nearest published value; 0 within a published range.
    pub fn gap(&self) -> Option<f64> {
        let (low, high) = self.published;
        let mean = self.mean()?;
        Some(if mean < low { mean - low } else { (mean - high).max(0.0) })
    }

    /// Whether the mean fits by one rule.
    pub fn fit(&self, rule: Rule) -> Fit {
        let (Some(mean), Some(gap)) = (self.mean(), self.gap()) else { return Fit::Unknown };
        let fits = match rule {
            Rule::Reach(reach) => gap.abs() <= reach,
            Rule::Factor(factor) => mean >= self.published.0 / factor && mean <= self.published.1 * factor,
        };
        if fits { Fit::Fits } else { Fit::Misses }
    }

    /// Whether any of its rules is broken.
    pub fn misses(&self) -> bool {
        self.rules.iter().any(|rule| self.fit(*rule) == Fit::Misses)
    }
}

/// Something that was less than something else: fewer hit, or sooner back.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// What was less than what.
    pub what: String,
    /// Who published it, or what it follows from.
    pub source: String,
    /// The difference on the same dice, in base units: below 0 where the model agrees.
    pub found: Figure,
    /// How the difference is written.
    pub quantity: Quantity,
    /// Replications in which the model agrees, and replications that have both.
    pub agree: (usize, usize),
}

impl Order {
    /// It fits where the whole interval lies below 0.
    pub fn fit(&self) -> Fit {
        match (self.found.estimate.low.at(), self.found.estimate.high.at()) {
            (_, Some(high)) if high < 0.0 => Fit::Fits,
            (Some(_), Some(_)) => Fit::Misses,
            _ => Fit::Unknown,
        }
    }
}

/// Puts the results of [`RUNS`] beside what was published.
///
/// # Errors
/// If a run is missing, empty, or not what [`RUNS`] asks for.
pub fn build(results: &[Results]) -> Result<Validation, Error> {
    let [july, who, cmu, salem, texas] = RUNS.map(|run| find(results, run.scenario));
    let (july, who, cmu, salem, texas) = (july?, who?, cmu?, salem?, texas?);
    let own = [cmu, salem, texas];
    let mut back = Vec::new();
    for results in own {
        back.extend(rows::history(results));
    }
    Ok(Validation {
        runs: results.iter().map(simulated).collect(),
        hit: vec![rows::pcs_hit(july)],
        shares: rows::shares(who)?,
        zones: rows::zones(who)?,
        back,
        pace: rows::pace(texas),
        orders: rows::orders(july),
        sensors: rows::sensors(july),
        fitted: [july, cmu, salem, texas].map(|run| (run.experiment.name.clone(), rows::fitted(run))).into(),
        base: july.experiment.pcs,
    })
}

fn find<'a>(results: &'a [Results], scenario: &str) -> Result<&'a Results, Error> {
    let nothing = || Error::NoReplications(scenario.to_owned());
    let found = results.iter().find(|run| run.experiment.name == scenario).ok_or_else(nothing)?;
    if found.arms.is_empty() || found.arms.iter().any(Vec::is_empty) {
        return Err(nothing());
    }
    if found.arms.len() != found.experiment.arms.len() || found.experiment.baseline >= found.arms.len() {
        return Err(Error::Misfit(scenario.to_owned(), "its arms are not those of its results".into()));
    }
    Ok(found)
}

fn simulated(results: &Results) -> Simulated {
    Simulated {
        scenario: results.experiment.name.clone(),
        pcs: results.experiment.pcs,
        one_in: results.experiment.one_in,
        arms: results.arms.len(),
        replications: results.arms.iter().map(Vec::len).min().unwrap_or(0),
        results_digest: results.manifest.results_digest.clone(),
    }
}

#[cfg(test)]
mod tests;
