//! The vendor's side: releases, who may take them when, what the vendor sees, and what it does about it.

pub mod audience;
pub mod cloud;
pub mod signals;
pub mod timeline;

use serde::{Deserialize, Serialize};

use crate::agent::{AgentId, Channel, Fault};
use crate::draw::{Dist, Share};
use crate::fleet::{KindId, RegionId, SectorId, TraitId};
use crate::recovery::After;
use crate::time::{DAY, Millis};

/// One version published on a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Name in the scenario.
    pub name: String,
    /// The agent it belongs to.
    pub of: AgentId,
    /// The channel it is published on.
    pub channel: Channel,
    /// When it is published.
    pub published: Published,
    /// Time that a PC must be on and connected, after the release is open to it, until it is installed (milliseconds).
    pub delivery: Dist,
    /// Who may take it when, as its vendor has it.
    pub rollout: Rollout,
    /// What customers do before they take it.
    pub customers: Customers,
    /// When it takes effect on a PC that has installed it.
    pub takes_effect: TakesEffect,
    /// The defect it carries, if any.
    pub fault: Option<Fault>,
    /// Earlier releases whose faults are gone from a PC once this one has taken effect there. A fix that is a release
    /// of its own travels the roads of a release, and does not reach PCs that are down or cut off.
    pub cures: Vec<ReleaseId>,
    /// What the vendor does when it goes wrong.
    pub response: Response,
}

/// Index of a [`Release`] in [`crate::Plan::releases`].
pub type ReleaseId = usize;

/// When a release is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Published {
    /// At an instant from the scenario's start.
    At(Millis),
    /// When its vendor has come so far with an earlier release; never if that never happens.
    After {
        /// The earlier release.
        release: ReleaseId,
        /// The moment.
        moment: After,
        /// From the moment to the publication.
        delay: Millis,
    },
}

/// When an installed release takes effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TakesEffect {
    /// At once.
    AtOnce,
    /// When the PC next restarts.
    AtRestart(Restarts),
}

/// What makes a PC restart for an installed release, besides the restarts that it has anyway (see
/// [`crate::fleet::Kind::restarts`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Restarts {
    /// Local hours in which it does not restart by itself; outside them it does, when it is on. `None` never restarts
    /// by itself, as do hours around the clock.
    pub active_hours: Option<Hours>,
    /// Restarts whenever it is on from so long after the installation on, its user asked or not: the deadline and the
    /// grace period together. `None` is never.
    pub forced_after: Option<Millis>,
}

/// Hours of the local day: from `from` until `to`, past midnight where `to` is the smaller one. Hours that end when
/// they begin are around the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Start, in milliseconds after local midnight.
    pub from: Millis,
    /// End, in milliseconds after local midnight.
    pub to: Millis,
}

impl Hours {
    /// How long they are: more than 0, and at most a day.
    pub fn length(self) -> Millis {
        match (self.to - self.from).rem_euclid(DAY) {
            0 => DAY,
            length => length,
        }
    }

    /// The rest of the day; `None` if they are around the clock.
    pub fn others(self) -> Option<Hours> {
        (self.length() < DAY).then_some(Hours { from: self.to, to: self.from })
    }
}

/// What customers do before they take a release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Customers {
    /// Parts of the organisations that hold releases of this channel back, by one hash per organisation and agent; the
    /// rest does not.
    pub holds: Vec<(Share, Hold)>,
    /// From the publication until an organisation approves of the release: one draw per organisation (milliseconds).
    pub approval: Option<Dist>,
    /// Local hours in which PCs install it. `None` is at any time.
    pub window: Option<Hours>,
}

/// How an organisation holds releases back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Hold {
    /// For so long after the release is open to its PCs.
    For(Millis),
    /// Until so many later releases of the same agent and channel are published: 1 is N-1, 2 is N-2.
    Behind(u32),
    /// Updates are paused.
    Paused,
}

