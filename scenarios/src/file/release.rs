//! The vendor's side: releases, their faults and rollouts, what the vendor sees and does.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{After, Channel, Hours, Named};
use crate::given::{Distribution, Given};
use crate::quantity::{Count, Duration, Instant, Number, PerDay, Share};

/// One version published on a channel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The agent that it belongs to.
    pub of: String,
    /// The channel that it is published on.
    pub channel: Channel,
    /// When it is published, in UTC. Either this or `after`.
    #[serde(default)]
    pub at: Option<Instant>,
    /// Published when an earlier release has come so far. Either this or `at`; the first release has `at`, because
    /// times count from it.
    #[serde(default)]
    pub after: Option<Published>,
    /// Time that a PC must be on and connected, after the release is open to it, until it is installed.
    pub delivery: Given<Distribution<Duration>>,
    /// Who may take it when.
    pub rollout: Rollout,
    /// What customers do before they take it, instead of what the scenario's `customers` say of its channel; `{}` is
    /// nothing.
    #[serde(default)]
    pub customers: Option<Customers>,
    /// When it takes effect on a PC that has installed it. Default: `at_once`.
    #[serde(default)]
    pub takes_effect: TakesEffect,
    /// Earlier releases whose faults are gone from a PC once this one has taken effect there. A fix that is a release
    /// of its own takes the roads of a release, and does not reach PCs that are down or cut off. Default: none.
    #[serde(default)]
    pub cures: Vec<String>,
    /// The defect that it carries. Without one it is healthy, and shows what caution costs.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// What the vendor does when it goes wrong.
    pub response: Response,
}

/// When a release is published that follows another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The other: one that stands before this one.
    pub release: String,
    /// How far its vendor has come with it. If that never happens, this one is never published. Default: `release`.
    #[serde(default)]
    pub moment: After,
    /// From that moment to the publication. Default: 0.
    #[serde(default)]
    pub delay: Option<Given<Duration>>,
}

/// When an installed release takes effect.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TakesEffect {
    /// At once.
    #[default]
    AtOnce,
    /// When the PC next restarts, as drivers and operating systems do.
    AtRestart(Box<Restarts>),
}

/// What makes a PC restart for an installed release, besides the restarts that it has anyway.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restarts {
    /// Hours in which it does not restart by itself, past midnight where `until` is the earlier one; outside them it
    /// does, when it is on. Default: around the clock, so that it never restarts by itself.
    #[serde(default)]
    pub active_hours: Option<Hours>,
    /// From the installation until its user may no longer put the restart off. Default: never.
    #[serde(default)]
    pub deadline: Option<Given<Duration>>,
    /// From the deadline until it restarts whenever it is on, its user asked or not. Default: 0.
    #[serde(default)]
    pub grace: Option<Given<Duration>>,
}

/// What customers do before they take releases, by channel. Default: nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByChannel {
    /// Before they take rules, channel files, signatures.
    #[serde(default)]
    pub content: Option<Customers>,
    /// Before they take the engine that reads content.
    #[serde(default)]
    pub engine: Option<Customers>,
    /// Before they take a kernel driver.
    #[serde(default)]
    pub driver: Option<Customers>,
    /// Before they take the operating system.
    #[serde(default)]
    pub os: Option<Customers>,
}

impl ByChannel {
    /// What customers do on a channel, and the key under which it stands.
    pub(crate) fn on(&self, channel: Channel) -> (&'static str, Option<&Customers>) {
        match channel {
            Channel::Content => ("content", self.content.as_ref()),
            Channel::Engine => ("engine", self.engine.as_ref()),
            Channel::Driver => ("driver", self.driver.as_ref()),
            Channel::Os => ("os", self.os.as_ref()),
        }
    }
}

/// What customers do before they take a release.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// Parts of the organisations that hold releases back, by name; the rest does not. Which organisation belongs to
    /// which part follows from the organisation and the agent. Default: none.
    #[serde(default)]
    pub holds: Named<Holding>,
    /// From the publication until an organisation approves of the release, drawn once per organisation. Default: 0.
    #[serde(default)]
    pub approval: Option<Given<Distribution<Duration>>>,
    /// Local hours in which PCs install it, past midnight where `until` is the earlier one. Default: at any time.
    #[serde(default)]
    pub window: Option<Hours>,
}

