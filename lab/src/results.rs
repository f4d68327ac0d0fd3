//! What an experiment leaves behind, as a program reads it back: the results format that reports build on.

use bugcheck_scenarios::Experiment;
use bugcheck_scenarios::experiment::Drawn;
use bugcheck_sim::Record;
use serde::{Deserialize, Serialize};

/// The results of an experiment, complete or as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// What was asked.
    pub experiment: Experiment,
    /// Who made them.
    pub manifest: Manifest,
    /// For each arm, its replications in the order of their numbers.
    pub arms: Vec<Vec<Replication>>,
}

/// Where results are from: enough to make them again. No wall-clock time, so that the same experiment gives the same
/// bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: String,
    /// Result epoch, see [`bugcheck_sim::RESULT_EPOCH`].
    pub epoch: u32,
    /// blake3 of the resolved scenario, in hex: names the folder of the run.
    pub scenario_digest: String,
    /// blake3 over the digests of all records, in the order of arms and replications, in hex.
    pub results_digest: String,
    /// Version of the bundled time-zone data.
    pub time_zones: String,
    /// Seed of the experiment.
    pub seed: u64,
    /// What made it stop: `max`, `min`, `precision`, `interrupted`.
    pub stopped: String,
}

/// One replication of one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// Its number, from 0.
    pub number: u32,
    /// The uncertain inputs that it drew.
    pub inputs: Vec<Drawn>,
    /// What happened.
    pub record: Record,
}
