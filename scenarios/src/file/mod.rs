//! The types of a scenario file: its structure, and the only place where that structure is written down. Reading, the
//! JSON Schema and the error messages all follow from them.
//!
//! A file goes through three shapes. *As written*, entries may be names of presets, may start from one with `like`, and
//! the levels of factors are partial scenarios. *Expanded* (see `expand`), one arm's levels are laid over the
//! rest and every preset stands in its place: that tree is what these types are bound to. *Lowered* (see
//! `lower`), it is a [`bugcheck_sim::Plan`].

mod agents;
mod compare;
mod expect;
mod fleet;
mod playbook;
mod release;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

pub use agents::{
    Adopters, Agent, Architecture, Channel, Component, Containment, Growth, Installed, LastGood, Mode, Restart, Start,
};
pub use compare::{Arms, Combination, Compare, Profile, Profiles, Replications, Sample, Until};
pub use expect::{ArmOf, Expectation, HistoryPoint, Level, Over, Range, SegmentOf, Versus};
pub(crate) use fleet::TIME_ZONE;
pub use fleet::{
    Boot, Clock, Daily, Day, Fleet, Hours, Kind, Means, OwnRestarts, Region, Schedule, Sector, Service, Shift, Surge,
};
pub use playbook::{After, Desk, Once, Opens, Outcome, Playbook, Retry, Setting, Stage, StandsDown, Step, Then, Work};
pub use release::{
    Action, ByChannel, Calls, Campaign, Cap, Customers, Defect, Denominator, Exponential, Fault, Gate, Hold, Holding,
    Lab, Limit, Member, Modelled, Only, PartOf, Published, Ramp, Reach, Release, Response, Restarts, Ring, RingOnly,
    Rollout, Scripted, Shape, Signals, Silence, StrikesOnly, TakesEffect, Trigger,
};

/// Entries by name, in the order of the file.
pub type Named<T> = IndexMap<String, T>;

/// The version of the format that this program reads.
pub const FORMAT: u32 = 1;

/// One experiment: fleet, software, release, response, recovery, the arms to compare, and what is expected.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Version of the format: 1.
    pub format: u32,
    /// Name of the scenario, also of its folder of results: lower-case letters, digits and hyphens.
    pub name: String,
    /// The question that the experiment asks, in one sentence.
    pub question: String,
    /// A whole scenario to start from: a name from the library, or a file. What stands here is laid over it.
    #[serde(default)]
    #[allow(dead_code, reason = "read from the tree before the types are bound; here so that the schema knows it")]
    pub extends: Option<String>,
    /// When, and for how long.
    pub clock: Clock,
    /// Whose PCs, where, and what they are.
    pub fleet: Fleet,
    /// Named entries of one's own, of the same shapes as the library's. They go before entries of the same name in the
    /// library.
    #[serde(default)]
    pub presets: Presets,
    /// In a resolved scenario: what it took from the library, read instead of the library itself.
    #[serde(default)]
    #[allow(dead_code, reason = "read from the tree before the types are bound; here so that the schema knows it")]
    pub library: Presets,
    /// The installed security products.
    pub agents: Named<Agent>,
    /// What is released. The first is the one in question: times count from its publication.
    pub releases: Named<Release>,
    /// What customers do before they take a release, by channel. Default: nothing.
    #[serde(default)]
    pub customers: ByChannel,
    /// Attackers who make use of PCs that are not protected. Default: none.
    #[serde(default)]
    pub campaign: Option<Campaign>,
    /// What PCs tell the vendor, and how late. Default: the preset `typical`.
    #[schemars(extend("x-usual" = "typical"))]
    pub signals: Signals,
    /// The playbook: recovery steps in order of preference, for all sectors that have none of their own.
    #[serde(default)]
    pub recovery: Playbook,
    /// What is varied: for each factor its levels; a level is a partial scenario that is laid over the rest.
    #[serde(default)]
    #[allow(dead_code, reason = "read from the tree, where levels keep their positions")]
    pub factors: Named<Named<serde_json::Map<String, serde_json::Value>>>,
    /// Which arms, against which, on which dice, how often.
    #[serde(default)]
    pub compare: Compare,
    /// What must hold, by name.
    #[serde(default)]
    pub expect: Named<Expectation>,
    /// Published points of what happened, to show beside the curves.
    #[serde(default)]
    pub history: Vec<HistoryPoint>,
}

/// Named entries that others take by name or with `like`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "all but architectures are put in their places on the tree; here so that they are checked")]
pub struct Presets {
    /// How agents are put together.
    #[serde(default)]
    pub architectures: Named<Architecture>,
    /// Kinds of PC.
    #[serde(default)]
    pub kinds: Named<Kind>,
    /// When PCs are on.
    #[serde(default)]
    pub schedules: Named<Schedule>,
    /// Kinds of organisation.
    #[serde(default)]
    pub sectors: Named<Sector>,
    /// Limited means of recovery.
    #[serde(default)]
    pub means: Named<Means>,
    /// When people work.
    #[serde(default)]
    pub shifts: Named<Shift>,
    /// Who may take a release when.
    #[serde(default)]
    pub rollouts: Named<Rollout>,
    /// What PCs tell the vendor.
    #[serde(default)]
    pub signals: Named<Signals>,
    /// Ways of bringing a PC back.
    #[serde(default)]
    pub steps: Named<Step>,
}
