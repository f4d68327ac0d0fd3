//! Readings by column: one measure of one segment of one arm, over its replications.

use std::collections::BTreeMap;

use bugcheck_scenarios::Experiment;
use bugcheck_sim::Record;
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::time::HOUR;

use crate::results::{Replication, Results};

/// One measure of one segment of one arm, over the replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// What was measured.
    pub measure: Measure,
    /// The horizon in hours after the release: what a time that is not within the horizon is at least.
    pub horizon: f64,
    /// The number of each replication and what it gave, ascending.
    pub by_replication: Vec<(u32, Reading)>,
}

impl Readings {
    /// Readings of replications 0, 1, 2 and so on.
    pub fn new(measure: Measure, horizon: f64, readings: impl IntoIterator<Item = Reading>) -> Readings {
        Readings { measure, horizon, by_replication: (0..).zip(readings).collect() }
    }

    /// The values in the order of the replications; readings beyond the horizon and empty ones are left out.
    pub fn values(&self) -> Vec<f64> {
        self.by_replication.iter().filter_map(|(_, reading)| value(*reading)).collect()
    }

    /// The values in the order of the replications, with the horizon for those beyond it: a lower bound of each.
    pub fn at_least(&self) -> Vec<f64> {
        self.by_replication.iter().filter_map(|(_, reading)| at_least(*reading, self.horizon)).collect()
    }

    /// How many replications lie beyond the horizon.
    pub fn beyond(&self) -> u32 {
        self.count(Reading::NotWithinHorizon)
    }

    /// In how many replications there was nothing to measure.
    pub fn nothing(&self) -> u32 {
        self.count(Reading::Nothing)
    }

    fn count(&self, what: Reading) -> u32 {
        self.by_replication.iter().filter(|(_, reading)| *reading == what).count() as u32
    }
}

/// The number, where there is one.
fn value(reading: Reading) -> Option<f64> {
    match reading {
        Reading::Value(value) => Some(value),
        Reading::NotWithinHorizon | Reading::Nothing => None,
    }
}

/// The number, or the horizon where it is later than that.
pub(super) fn at_least(reading: Reading, horizon: f64) -> Option<f64> {
    match reading {
        Reading::Value(value) => Some(value),
        Reading::NotWithinHorizon => Some(horizon),
        Reading::Nothing => None,
    }
}

/// All readings of an experiment, by arm, segment and measure. Built once: looking each one up in the records would
/// search each record anew.
#[derive(Clone, Debug)]
pub struct Columns {
    horizon: f64,
    /// Segment and measure, in the order in which the records list them.
    keys: Vec<(Segment, Measure)>,
    index: BTreeMap<(Segment, Measure), usize>,
    /// By arm, then by key.
    readings: Vec<Vec<Vec<(u32, Reading)>>>,
}

impl Columns {
    /// Sorts the readings of all records.
    pub fn of(results: &Results) -> Columns {
        let mut columns = Columns {
            horizon: horizon_hours(&results.experiment),
            keys: Vec::new(),
            index: BTreeMap::new(),
            readings: vec![Vec::new(); results.arms.len()],
        };
        for (arm, replications) in results.arms.iter().enumerate() {
            for replication in replications {
                columns.add(arm, replication);
            }
        }
        for arm in &mut columns.readings {
            arm.resize(columns.keys.len(), Vec::new());
        }
        columns
    }

    /// The segments and measures that any record has, in the order in which the records list them.
    pub fn keys(&self) -> &[(Segment, Measure)] {
        &self.keys
    }

    /// The readings of one measure of one segment of one arm; empty where no record has it.
    pub fn readings(&self, arm: usize, segment: &Segment, measure: Measure) -> Readings {
        let column = self.index.get(&(segment.clone(), measure)).and_then(|&key| self.readings.get(arm)?.get(key));
        Readings { measure, horizon: self.horizon, by_replication: column.cloned().unwrap_or_default() }
    }

    fn add(&mut self, arm: usize, replication: &Replication) {
        let Record { measured, .. } = &replication.record;
        for (position, one) in measured.iter().enumerate() {
            // Records list the same keys in the same order, as a rule: look there first.
            let here = self.keys.get(position).is_some_and(|(s, m)| *m == one.measure && *s == one.segment);
            let key = if here { position } else { self.key(&one.segment, one.measure) };
            let columns = &mut self.readings[arm];
            if columns.len() <= key {
                columns.resize(key + 1, Vec::new());
            }
            columns[key].push((replication.number, one.reading));
        }
    }

    fn key(&mut self, segment: &Segment, measure: Measure) -> usize {
        let next = self.keys.len();
        let key = *self.index.entry((segment.clone(), measure)).or_insert(next);
        if key == next {
            self.keys.push((segment.clone(), measure));
        }
        key
    }
}

/// The horizon in hours after the release: the largest time that the experiment can see.
pub(crate) fn horizon_hours(experiment: &Experiment) -> f64 {
    (experiment.horizon_ms - experiment.release_ms) as f64 / HOUR as f64
}
