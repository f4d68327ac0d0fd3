//! Agents, and the architectures that they are put together by.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Named;
use crate::given::{Distribution, Given};
use crate::quantity::{Count, Duration, Number, Share};

/// An installed security product.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The architecture of all its PCs that `adoption` doesn't give another.
    pub architecture: String,
    /// The part of its PCs that already have another architecture. Which PC has which follows from the PC, so raising
    /// one part never moves a PC back.
    #[serde(default)]
    pub adoption: Named<Given<Share>>,
    /// For each kind of PC, the share that has the agent; `all` stands for the kinds that are not named.
    pub installed: Named<Given<Share>>,
}

/// How an agent is put together: a composition of components.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "architectures"))]
pub struct Architecture {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// Its parts, by name.
    pub components: Named<Component>,
}

/// A part of an agent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Where its code runs.
    pub mode: Mode,
    /// When it starts.
    pub start: Start,
    /// The channels whose releases it parses; a fault strikes the component that parses its channel.
    #[serde(default)]
    pub parses: Vec<Channel>,
    /// What stands between a fault and its effect. Default: nothing.
    #[serde(default)]
    pub containment: Containment,
}

/// Where code runs.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// In the kernel: a bad memory access stops the whole PC.
    Kernel,
    /// In a process of its own: a bad memory access ends that process.
    User,
}

/// When a component starts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Containment {
    /// Chance that validation refuses a faulty release before it is loaded, per PC. Default: 0 %.
    #[serde(default)]
    pub validates: Option<Given<Share>>,
    /// Whether the last good copy is kept and can be gone back to. Default: `not_kept`.
    #[serde(default)]
    pub last_good: LastGood,
    /// Kernel components: stands down after so many crashes near boot in a row, and goes back to the last good copy if
    /// kept. Default: never.
    #[serde(default)]
    pub stands_down_after: Option<Given<Count>>,
    /// User-mode components: how the service manager or platform restarts them. Default: not at all.
    #[serde(default)]
    pub restart: Option<Restart>,
}

/// Whether a component keeps the last good copy of what it parses.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LastGood {
    /// Keeps it.
    Kept,
    /// Does not.
    #[default]
    NotKept,
}

/// How a crashed process is restarted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Wait before the first restart.
    pub delay: Given<Distribution<Duration>>,
    /// Each further wait is this many times the one before; at least 1.
    pub backoff: Given<Number>,
    /// Restarts before it gives up, or falls back to the last good copy.
    pub attempts: Given<Count>,
}
