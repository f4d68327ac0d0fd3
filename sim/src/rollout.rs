//! The vendor's side: releases, who may take them when, what the vendor sees, and what it does about it.

pub mod cloud;
pub mod signals;
pub mod timeline;

use serde::{Deserialize, Serialize};

use crate::agent::{AgentId, Channel, Fault};
use crate::draw::{Dist, Share};
use crate::fleet::{KindId, RegionId, SectorId};
use crate::time::Millis;

/// One version published on a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Name in the scenario.
    pub name: String,
    /// The agent it belongs to.
    pub of: AgentId,
    /// The channel it is published on.
    pub channel: Channel,
    /// When it is published, from the scenario's start.
    pub at: Millis,
    /// Time that a PC must be on and connected, after the release is open to it, until it is installed (milliseconds).
    pub delivery: Dist,
    /// Who may take it when.
    pub rollout: Rollout,
    /// The defect it carries, if any.
    pub fault: Option<Fault>,
    /// What the vendor does when it goes wrong.
    pub response: Response,
}

/// Who may take a release when: rings in order, and a gate between them. One ring with everyone in it is "at once".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// Rings in the order in which they open. A PC belongs to the first ring that it matches; the shares are taken in
    /// order from one hash per PC, so membership is the same in every arm.
    pub rings: Vec<Ring>,
    /// Health watched while the rings open; without one, each ring opens when the bake time of the one before is over.
    pub gate: Option<Gate>,
}

/// One ring of a rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// Name in the scenario.
    pub name: String,
    /// Part of ALL PCs (of the total, not of the remainder) that belong to this ring; the last ring takes whoever is
    /// left.
    pub share: Share,
    /// Only PCs that match; empty matches all.
    pub only: Only,
    /// How long the ring is watched before the next one opens.
    pub bake: Millis,
}

/// A selection of PCs: those in any of the regions, AND any of the sectors, AND any of the kinds; an empty list is all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Only {
    /// Regions.
    pub regions: Vec<RegionId>,
    /// Sectors.
    pub sectors: Vec<SectorId>,
    /// Kinds of PC.
    pub kinds: Vec<KindId>,
}

/// A health gate: looks at what the vendor sees, and stops the rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Looks every so often.
    pub every: Millis,
    /// Stops when the unhealthy share of the denominator exceeds this.
    pub threshold: Share,
    /// PCs in the denominator below which the gate does not judge.
    pub minimum: u64,
    /// What becomes of PCs that should have reported and did not.
    pub silence: Silence,
    /// From the look that fails to the moment that new installs stop.
    pub reaction: Dist,
}

/// How a gate counts a PC that took the release, should have reported since, and did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Silence {
    /// As healthy: in the denominator only.
    Healthy,
    /// As unhealthy.
    Unhealthy,
    /// As not known: keeps the next ring closed while the share of silent PCs exceeds the threshold, but stops nothing.
    Unknown,
    /// Not at all.
    Dropped,
}

/// What PCs tell the vendor, and how late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// Time without a heartbeat after which a PC counts as silent.
    pub heartbeat_timeout: Millis,
    /// From a restart that succeeds to the crash report's arrival.
    pub crash_report: Dist,
    /// From a crash of a user-mode component to its report's arrival.
    pub agent_report: Dist,
    /// Share of PCs that send crash reports.
    pub reporting: Share,
    /// Background: healthy PCs that would report a crash or fall silent anyway, per PC and day.
    pub noise_per_day: f64,
}

/// What the vendor does about a faulty release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// As it happened.
    Scripted {
        /// When new installs stop, from the release; `None` is never.
        withdrawn: Option<Millis>,
        /// When good content is published, from the release; `None` is never.
        fixed: Option<Millis>,
    },
    /// As a chain of delays, begun by what the vendor sees.
    Modelled {
        /// How many PCs must have been seen unhealthy or silent before the vendor notices, if no gate stops it sooner.
        notices_at: u64,
        /// From the notice (or the gate's stop) to the decision to withdraw.
        decide: Dist,
        /// From the decision to the moment that new installs stop.
        withdraw: Dist,
        /// From the decision to the diagnosis.
        diagnose: Dist,
        /// From the diagnosis to a fix.
        author: Dist,
        /// From the fix to its publication.
        publish: Dist,
    },
}
