//! The vendor's side: releases, their faults and rollouts, what the vendor sees and does.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Channel, Named};
use crate::given::{Distribution, Given};
use crate::quantity::{Count, Duration, Instant, PerDay, Share};

/// One version published on a channel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The agent that it belongs to.
    pub of: String,
    /// The channel that it is published on.
    pub channel: Channel,
    /// When it is published, in UTC.
    pub at: Instant,
    /// Time that a PC must be on and connected, after the release is open to it, until it is installed.
    pub delivery: Given<Distribution<Duration>>,
    /// Who may take it when.
    pub rollout: Rollout,
    /// The defect that it carries. Without one it is healthy, and shows what caution costs.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// What the vendor does when it goes wrong.
    pub response: Response,
}

/// A defect in a release.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub defect: Defect,
    /// When.
    pub trigger: Trigger,
    /// Share of the PCs that load it which it can strike.
    pub strikes: Given<Share>,
    /// It can strike only these. Default: all.
    #[serde(default)]
    pub strikes_only: StrikesOnly,
}

/// A selection of the PCs that a fault can strike.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrikesOnly {
    /// PCs of any of these kinds; an empty list is all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// PCs with all of these traits.
    #[serde(default)]
    pub traits: Vec<String>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// Reads or writes memory that is not its own.
    InvalidMemoryAccess,
    /// Never comes back.
    Hang,
}

/// When a fault shows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Each time the release is loaded.
    OnLoad,
    /// On the first matching activity after a load, after a time in use with this distribution.
    OnActivity(Box<Given<Distribution<Duration>>>),
}

/// What the vendor does about a faulty release.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// As it happened.
    Scripted(Box<Scripted>),
    /// As a chain of delays, begun by what the vendor sees.
    Modelled(Box<Modelled>),
}

/// A response as it happened.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scripted {
    /// When new installs stop, from the release. Default: never.
    #[serde(default)]
    pub withdrawn: Option<Given<Duration>>,
    /// When good content is published, from the release. Default: never.
    #[serde(default)]
    pub fixed: Option<Given<Duration>>,
}

/// A response as a chain of delays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Modelled {
    /// How many PCs must have been seen unhealthy or silent before the vendor notices without a gate.
    pub notices_at: Given<Count>,
    /// From the notice (or the gate's stop) to the decision to withdraw.
    pub decide: Given<Distribution<Duration>>,
    /// From the decision to the moment that new installs stop.
    pub withdraw: Given<Distribution<Duration>>,
    /// From the decision to the diagnosis.
    pub diagnose: Given<Distribution<Duration>>,
    /// From the diagnosis to a fix.
    pub author: Given<Distribution<Duration>>,
    /// From the fix to its publication.
    pub publish: Given<Distribution<Duration>>,
}

/// Who may take a release when: rings in order, and perhaps a gate between them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "rollouts"))]
pub struct Rollout {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// The rings in the order in which they open. A PC belongs to the first that it matches; the last takes whoever is
    /// left.
    pub rings: Named<Ring>,
    /// Health watched while the rings open. Without it, a ring opens when the bake time of the one before is over.
    #[serde(default)]
    pub gate: Option<Gate>,
}

/// One ring of a rollout.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    /// Part of ALL PCs (of the total, not of the remainder) that belong to this ring.
    pub share: Given<Share>,
    /// Only PCs that match. Default: all.
    #[serde(default)]
    pub only: Only,
    /// How long the ring is watched before the next one opens. Default: 0.
    #[serde(default)]
    pub bake: Option<Given<Duration>>,
}

/// A selection of PCs: those in any of the regions, AND any of the sectors, AND any of the kinds; an empty list is all.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// Regions.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Sectors.
    #[serde(default)]
    pub sectors: Vec<String>,
    /// Kinds of PC.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// A health gate: looks at what the vendor sees, and stops the rollout.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Looks every so often; at least 1 minute.
    pub every: Given<Duration>,
    /// Stops when the unhealthy share of the PCs that took the release exceeds this.
    pub threshold: Given<Share>,
    /// PCs that took the release below which the gate doesn't judge.
    pub minimum: Given<Count>,
    /// What becomes of PCs that should have reported and did not.
    pub silence: Silence,
    /// From the look that fails to the moment that new installs stop.
    pub reaction: Given<Distribution<Duration>>,
}

/// How a gate counts a PC that took the release, should have reported since, and did not.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// As healthy.
    Healthy,
    /// As unhealthy.
    Unhealthy,
    /// As not known: keeps the next ring closed while the silent share exceeds the threshold, but stops nothing.
    Unknown,
    /// Not at all.
    Dropped,
}

/// What PCs tell the vendor, and how late.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "signals"))]
pub struct Signals {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// Time without a heartbeat after which a PC counts as silent.
    pub heartbeat_timeout: Given<Duration>,
    /// From a restart that succeeds to the crash report's arrival.
    pub crash_report: Given<Distribution<Duration>>,
    /// From a crash of a user-mode component to its report's arrival.
    pub agent_report: Given<Distribution<Duration>>,
    /// Share of PCs that send crash reports.
    pub reporting: Given<Share>,
    /// Background: healthy PCs that would report a crash or fall silent anyway, such as `1 per 1000 per day`.
    pub noise: Given<PerDay>,
}
