//! Quantities: values with a unit, kept as they were written beside what they mean.
//!
//! A quantity is read from one text, such as `90 min`, `35%`, `8.5M` or `1 per 80`. Every type says in its errors which
//! unit is missing or wrong and what would be right, so a person who wrote 90 learns about `90 min`.

mod amount;
mod count;
mod decimal;
mod part;
mod time;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::DeserializeOwned;

use crate::problem::Code;

pub use amount::{Amount, Reckoned};
pub use count::{Count, MAX_COUNT, Number, Ratio};
pub use part::{Change, PerDay, Share};
pub(crate) use time::of_clock;
pub use time::{Duration, Instant, MAX_DURATION_MS, MAX_TIME_OF_DAY_MS, TimeOfDay};

/// Why a text is not the quantity that is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Misfit {
    /// What kind of problem it is.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Misfit {
    fn new(code: Code, message: impl Into<String>) -> Misfit {
        Misfit { code, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Misfit {
        self.help = Some(help.into());
        self
    }
}

/// A value with a unit.
pub trait Quantity: Clone + std::fmt::Debug + PartialEq + DeserializeOwned + JsonSchema {
    /// Its name in the schema's `x-quantity`, such as `duration`.
    const NAME: &'static str;
    /// What it is, in a few words, with an article: `a span of time such as 90 min`.
    const WHAT: &'static str;
    /// How it is written.
    const EXAMPLES: &'static [&'static str];
    /// A regular expression that editors check it by; the program itself is stricter.
    const PATTERN: &'static str;

    /// Reads it.
    ///
    /// # Errors
    /// If the text is not such a quantity, or outside the range that every such quantity has.
    fn parse(text: &str) -> Result<Self, Misfit>;

    /// Its size in base units: milliseconds, parts of 1, PCs, plain numbers. Quantities of one type compare by it.
    fn base(&self) -> f64;

    /// As it was written.
    fn written(&self) -> &str;
}

/// The schema of a quantity: editors check it by a pattern, `bind` by its name.
fn schema<Q: Quantity>() -> Schema {
    json_schema!({
        "description": Q::WHAT,
        "type": ["string", "number"],
        "pattern": Q::PATTERN,
        "examples": Q::EXAMPLES,
        "x-quantity": Q::NAME,
    })
}

/// Implements what all quantities share, for types with a field `text`.
macro_rules! quantity {
    ($type:ident) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = $crate::quantity::text_of(deserializer)?;
                <$type as $crate::quantity::Quantity>::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::quantity::schema::<$type>()
            }
        }
    };
}
use quantity;

/// The text of a quantity that a deserializer holds as text or, where JSON has it so, as a number.
fn text_of<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match <serde_json::Value as serde::Deserialize>::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        other => Err(serde::de::Error::custom(format!("a quantity is expected, not `{other}`"))),
    }
}

/// Reads a text as the quantity of this name in the schema, and gives its size in base units; `None` if no quantity has
/// the name.
pub(crate) fn measure(name: &str, text: &str) -> Option<Result<f64, Misfit>> {
    fn of<Q: Quantity>(text: &str) -> Result<f64, Misfit> {
        Q::parse(text).map(|q| q.base())
    }
    Some(match name {
        Duration::NAME => of::<Duration>(text),
        TimeOfDay::NAME => of::<TimeOfDay>(text),
        Instant::NAME => of::<Instant>(text),
        Share::NAME => of::<Share>(text),
        Change::NAME => of::<Change>(text),
        PerDay::NAME => of::<PerDay>(text),
        Count::NAME => of::<Count>(text),
        Number::NAME => of::<Number>(text),
        Ratio::NAME => of::<Ratio>(text),
        Amount::NAME => of::<Amount>(text),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
