//! Installed security products: what they are composed of, and what a defect in one of their releases does.

pub mod effect;

use serde::{Deserialize, Serialize};

use crate::draw::{Dist, Share};
use crate::fleet::{KindId, TraitId};
use crate::rollout::Only;
use crate::time::Millis;

/// Index of an [`Architecture`] in [`crate::Plan::architectures`].
pub type ArchitectureId = usize;
/// Index of an [`Agent`] in [`crate::Plan::agents`].
pub type AgentId = usize;

/// An installed security product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// Name in the scenario.
    pub name: String,
    /// For each kind of PC (index in [`crate::fleet::Fleet::kinds`]), the share that has it.
    pub on: Vec<Share>,
    /// Agents of one family exclude each other: a PC has at most one of them, by one hash per PC, so that their shares
    /// of a kind add up to at most 1. Agents without a family are installed independently of all others.
    pub family: Option<FamilyId>,
    /// Only on PCs on which another agent's architecture relies on it (see [`Architecture::relies_on`]).
    pub only_where_relied_on: bool,
    /// The architectures it comes in, by segment: the first that a PC matches applies, and the last matches all.
    pub architectures: Vec<Adoption>,
}

/// Number of a family of agents that exclude each other.
pub type FamilyId = u32;

/// How far PCs of a segment have adopted which architecture of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adoption {
    /// Which PCs.
    pub only: Only,
    /// The part of them with each architecture; parts add up to 1. Which PC has which follows from a hash of the PC, so
    /// raising one part never moves a PC back.
    pub parts: Vec<(ArchitectureId, Share)>,
    /// Where parts change with time.
    pub growth: Option<Growth>,
}

/// Parts that change with simulated time, in straight lines. What a release meets on a PC is the architecture that the
/// PC has when the release is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// The parts at the end, of the same architectures in the same order.
    pub to: Vec<Share>,
    /// When they begin to change, from the scenario's start.
    pub from: Millis,
    /// When they have changed.
    pub until: Millis,
}

/// How an agent is put together: a composition of components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// Name in the scenario, such as `kernel_resident`.
    pub name: String,
    /// Its parts.
    pub components: Vec<Component>,
    /// Agents whose code it cannot work without, such as the sensor of an operating system that several vendors share.
    /// While such an agent does not run on a PC, neither does one with this architecture.
    pub relies_on: Vec<AgentId>,
}

/// A part of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Name, such as `driver` or `engine`.
    pub name: String,
    /// Where its code runs.
    pub mode: Mode,
    /// When it starts.
    pub start: Start,
    /// The channels whose releases it parses; a fault strikes the component that parses its channel.
    pub parses: Vec<Channel>,
    /// What stands between a fault and its effect.
    pub containment: Containment,
    /// Components that start when their program is launched: time in use from one launch to the next (milliseconds), so
    /// that a fault in them shows once per launch. `None` is a program that is launched once only.
    pub launches: Option<Dist>,
}

/// Where code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// In the kernel: a bad memory access stops the whole PC.
    Kernel,
    /// In a process of its own: a bad memory access ends that process.
    User,
}

/// When a component starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Start {
    /// With the boot loader's drivers.
    Boot,
    /// With the system's drivers, before anyone can sign in.
    System,
    /// As a service, once Windows runs.
    Service,
    /// When its program is launched.
    Launch,
}

/// A stream of releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// Rules, channel files, signatures.
    Content,
    /// The engine that reads content.
    Engine,
    /// A kernel driver.
    Driver,
    /// The operating system.
    Os,
}

/// What a component does against faults in what it parses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Containment {
    /// Chance that validation refuses a faulty release before it is loaded, per PC.
    pub validates: Share,
    /// Whether the last good copy is kept and can be gone back to.
    pub last_good: LastGood,
    /// Kernel components: stands down after so many crashes near boot in a row, and goes back to the last good copy if
    /// kept.
    pub stands_down_after: Option<u32>,
    /// User-mode components: how the service manager or platform restarts them.
    pub restart: Option<Restart>,
}

/// Whether a component keeps the last good copy of what it parses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastGood {
    /// Keeps it.
    Kept,
    /// Does not.
    NotKept,
}

/// How a crashed process is restarted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restart {
    /// Wait before the first restart, in milliseconds.
    pub delay: Dist,
    /// Each further wait is this many times the one before; at least 1.
    pub backoff: f64,
    /// Restarts before it gives up, or falls back to the last good copy; at most
    /// [`MAX_RESTARTS`](crate::limits::MAX_RESTARTS).
    pub attempts: u32,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// All defects.
pub const ALL_DEFECTS: &[Defect] = &[
    Defect::InvalidMemoryAccess,
    Defect::Hang,
    Defect::ResourceLeak,
    Defect::CpuStorm,
    Defect::NetworkBlock,
    Defect::SystemFileQuarantine,
    Defect::BootBlock,
    Defect::SelfQuarantine,
];

/// When a fault shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    /// Each time the release is loaded.
    OnLoad,
    /// On the first matching activity after a load, after a time in use with this distribution (milliseconds).
    OnActivity(Dist),
    /// At the first restart after it was loaded: until then, a good version heals the PC.
    AtRestart,
    /// At an instant from the scenario's start, such as the end of a certificate, or at the first load after it.
    AtInstant(Millis),
}

/// A defect in a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    pub defect: Defect,
    /// When.
    pub trigger: Trigger,
    /// Which PCs that load it.
    pub strikes: Strikes,
    /// Resource leaks and CPU storms: time on, from when the fault shows, for which the PC is slow before it stops or
    /// the process is ended (milliseconds).
    pub slow_for: Dist,
}

/// Which of the PCs that load a faulty release the fault can strike: those that fulfil all of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strikes {
    /// This share, by a hash of the PC.
    pub share: Share,
    /// Only PCs of these kinds; empty is all.
    pub kinds: Vec<KindId>,
    /// Only PCs with all of these traits.
    pub traits: Vec<TraitId>,
    /// Only PCs with none of these traits.
    pub lacks: Vec<TraitId>,
    /// Only PCs on which all of these agents are installed, too.
    pub agents: Vec<AgentId>,
}