/// A part of the organisations that holds releases back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Part of the organisations; all parts add up to at most 100 %.
    pub share: Given<Share>,
    /// How long.
    pub hold: Hold,
}

/// How long an organisation holds a release back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// For so long after the release is open to its PCs.
    Delay(Given<Duration>),
    /// Until so many later releases of the same agent and channel are published: 1 is N-1, 2 is N-2.
    Behind(Given<Count>),
    /// For good: updates are paused.
    Paused,
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
    /// Of `resource_leak` and `cpu_storm`: time on, from when the fault shows, for which the PC is slow before it stops
    /// or the process is ended. Default: log-normal with a median of 20 min and a 95 % quantile of 2 h, an assumption.
    #[serde(default)]
    pub slow_for: Option<Given<Distribution<Duration>>>,
}

/// A selection of the PCs that a fault can strike: those that fulfil all of these conditions.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrikesOnly {
    /// PCs of any of these kinds; an empty list is all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// PCs with all of these traits.
    #[serde(default)]
    pub traits: Vec<String>,
    /// PCs with none of these traits.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// PCs on which all of these agents are installed, too.
    #[serde(default)]
    pub agents: Vec<String>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// Reads or writes memory that is not its own.
    InvalidMemoryAccess,
    /// Never comes back.
    Hang,
    /// Takes more and more memory, and gives none back.
    ResourceLeak,
    /// Keeps the processors busy.
    CpuStorm,
    /// Lets nothing through to the network.
    NetworkBlock,
    /// Takes a file that the system needs for malicious, and locks it away.
    SystemFileQuarantine,
    /// Changes what the boot is measured against or signed with, so that the next boot stops at a prompt.
    BootBlock,
    /// Takes its own updater for malicious, or breaks it.
    SelfQuarantine,
}

/// When a fault shows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Each time the release is loaded.
    OnLoad,
    /// On the first matching activity after a load, after a time in use with this distribution.
    OnActivity(Box<Given<Distribution<Duration>>>),
    /// At the first restart after it was loaded: until then, a good version heals the PC.
    AtRestart,
    /// At an instant, such as the end of a certificate, or at the first load after it.
    AtInstant(Given<Instant>),
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
    /// PCs of the vendor's own, which take each release when it is published. Default: none.
    #[serde(default)]
    pub lab: Option<Lab>,
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

/// PCs of the vendor's own that take a release first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// Chance that a fault shows on one of them.
    pub finds: Given<Share>,
    /// From the publication until it is noticed there.
    pub after: Given<Distribution<Duration>>,
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
    /// What belongs to a ring as one. Default: `pc`.
    #[serde(default)]
    pub member: Member,
}

/// What belongs to a ring as one.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// Each PC on its own.
    #[default]
    Pc,
    /// All PCs of an organisation.
    Organisation,
}

/// One ring of a rollout.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    /// Part of the PCs that belong to this ring: of ALL PCs, unless `of` says otherwise. The last ring takes whoever
    /// the others leave, so all shares add up to 100 %.
    pub share: Given<Share>,
    /// What `share` is a part of. Default: `total`.
    #[serde(default)]
    pub of: PartOf,
    /// Only PCs that match; not in the last ring. Default: all.
    #[serde(default)]
    pub only: RingOnly,
    /// How long the ring is watched before the next one opens. Default: 0.
    #[serde(default)]
    pub bake: Option<Given<Duration>>,
    /// How its PCs get their turn once the ring is open, one after the other by their hash. Default: all at once.
    /// Either this or `cap`.
    #[serde(default)]
    pub ramp: Option<Ramp>,
    /// How many of its PCs get their turn in each period once the ring is open. Default: all at once. Either this or
    /// `ramp`.
    #[serde(default)]
    pub cap: Option<Cap>,
}

/// What a ring's share is a part of.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartOf {
    /// All PCs.
    #[default]
    Total,
    /// What the rings before have left.
    Remainder,
}

