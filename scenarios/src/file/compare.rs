//! What is compared: arms, baseline, dice, replications, and how much of the fleet is simulated.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::quantity::{Count, Share};

/// One level of each factor, by factor; a selection names only some of the factors.
pub type Combination = IndexMap<String, String>;

/// What is compared, and how precisely.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// The arms: `all` combinations of the factors' levels, or a list of combinations. Default: all.
    #[serde(default)]
    pub arms: Arms,
    /// The arm that the others are held against. Default: the first.
    #[serde(default)]
    pub baseline: Option<Combination>,
    /// Seed of what happens. Default: 1.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Seed of the population. Default: the same as `seed`.
    #[serde(default)]
    pub population_seed: Option<u64>,
    /// How many replications. Default: 60.
    #[serde(default)]
    pub replications: Option<Replications>,
    /// How many of the organisations are simulated, each whole: `every organisation`, or `1 in 50 organisations`.
    /// Default: every organisation.
    #[serde(default)]
    pub sample: Option<Sample>,
    /// What the profiles of the command set instead of `replications` and `sample`.
    #[serde(default)]
    pub profiles: Profiles,
}

/// Values for each profile of the command.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// Seconds: a first look.
    #[serde(default)]
    pub quick: Option<Profile>,
    /// The default: a few minutes on two cores.
    #[serde(default)]
    pub standard: Option<Profile>,
    /// For every change of the code.
    #[serde(default)]
    pub ci: Option<Profile>,
    /// Every PC, full precision.
    #[serde(default)]
    pub paper: Option<Profile>,
}

/// What one profile sets.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// How many replications. Default: 12 for `quick`, 60 for `ci`; for the others what the scenario says.
    #[serde(default)]
    pub replications: Option<Replications>,
    /// How many of the organisations are simulated.
    #[serde(default)]
    pub sample: Option<Sample>,
}

/// Which arms are compared.
#[derive(Clone, Debug, Default)]
pub enum Arms {
    /// All combinations of the factors' levels, the last factor varying fastest.
    #[default]
    All,
    /// These. A factor that a combination doesn't name stands for all of its levels.
    These(Vec<Combination>),
}

impl<'de> Deserialize<'de> for Arms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == "all" => Ok(Arms::All),
            list @ serde_json::Value::Array(_) => {
                serde_json::from_value(list).map(Arms::These).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom("write `all`, or a list of combinations such as `- { architecture: kernel }`")),
        }
    }
}

impl JsonSchema for Arms {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Arms".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let combination = generator.subschema_for::<Combination>();
        json_schema!({
            "description": "All combinations of the factors' levels, or a list of combinations.",
            "anyOf": [{ "const": "all" }, { "type": "array", "items": combination }],
        })
    }
}

/// How many replications are made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replications {
    /// At least so many; at least 1.
    pub min: Count,
    /// At most so many. Default: as many as `min`.
    #[serde(default)]
    pub max: Option<Count>,
    /// Stops at a look (60, 120, 240, 480) when this precision is reached in every arm. Default: goes on to `max`.
    #[serde(default)]
    pub until: Option<Until>,
}

/// A precision to be reached.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// Of this measure's mean, over the fleet.
    pub measure: String,
    /// Half-width of the interval, as a part of the mean.
    pub half_width: Share,
    /// Confidence of the interval. Default: 95 %.
    #[serde(default)]
    pub confidence: Option<Share>,
}

/// How many of the organisations are simulated: 1 in this many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// 1 in this many; 1 is every organisation.
    pub one_in: u32,
}

impl Sample {
    /// As a file writes it.
    pub fn written(self) -> String {
        match self.one_in {
            1 => "every organisation".to_owned(),
            many => format!("1 in {many} organisations"),
        }
    }

    fn parse(text: &str) -> Option<Sample> {
        if text == "every organisation" {
            return Some(Sample { one_in: 1 });
        }
        let many = text.strip_prefix("1 in ")?.strip_suffix(" organisations")?;
        let one_in = many.replace('_', "").parse().ok()?;
        (one_in >= 1).then_some(Sample { one_in })
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Sample::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is not a sample: write `every organisation`, or a part such as `1 in 50 organisations`"
            ))
        })
    }
}

impl JsonSchema for Sample {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sample".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How many of the organisations are simulated, each whole.",
            "type": "string",
            "pattern": "^(every organisation|1 in [1-9][0-9_]* organisations)$",
            "examples": ["every organisation", "1 in 50 organisations"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn a_sample_reads_what_it_writes_and_nothing_else() {
        for one_in in [1, 2, 50, 10_000] {
            let sample = Sample { one_in };
            assert_eq!(Sample::parse(&sample.written()), Some(sample));
        }
        for wrong in ["1 in 0 organisations", "2 in 50 organisations", "1 in 50", "50", "all", "1 in -3 organisations"]
        {
            assert_eq!(Sample::parse(wrong), None, "{wrong}");
        }
    }
}