/// Who may take a release when: rings in order, and a gate between them. One ring with everyone in it is "at once".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// Rings in the order in which they open. A PC belongs to the first ring that it matches; the shares are taken in
    /// order from one hash per PC, so membership is the same in every arm.
    pub rings: Vec<Ring>,
    /// Health watched while the rings open; without one, each ring opens when the bake time of the one before is over.
    pub gate: Option<Gate>,
    /// Whose hash decides on the ring.
    pub member: Member,
}

/// What belongs to a ring as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Member {
    /// Each PC on its own.
    #[default]
    Pc,
    /// All PCs of an organisation.
    Organisation,
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
    /// Only PCs with all of these traits.
    pub traits: Vec<TraitId>,
    /// How long the ring is watched before the next one opens, from when it opens.
    pub bake: Millis,
    /// How its PCs get their turn once it is open. `None` is all at once.
    pub ramp: Option<Ramp>,
}

/// A ring that opens to its PCs one after the other, by their hash.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ramp {
    /// From the first to the last.
    pub over: Millis,
    /// How fast.
    pub shape: Shape,
}

/// The course of a ramp.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// The same number in each span of time.
    Linear,
    /// The share that is open grows from `first` to all, by the same factor in each span of time.
    Exponential {
        /// The part of the ring that is open at once; more than 0.
        first: Share,
    },
    /// So many equal parts, the first at once: a cap on how many may take it per period.
    Steps(u32),
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

impl Only {
    /// Whether a PC in these segments is among them.
    pub fn takes(&self, region: RegionId, sector: SectorId, kind: KindId) -> bool {
        let among = |ids: &[usize], id: usize| ids.is_empty() || ids.contains(&id);
        among(&self.regions, region) && among(&self.sectors, sector) && among(&self.kinds, kind)
    }
}

/// A health gate: looks at what the vendor sees, and stops the rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Looks every so often.
    pub every: Millis,
    /// What is too much.
    pub limit: Limit,
    /// What the unhealthy PCs are a share of.
    pub denominator: Denominator,
    /// PCs in the denominator below which the gate does not judge.
    pub minimum: u64,
    /// What becomes of PCs that should have reported and did not.
    pub silence: Silence,
    /// What it does when there is too much.
    pub action: Action,
    /// Whom it does that to.
    pub reach: Reach,
    /// From the look that fails to the moment that new installs stop.
    pub reaction: Dist,
}

/// Too many unhealthy PCs: more than this.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Limit {
    /// A share of the denominator.
    Share(Share),
    /// A number of PCs, whatever the denominator.
    Count(u64),
    /// So many times what the background noise alone would give on the PCs that took the release so far.
    TimesNoise(f64),
}

/// What unhealthy PCs are counted against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Denominator {
    /// PCs that took the release.
    #[default]
    Took,
    /// PCs to which it was offered, whether they took it or not: those that are expected in the open rings (see
    /// [`audience::expected`]).
    Offered,
}

/// What a gate does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Stops the release for good.
    #[default]
    Stop,
    /// Keeps the next ring closed for as long as there is too much.
    Hold,
}

/// Whom a gate's stop reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Everybody who has not installed the release yet.
    #[default]
    AllInstalls,
    /// Only rings that are not open yet: PCs in open rings go on installing it.
    LaterRings,
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
    /// People who call: PCs that are down cannot report, but who sits before them can.
    pub calls: Option<Calls>,
}

/// Calls to help desks and noise in public, as far as the vendor hears of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// Share of first failures that somebody tells the vendor about.
    pub share: Share,
    /// From the failure until the vendor knows (milliseconds).
    pub delay: Dist,
}

/// PCs of the vendor's own that take a release first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lab {
    /// Chance that a fault shows on one of them.
    pub finds: Share,
    /// From the publication until it is noticed there (milliseconds).
    pub after: Dist,
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
        /// The vendor's own PCs, which take each release when it is published.
        lab: Option<Lab>,
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
