//! What is simulated: a scenario of the library or of this folder, as changed, and some of its arms.

use bugcheck_scenarios::{Options, Profile, Scenario, Source, library, load};
use bugcheck_sim::{Dice, Plan};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Scenarios that only benchmarks need.
const OWN: &[(&str, &str)] =
    &[("shapes", include_str!("../scenarios/shapes.yaml")), ("gate", include_str!("../scenarios/gate.yaml"))];

/// A scenario, as changed, and some of its arms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subject {
    /// Its name, in the library or here.
    pub(crate) scenario: String,
    /// What is set, as by `bugcheck run --set`.
    pub(crate) set: Vec<String>,
    /// How many of the organisations.
    pub(crate) sample: Sample,
    /// Which arms.
    pub(crate) arms: Arms,
}

/// How many of the organisations are simulated.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Sample {
    /// As many as the profile `standard` says.
    Standard,
    /// Every one, as the profile `paper` says.
    Paper,
}

/// Which arms of a scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Arms {
    /// All, in their order.
    All,
    /// The baseline.
    Baseline,
    /// The one of this name.
    Named(String),
}

impl Subject {
    /// One arm of a scenario, with every organisation.
    pub(crate) fn paper(scenario: &str, arm: Arms) -> Subject {
        Subject { scenario: scenario.to_owned(), set: Vec::new(), sample: Sample::Paper, arms: arm }
    }

    /// The same with a value set.
    pub(crate) fn set(mut self, path: &str, value: impl std::fmt::Display) -> Subject {
        self.set.push(format!("{path}={value}"));
        self
    }

    /// The scenario, read and checked.
    pub(crate) fn load(&self) -> Result<Scenario, Error> {
        let source = match OWN.iter().find(|(name, _)| *name == self.scenario) {
            Some((name, text)) => Source::Text { name: (*name).to_owned(), text: (*text).to_owned() },
            None => Source::Library(self.scenario.clone()),
        };
        let profile = match self.sample {
            Sample::Standard => Profile::Standard,
            Sample::Paper => Profile::Paper,
        };
        let options = Options { set: self.set.clone(), profile, ..Options::default() };
        load(&source, &options).map_err(Error::Scenario)
    }

    /// The plans of its arms in the first replication, with their names, and the dice.
    pub(crate) fn plans(&self) -> Result<(Vec<(String, Plan)>, Dice), Error> {
        let scenario = self.load()?;
        let experiment = &scenario.experiment;
        let arms = match &self.arms {
            Arms::All => (0..experiment.arms.len()).collect(),
            Arms::Baseline => vec![experiment.baseline],
            Arms::Named(name) => {
                let named = experiment.arms.iter().position(|arm| arm.name == *name);
                vec![named.ok_or_else(|| Error::NoArm(self.scenario.clone(), name.clone()))?]
            }
        };
        let plans = arms.into_iter().map(|arm| (experiment.arms[arm].name.clone(), scenario.plan(arm, 0))).collect();
        let dice = Dice { population: experiment.population_seed, dynamics: experiment.seed, replication: 0 };
        Ok((plans, dice))
    }
}

/// Whether the library has a scenario of this name.
pub(crate) fn is_in_library(name: &str) -> bool {
    library::scenario(name).is_some()
}
