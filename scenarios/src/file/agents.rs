//! Agents, and the architectures that they are put together by.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::{Named, Only};
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
    #[schemars(extend("x-names" = "architectures"))]
    pub adoption: Named<Given<Share>>,
    /// How these parts change with time. Default: not at all.
    #[serde(default)]
    pub growth: Option<Growth>,
    /// Segments that adopt at a pace of their own, by name; a PC belongs to the first that it matches. Default: none.
    #[serde(default)]
    pub segments: Named<Adopters>,
    /// For each kind of PC, the share that has the agent; `all` stands for the kinds that are not named. Or the word
    /// `where_relied_on`: it is on those PCs on which the architecture of another agent relies on it.
    pub installed: Installed,
    /// The family that it belongs to: a PC has at most one agent of a family. Default: none; it is installed whatever
    /// else is.
    #[serde(default)]
    pub family: Option<String>,
}

impl Agent {
    /// All architectures that its PCs have or come to have; one that several have is named as often.
    pub(crate) fn architectures(&self) -> impl Iterator<Item = &String> {
        fn named<'a>(
            adoption: &'a Named<Given<Share>>,
            growth: Option<&'a Growth>,
        ) -> impl Iterator<Item = &'a String> + use<'a> {
            adoption.keys().chain(growth.into_iter().flat_map(|growth| growth.to.keys()))
        }
        let of_segments = self
            .segments
            .values()
            .flat_map(|segment| segment.architecture.iter().chain(named(&segment.adoption, segment.growth.as_ref())));
        of_segments.chain(named(&self.adoption, self.growth.as_ref())).chain([&self.architecture])
    }
}

/// Which PCs have an agent.
#[derive(Clone, Debug)]
pub enum Installed {
    /// Those on which the architecture of another agent relies on it.
    WhereReliedOn,
    /// These shares, by kind of PC; `all` stands for the kinds that are not named.
    Shares(Named<Given<Share>>),
}

/// The word for [`Installed::WhereReliedOn`].
const WHERE_RELIED_ON: &str = "where_relied_on";

impl<'de> Deserialize<'de> for Installed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == WHERE_RELIED_ON => Ok(Installed::WhereReliedOn),
            shares @ serde_json::Value::Object(_) => {
                serde_json::from_value(shares).map(Installed::Shares).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom("write shares such as `{ all: 100% }`, or `where_relied_on`")),
        }
    }
}

impl JsonSchema for Installed {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Installed".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let shares = generator.subschema_for::<Named<Given<Share>>>();
        let relied_on = "On the PCs on which the architecture of another agent relies on it.";
        json_schema!({
            "description": "For each kind of PC the share that has the agent, or `where_relied_on`.",
            "anyOf": [shares, { "type": "string", "const": WHERE_RELIED_ON, "description": relied_on }],
        })
    }
}

/// A segment of an agent's PCs that adopts other architectures at a pace of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adopters {
    /// Which PCs.
    pub only: Only,
    /// The architecture of those that `adoption` doesn't give another. Default: the agent's.
    #[serde(default)]
    pub architecture: Option<String>,
    /// The part of them that already have another architecture. Default: none.
    #[serde(default)]
    pub adoption: Named<Given<Share>>,
    /// How these parts change with time. Default: not at all.
    #[serde(default)]
    pub growth: Option<Growth>,
}

/// Adoption that changes in a straight line. What counts for a release is the architecture that a PC has when the
/// release is published.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// The parts at the end; one that is not named stays as it is.
    pub to: Named<Given<Share>>,
    /// When they begin to change, from the scenario's start. Default: 0.
    #[serde(default)]
    pub from: Option<Given<Duration>>,
    /// When they have changed, from the scenario's start; after `from`.
    pub until: Given<Duration>,
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
    /// Agents that it can't work without, such as the sensor of an operating system that several vendors share: while
    /// one of them does not run on a PC, neither does this. An agent that the scenario doesn't have is not simulated.
    /// Default: none.
    #[serde(default)]
    pub relies_on: Vec<String>,
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
    /// Components that start at `launch`: time in use from one launch of their program to the next. Default: the
    /// program is launched once.
    #[serde(default)]
    pub launches: Option<Given<Distribution<Duration>>>,
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