/// A ring that opens to its PCs one after the other.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// From the first to the last; more than 0.
    pub over: Given<Duration>,
    /// How fast. Default: `linear`.
    #[serde(default)]
    pub shape: Shape,
}

/// The course of a ramp.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The same number in each span of time.
    #[default]
    Linear,
    /// The part that is open grows by the same factor in each span of time.
    Exponential(Exponential),
}

/// A ramp that grows by the same factor in each span of time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// The part of the ring that is open at once; more than 0.
    pub first: Given<Share>,
}

/// A cap on how many PCs of a ring get their turn in each period. The ring opens in equal parts, the first at once;
/// there are as many of them as its expected PCs need, those that have the agent, reach the vendor, and belong to the
/// ring.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// So many PCs in each period; at least 1.
    pub pcs: Given<Count>,
    /// The period; more than 0.
    pub per: Given<Duration>,
}

/// A selection of PCs for a ring: those in any of the regions, AND any of the sectors, AND any of the kinds, AND with
/// all of the traits; an empty list is all.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RingOnly {
    /// Regions.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Sectors.
    #[serde(default)]
    pub sectors: Vec<String>,
    /// Kinds of PC.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Traits, all of them.
    #[serde(default)]
    pub traits: Vec<String>,
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
    /// Too much is a share of unhealthy PCs above this; short for `limit: { share: … }`. Either this or `limit`.
    #[serde(default)]
    pub threshold: Option<Given<Share>>,
    /// What is too much. Either this or `threshold`.
    #[serde(default)]
    pub limit: Option<Limit>,
    /// What unhealthy PCs are counted against. Default: `took`.
    #[serde(default)]
    pub denominator: Denominator,
    /// PCs in the denominator below which the gate doesn't judge.
    pub minimum: Given<Count>,
    /// What becomes of PCs that should have reported and did not.
    pub silence: Silence,
    /// What the gate does when there is too much. Default: `stop`.
    #[serde(default)]
    pub action: Action,
    /// Whom a stop reaches. Default: `all_installs`.
    #[serde(default)]
    pub reach: Reach,
    /// From the look that fails to the moment that new installs stop.
    pub reaction: Given<Distribution<Duration>>,
}

/// Too many unhealthy PCs: more than this.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// A share of the denominator.
    Share(Given<Share>),
    /// A number of PCs, whatever the denominator.
    Count(Given<Count>),
    /// So many times what the background noise alone would give on the PCs that took the release so far.
    TimesNoise(Given<Number>),
}

/// What unhealthy PCs are counted against.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Denominator {
    /// PCs that took the release.
    #[default]
    Took,
    /// PCs to which it was offered, whether they took it or not.
    Offered,
}

/// What a gate does when there is too much.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Stops the release for good.
    #[default]
    Stop,
    /// Keeps the next ring closed for as long as there is too much.
    Hold,
}

/// Whom a gate's stop reaches.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Everybody who has not installed the release yet.
    #[default]
    AllInstalls,
    /// Only rings that are not open yet: PCs in open rings go on installing it.
    LaterRings,
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
    /// People who call: a PC that is down can't report, but who sits before it can. Default: nobody does.
    #[serde(default)]
    pub calls: Option<Calls>,
}

/// Calls to help desks and noise in public, as far as the vendor hears of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// Share of first failures that somebody tells the vendor about.
    pub share: Given<Share>,
    /// From the failure until the vendor knows.
    pub delay: Given<Distribution<Duration>>,
}

/// A campaign of attackers. Each PC that is on and usable is compromised at a rate that hangs on how it is protected.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// When it begins, from the scenario's start. Default: 0.
    #[serde(default)]
    pub from: Option<Given<Duration>>,
    /// When it ends, from the scenario's start; after `from`. Default: at the horizon.
    #[serde(default)]
    pub until: Option<Given<Duration>>,
    /// Rate at which a PC is compromised while it lacks the protection that releases were to bring, such as `1 per
    /// 10_000 per hour`. Default: 0.
    #[serde(default)]
    pub per_stale_hour: Option<Given<PerDay>>,
    /// Rate at which a PC is compromised while an agent does not run on it; counts in addition. Default: 0.
    #[serde(default)]
    pub per_unprotected_hour: Option<Given<PerDay>>,
}
