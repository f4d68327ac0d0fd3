//! What is to be simulated: a scenario's arm with every name resolved and every uncertain value drawn.

use serde::{Deserialize, Serialize};

use crate::agent::{Agent, Architecture};
use crate::fleet::Fleet;
use crate::rollout::{Release, Signals};
use crate::time::{Clock, Millis};

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
    /// What is released, at most [`MAX_RELEASES`](crate::limits::MAX_RELEASES). The first is the one in question: times
    /// count from its publication.
    pub releases: Vec<Release>,
    /// Attackers who make use of it.
    pub campaign: Option<Campaign>,
    /// What PCs tell the vendor.
    pub signals: Signals,
    /// How many organisations are simulated.
    pub sample: Sample,
}

/// A campaign of attackers. Each PC that is on and usable is compromised at a rate that hangs on how it is protected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// When it begins, from the scenario's start.
    pub from: Millis,
    /// When it ends.
    pub until: Millis,
    /// Rate per hour for which a PC lacks the protection that releases were to bring.
    pub per_stale_hour: f64,
    /// Rate per hour for which an agent does not run; counts in addition.
    pub per_unprotected_hour: f64,
}

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
