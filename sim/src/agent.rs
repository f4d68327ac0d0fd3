//! Installed security products: what they are composed of, and what a defect in one of their releases does.

pub mod effect;

use serde::{Deserialize, Serialize};

use crate::draw::{Dist, Share};
use crate::fleet::{KindId, TraitId};

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
    /// The architectures it comes in and the part of its PCs with each; parts add up to 1. Which PC has which follows
    /// from a hash of the PC, so raising one part never moves a PC back.
    pub architectures: Vec<(ArchitectureId, Share)>,
}

/// How an agent is put together: a composition of components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// Name in the scenario, such as `kernel_resident`.
    pub name: String,
    /// Its parts.
    pub components: Vec<Component>,
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
    /// Restarts before it gives up, or falls back to the last good copy.
    pub attempts: u32,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Defect {
    /// Reads or writes memory that is not its own.
    InvalidMemoryAccess,
    /// Never comes back.
    Hang,
}

/// When a fault shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    /// Each time the release is loaded.
    OnLoad,
    /// On the first matching activity after a load, after a time in use with this distribution (milliseconds).
    OnActivity(Dist),
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
}

/// Which of the PCs that load a faulty release the fault can strike: those that fulfil all three.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strikes {
    /// This share, by a hash of the PC.
    pub share: Share,
    /// Only PCs of these kinds; empty is all.
    pub kinds: Vec<KindId>,
    /// Only PCs with all of these traits.
    pub traits: Vec<TraitId>,
}
