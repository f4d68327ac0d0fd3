//! A checked scenario, ready to be simulated.

use std::collections::BTreeMap;

use bugcheck_sim::Plan;

use crate::expand::Used;
use crate::experiment::{Drawn, Experiment};
use crate::library::Category;
use crate::lower::{self, Lowered, Values};
use crate::problem::Problems;
use crate::source::{FileId, Key, Node, Value, join};

/// A checked scenario: what is asked, and the plan of every arm and replication.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What is asked.
    pub experiment: Experiment,
    arms: Vec<lower::Arm>,
    lock: String,
    digest: String,
    /// Where the keys of `expect` stand.
    places: Vec<Key>,
}

impl Scenario {
    pub(crate) fn new(experiment: Experiment, arms: Vec<lower::Arm>, root: &Node, used: &Used) -> Scenario {
        let lock = lock(root, used);
        let digest = blake3::hash(lock.as_bytes()).to_hex().to_string();
        let expect = root.get("expect").and_then(Node::entries).unwrap_or_default();
        Scenario { experiment, arms, lock, digest, places: expect.iter().map(|(key, _)| key.clone()).collect() }
    }

    /// The plan of one replication of one arm: its uncertain values are drawn by (seed, replication, path), so the same
    /// path has the same value in all arms.
    ///
    /// # Panics
    /// If there is no arm of this index in [`Experiment::arms`].
    pub fn plan(&self, arm: usize, replication: u32) -> Plan {
        self.lower(arm, replication, &BTreeMap::new()).plan
    }

    /// The same with some uncertain inputs moved from where the dice put them to other quantiles of their ranges,
    /// strictly between 0 and 1; by the paths of [`Experiment::inputs`]. Paths that the arm does not draw change
    /// nothing.
    ///
    /// # Panics
    /// If there is no arm of this index in [`Experiment::arms`].
    pub fn plan_moved(&self, arm: usize, replication: u32, moved: &BTreeMap<String, f64>) -> Plan {
        self.lower(arm, replication, moved).plan
    }

    /// The quantile of its range at which the dice of a replication put an uncertain input, by its path as in
    /// [`Experiment::inputs`]. Inputs are independent, and each is equally likely to be anywhere between 0 and 1.
    pub fn quantile(&self, arm: usize, replication: u32, path: &str) -> f64 {
        Values::quantile(self.experiment.seed, replication, self.unlabelled(arm, path))
    }

    /// The uncertain inputs of one replication of one arm, by the paths of [`Experiment::inputs`].
    ///
    /// # Panics
    /// If there is no arm of this index in [`Experiment::arms`].
    pub fn drawn(&self, arm: usize, replication: u32) -> Vec<Drawn> {
        self.drawn_moved(arm, replication, &BTreeMap::new())
    }

    /// The same with some of them moved, as [`Scenario::plan_moved`] does.
    ///
    /// # Panics
    /// If there is no arm of this index in [`Experiment::arms`].
    pub fn drawn_moved(&self, arm: usize, replication: u32, moved: &BTreeMap<String, f64>) -> Vec<Drawn> {
        let mut drawn = self.lower(arm, replication, moved).drawn;
        for drawn in &mut drawn {
            drawn.path = self.label(arm, &drawn.path);
        }
        drawn
    }

    /// The resolved scenario: everything merged, every preset that it uses beside it, nothing that hangs on the
    /// library, the profile or the command line. [`crate::load()`] reads it back to the same experiment.
    pub fn lock(&self) -> &str {
        &self.lock
    }

    /// blake3 of the resolved scenario, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The line of an expectation in the scenario's own file, from 1; `None` if it stands in another, which this one
    /// extends. No part of [`Experiment`]: a comment more is no other question.
    pub fn line_of(&self, expectation: &str) -> Option<u32> {
        let key = self.places.iter().find(|key| key.name == expectation)?;
        (key.span.file == FileId::FIRST).then_some(key.span.line)
    }

    fn lower(&self, arm: usize, replication: u32, moved: &BTreeMap<String, f64>) -> Lowered {
        let moved = moved.iter().map(|(path, quantile)| (self.unlabelled(arm, path).to_owned(), *quantile)).collect();
        let values = Values::of_replication(self.experiment.seed, replication).with_moved(moved);
        lower::lower(&self.arms[arm], values, &mut Problems::new())
    }

    /// The path at which an arm draws what the inputs list as `label`: without the level that brings it in, if it is
    /// one of the arm's.
    fn unlabelled<'a>(&self, arm: usize, label: &'a str) -> &'a str {
        let Experiment { factors, arms, .. } = &self.experiment;
        factors
            .iter()
            .zip(&arms[arm].levels)
            .find_map(|(factor, level)| label.strip_prefix(&format!("factors.{}.{level}.", factor.name)))
            .unwrap_or(label)
    }

    /// The path under which the inputs list what an arm draws at `path`: below the level that brings it in, if one
    /// does.
    fn label(&self, arm: usize, path: &str) -> String {
        let Experiment { factors, arms, inputs, .. } = &self.experiment;
        factors
            .iter()
            .zip(&arms[arm].levels)
            .map(|(factor, level)| join(&format!("factors.{}.{level}", factor.name), path))
            .find(|label| inputs.iter().any(|input| input.path == *label))
            .unwrap_or_else(|| path.to_owned())
    }
}

/// The resolved scenario as YAML.
fn lock(root: &Node, used: &Used) -> String {
    let mut root = root.clone();
    root.remove("library");
    let span = root.head();
    let key = |name: &str| Key { name: name.to_owned(), span };
    let mut shelves = Vec::new();
    for category in Category::ALL {
        let entries: Vec<(Key, Node)> = used
            .iter()
            .filter(|((c, _), _)| c == category)
            .map(|((_, name), node)| (key(name), node.clone()))
            .collect();
        if !entries.is_empty() {
            shelves.push((key(category.name()), Node { value: Value::Map(entries), span }));
        }
    }
    root.insert(key("library"), Node { value: Value::Map(shelves), span });
    root.to_yaml()
}
