//! What is to be simulated: a scenario's arm with every name resolved and every uncertain value drawn.

use serde::{Deserialize, Serialize};

use crate::agent::{Agent, Architecture};
use crate::fleet::Fleet;
use crate::rollout::{Release, Signals};
use crate::time::Clock;

/// Everything that decides the outcome of one replication of one arm, but for the dice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// When, and for how long.
    pub clock: Clock,
    /// Who.
    pub fleet: Fleet,
    /// How agents can be put together.
    pub architectures: Vec<Architecture>,
    /// Which agents are installed.
    pub agents: Vec<Agent>,
    /// What is released. At most [`MAX_RELEASES`].
    pub releases: Vec<Release>,
    /// What PCs tell the vendor.
    pub signals: Signals,
    /// How many organisations are simulated.
    pub sample: Sample,
}

/// Limit: how many releases one plan may have.
pub const MAX_RELEASES: usize = 1;

/// How many of the organisations are simulated: 1 in this many of each stratum (sector, region, size class), whole,
/// drawn anew per replication; totals are scaled up. 1 is every PC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// 1 in this many; at least 1.
    pub one_in: u32,
}

/// The dice of one replication. The population and the dynamics have separate seeds: same fleet, another day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dice {
    /// Decides the organisations, their PCs and their traits.
    pub population: u64,
    /// Decides everything that happens.
    pub dynamics: u64,
    /// Which replication; both seeds are keyed with it.
    pub replication: u32,
}
