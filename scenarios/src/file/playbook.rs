//! Playbooks: recovery steps in order, each a value of the one general form.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use super::{Defect, Named};
use crate::given::{Distribution, Given};
use crate::quantity::{Count, Duration, Share};

/// Recovery steps in order of preference. In a file an item is the name of a step (`reboot_race`), or a name with
/// settings or fields laid over that step (`{ recovery_usb: { available: 40 h } }`).
#[derive(Clone, Debug, Default)]
pub struct Playbook(pub Vec<(String, Step)>);

impl<'de> Deserialize<'de> for Playbook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Playbook;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of recovery steps")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Playbook, A::Error> {
                let mut steps = Vec::new();
                while let Some(item) = items.next_element::<Named<Step>>()? {
                    if item.len() != 1 {
                        return Err(A::Error::custom("a step has one name"));
                    }
                    steps.extend(item);
                }
                Ok(Playbook(steps))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

impl JsonSchema for Playbook {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Playbook".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let step = generator.subschema_for::<Step>();
        json_schema!({
            "description": "Recovery steps in order of preference: names, or a name with settings laid over that step.",
            "type": "array",
            "items": { "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": step },
        })
    }
}

/// One way of bringing a PC back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "steps"))]
pub struct Step {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// Who acts: `pc` (alone, attended or not), `user` (its own, in the hours in which it would be in use), or the name
    /// of one of the organisation's means, such as `technicians`. Organisations without these means can't use the step.
    pub by: String,
    /// Where the PC must be for the step to be tried. Default: `restarting`.
    #[serde(default)]
    pub stage: Stage,
    /// What the PC must have, all of them: a trait (`wired`), its lack (`not cloud`), or one of several (`wired or
    /// simple_wifi`).
    #[serde(default)]
    pub needs: Vec<String>,
    /// The defects that it helps against. Default: all.
    #[serde(default)]
    pub against: Vec<Defect>,
    /// From when on the step exists, counted for the release whose fault took the PC down. Default: from the release
    /// on.
    #[serde(default)]
    pub opens: Opens,
    /// What is done, and how likely it works.
    pub work: Work,
    /// Means that hands-on work must pass, one after the other, before it begins. Organisations without such a desk can
    /// use the step only on PCs that don't need it.
    #[serde(default)]
    pub desks: Named<Desk>,
    /// Waits before a PC with a trait can be taken up at all, such as shipping a laptop.
    #[serde(default)]
    pub waits: Named<Given<Distribution<Duration>>>,
    /// What the PC is left with. Default: `cured`.
    #[serde(default)]
    pub outcome: Outcome,
    /// Short names for what is usually changed in this step; playbooks set them directly under the step's name.
    #[serde(default)]
    #[allow(dead_code, reason = "applied on the tree")]
    pub settings: Named<Setting>,
}

/// Where a PC must be for a step to be tried.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Anywhere in its restarts, from the first crash on.
    #[default]
    Restarting,
    /// In the recovery environment.
    RecoveryEnvironment,
    /// In Windows: the PC starts, but is slow, cut off, or without its agent.
    Running,
    /// At a prompt before Windows starts.
    Prompt,
}

/// From when on a step exists: a delay after a moment of the incident.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opens {
    /// The moment from which the delay counts. Default: `release`.
    #[serde(default)]
    pub after: After,
    /// The delay. Default: 0.
    #[serde(default)]
    pub delay: Option<Given<Duration>>,
}

/// A moment of the incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// The faulty release was published.
    #[default]
    Release,
    /// The vendor first knew.
    Detection,
    /// The release was withdrawn.
    Withdrawal,
    /// Good content was published.
    Fix,
}

/// What a step does to a PC.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Done once by hand.
    Once(Once),
    /// Tried again and again, by the PC or its user.
    Retry(Retry),
    /// Nothing is done to the PC: the agent counts crashes near boot and stands down by itself. Gives that counter, and
    /// the last good copy that it goes back to, to kernel components that lack it.
    StandsDown(StandsDown),
}

/// Work that is done once.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Once {
    /// Time that it keeps whoever does it busy.
    pub hands: Given<Distribution<Duration>>,
    /// Time that the PC takes on its own after that. Default: 0.
    #[serde(default)]
    pub unattended: Option<Given<Distribution<Duration>>>,
    /// Chance that it works. If not, the PC waits again, for the next step or for the last one again.
    pub works: Given<Share>,
}

/// Work that is tried again and again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// From one try to the next; the first try follows the first such span.
    pub every: Given<Distribution<Duration>>,
    /// Chance that one try works, once the step is open.
    pub works: Given<Share>,
    /// Chance for PCs with a trait instead; one trait at most.
    #[serde(default)]
    pub works_if: Named<Given<Share>>,
    /// Gives up after so many tries. Default: never.
    #[serde(default)]
    pub tries: Option<Given<Count>>,
    /// Gives up after so long. Default: never.
    #[serde(default)]
    pub within: Option<Given<Duration>>,
    /// What follows when all tries are used up. Default: `next_step`.
    #[serde(default)]
    pub then: Then,
}

/// A counter of crashes in the agent itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandsDown {
    /// So many crashes near boot in a row.
    pub after: Given<Count>,
}

/// What follows when all tries are used up.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The next step of the playbook.
    #[default]
    NextStep,
    /// Restart, crash back into the recovery environment, and begin anew.
    Again,
}

/// A second means that hands-on work must pass before it begins, first come first served.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// Only for PCs with this trait. Default: all.
    #[serde(default)]
    pub only_if: Option<String>,
    /// Time that the desk is busy with one PC, while the hands wait.
    pub time: Given<Distribution<Duration>>,
}

/// What a step leaves behind when it works.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The faulty release is gone: the PC runs without it, as good as before.
    #[default]
    Cured,
    /// The PC is as new: all faulty releases are gone, and so is what was stored on the PC only.
    CuredDataLost,
    /// The PC runs again, the faulty release is still there, and can strike again.
    Restarted,
    /// The PC runs without the agent, and is unprotected until a good version is there.
    AgentOff,
}

/// A short name for something that is usually changed in a step: either a field of the step, or a choice between words.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "applied on the tree")]
pub struct Setting {
    /// What it decides, in one line.
    pub about: String,
    /// Dotted path of the field that it sets, such as `opens.delay`.
    #[serde(default)]
    pub sets: Option<String>,
    /// For spans: the least and the most that may be given.
    #[serde(default)]
    pub between: Option<(Duration, Duration)>,
    /// The words that may be given, each with the fields that it lays over the step.
    #[serde(default)]
    pub choices: Named<serde_json::Map<String, serde_json::Value>>,
}
