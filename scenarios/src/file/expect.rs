//! What must hold, and what is known to have happened.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::Combination;
use crate::quantity::{Amount, Duration, Share};

/// Something that must hold: a figure over the replications of a measure, and a bound on it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What is looked at, such as `pcs_down_peak`.
    pub measure: String,
    /// In which part of the fleet, such as `{ kind: server }`. Default: the fleet.
    #[serde(default)]
    pub segment: Option<SegmentOf>,
    /// For which arms: `baseline`, `all`, or the levels that select them, such as `{ architecture: platform }`; it must
    /// hold in each. Default: all.
    #[serde(default)]
    pub arm: ArmOf,
    /// Which figure over the replications: `mean`, `median`, or a percentile such as `p95`. Default: mean.
    #[serde(default)]
    pub over_replications: Over,
    /// What the bound is held against. Default: the figure itself.
    #[serde(default)]
    pub versus: Versus,
    /// Not more than this. Exactly one of `at_most`, `at_least` and `within` is given.
    #[serde(default)]
    pub at_most: Option<Amount>,
    /// Not less than this.
    #[serde(default)]
    pub at_least: Option<Amount>,
    /// From the first to the second, such as `[7.5M, 9.5M]`.
    #[serde(default)]
    pub within: Option<Vec<Amount>>,
    /// How serious it is when broken. Default: fail.
    #[serde(default)]
    pub level: Level,
    /// Where the bound is from.
    #[serde(default)]
    pub source: Option<String>,
}

/// A part of the fleet.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentOf {
    /// One region.
    Region(String),
    /// One sector.
    Sector(String),
    /// One kind of PC.
    Kind(String),
    /// One architecture.
    Architecture(String),
}

/// A selection of arms.
#[derive(Clone, Debug, Default)]
pub enum ArmOf {
    /// All arms.
    #[default]
    All,
    /// The baseline.
    Baseline,
    /// The arms with these levels.
    With(Combination),
}

impl<'de> Deserialize<'de> for ArmOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == "all" => Ok(ArmOf::All),
            serde_json::Value::String(word) if word == "baseline" => Ok(ArmOf::Baseline),
            levels @ serde_json::Value::Object(_) => {
                serde_json::from_value(levels).map(ArmOf::With).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom("write `baseline`, `all`, or levels such as `{ architecture: kernel }`")),
        }
    }
}

impl JsonSchema for ArmOf {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ArmOf".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let combination = generator.subschema_for::<Combination>();
        json_schema!({
            "description": "`baseline`, `all`, or the levels that select the arms.",
            "anyOf": [{ "enum": ["baseline", "all"] }, combination],
        })
    }
}

/// A figure over the replications: `mean`, `median`, or `p1` to `p99`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Over {
    /// Their mean.
    #[default]
    Mean,
    /// This percentile of them, 1 to 99.
    Percentile(u8),
}

impl Over {
    fn parse(text: &str) -> Option<Over> {
        match text {
            "mean" => Some(Over::Mean),
            "median" => Some(Over::Percentile(50)),
            _ => {
                let percent = text.strip_prefix('p')?.parse().ok()?;
                (1..=99).contains(&percent).then_some(Over::Percentile(percent))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Over {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Over::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is not a figure: write `mean`, `median`, or `p1` to `p99`"))
        })
    }
}

impl JsonSchema for Over {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Over".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A figure over the replications: `mean`, `median`, or a percentile `p1` to `p99`.",
            "type": "string",
            "pattern": "^(mean|median|p[1-9][0-9]?)$",
            "examples": ["mean", "median", "p95"],
        })
    }
}

/// What a bound is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Versus {
    /// The figure itself.
    #[default]
    Itself,
    /// Its difference from the baseline: a change in percent (`-20%`), or in the unit of the measure. Where the
    /// baseline is 0, what stays 0 keeps every `at_most` in percent, and nothing else in percent is decided.
    Baseline,
}

/// How serious a broken expectation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The run fails.
    #[default]
    Fail,
    /// It is reported, and the run passes.
    Warn,
}

/// A published point of what happened.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryPoint {
    /// What it is, in a few words.
    pub label: String,
    /// When, from the release.
    pub at: Duration,
    /// Of which kind of PC. Default: all of the fleet.
    #[serde(default)]
    pub kind: Option<String>,
    /// Share of the PCs that went down that were not yet back; `low` and `high` differ where it is a range or has two
    /// readings.
    pub down: Range,
    /// Who published it: publisher, title, date.
    pub source: String,
}

/// A range of shares.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Least.
    pub low: Share,
    /// Most.
    pub high: Share,
}
