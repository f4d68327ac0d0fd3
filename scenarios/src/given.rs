//! Values as people know them: sourced, uncertain, or assumed; and distributions of them.
//!
//! A value may be written plainly (an assumption), as `{ value: 40 s, source: "…" }`, or as
//! `{ uncertain: { low: 5%, likely: 12%, high: 30% } }`. An uncertain one is drawn once per replication, so that the
//! answer carries what is not known.
//!
//! ```
//! use bugcheck_scenarios::given::Given;
//! use bugcheck_scenarios::quantity::Share;
//!
//! let json = serde_json::json!({ "uncertain": { "low": "0%", "likely": "50%", "high": "100%" } });
//! let encrypted: Given<Share> = serde_json::from_value(json)?;
//! assert_eq!(encrypted.resolve("fleet.kinds.office.bitlocker", &mut |_path| 0.5), 0.5);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::borrow::Cow;

use bugcheck_sim::draw::{Dist, triangular_quantile};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use serde_json::{Map, Value};

use crate::quantity::Quantity;
use crate::source::join;

/// Gives a number between 0 and 1, the same for the same path in all arms of a replication.
pub type Draw<'a> = dyn FnMut(&str) -> f64 + 'a;

/// The 95 % quantile of the standard normal distribution (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1).
const NORMAL_P95: f64 = 1.644_853_626_951_472_2;

/// What can be sourced or uncertain.
pub trait Givable: Clone + std::fmt::Debug + PartialEq + DeserializeOwned + JsonSchema {
    /// What the bounds of an uncertain one are.
    type Bound: Quantity;
}

impl<Q: Quantity> Givable for Q {
    type Bound = Q;
}

/// A value, and how it is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Given<T: Givable> {
    /// Written plainly: an assumption.
    Assumed(T),
    /// With its source.
    Sourced {
        /// The value.
        value: T,
        /// Publisher, title, date.
        source: String,
    },
    /// Not known but for its range; drawn from a triangular distribution once per replication.
    Uncertain {
        /// Smallest value.
        low: T::Bound,
        /// Most likely value.
        likely: T::Bound,
        /// Largest value.
        high: T::Bound,
        /// Where the range is from.
        source: Option<String>,
    },
}

impl<T: Givable> Given<T> {
    /// The value, unless it is uncertain.
    pub fn certain(&self) -> Option<&T> {
        match self {
            Given::Assumed(value) | Given::Sourced { value, .. } => Some(value),
            Given::Uncertain { .. } => None,
        }
    }

    /// Where it is from, if it says so.
    pub fn source(&self) -> Option<&str> {
        match self {
            Given::Assumed(_) => None,
            Given::Sourced { source, .. } => Some(source),
            Given::Uncertain { source, .. } => source.as_deref(),
        }
    }
}

impl<Q: Quantity> Given<Q> {
    /// The value in base units; for an uncertain one, drawn by inversion with the number that `draw` gives for `path`.
    pub fn resolve(&self, path: &str, draw: &mut Draw<'_>) -> f64 {
        match self {
            Given::Assumed(value) | Given::Sourced { value, .. } => value.base(),
            Given::Uncertain { low, likely, high, .. } => {
                triangular_quantile(draw(path), low.base(), likely.base(), high.base())
            }
        }
    }

    /// The value, or for an uncertain one the most likely value.
    pub fn likely(&self) -> &Q {
        match self {
            Given::Assumed(value) | Given::Sourced { value, .. } => value,
            Given::Uncertain { likely, .. } => likely,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcedForm {
    value: Value,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "B: DeserializeOwned")]
struct UncertainForm<B> {
    uncertain: Bounds<B>,
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds<B> {
    low: B,
    likely: B,
    high: B,
}

impl<'de, T: Givable> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let has = |key: &str| value.as_object().is_some_and(|map| map.contains_key(key));
        if has("uncertain") {
            let UncertainForm { uncertain: Bounds { low, likely, high }, source } = from(value)?;
            return Ok(Given::Uncertain { low, likely, high, source });
        }
        if has("value") {
            let SourcedForm { value, source } = from(value)?;
            return Ok(Given::Sourced { value: from(value)?, source });
        }
        from(value).map(Given::Assumed)
    }
}

fn from<T: DeserializeOwned, E: Error>(value: Value) -> Result<T, E> {
    serde_json::from_value(value).map_err(E::custom)
}

impl<T: Givable> JsonSchema for Given<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Given{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        let bound = generator.subschema_for::<T::Bound>();
        let source = json_schema!({ "type": "string", "description": "Where it is from: publisher, title, date." });
        json_schema!({
            "x-about": "A number, and how it is known",
            "anyOf": [
                value,
                {
                    "type": "object",
                    "description": "A value with its source.",
                    "properties": { "value": value, "source": source },
                    "required": ["value", "source"],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "description": "Not known but for its range; drawn once per replication.",
                    "properties": {
                        "uncertain": {
                            "type": "object",
                            "properties": { "low": bound, "likely": bound, "high": bound },
                            "required": ["low", "likely", "high"],
                            "additionalProperties": false,
                            "x-ascending": ["low", "likely", "high"],
                        },
                        "source": source,
                    },
                    "required": ["uncertain"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// A distribution of a quantity: one-key maps such as `{ exponential: { mean: 9 min } }`; a plain quantity is constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution<Q: Quantity> {
    /// Always this value.
    Constant(Given<Q>),
    /// Equally likely anywhere between the two.
    Uniform(Uniform<Q>),
    /// Memoryless.
    Exponential(Exponential<Q>),
    /// The logarithm is normally distributed.
    Lognormal(Lognormal<Q>),
    /// Normal, cut off below zero.
    Normal(Normal<Q>),
    /// Rising from the smallest value to the most likely one, and falling to the largest.
    Triangular(Triangular<Q>),
}

macro_rules! parameters {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),* } $extensions:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields, bound = "")]
        pub struct $name<Q: Quantity> {
            $($(#[$field_doc])* pub $field: Given<Q>),*
        }

        impl<Q: Quantity> $name<Q> {
            fn schema(generator: &mut SchemaGenerator) -> Value {
                let parameter = generator.subschema_for::<Given<Q>>();
                let mut schema = json_schema!($extensions);
                schema.insert("type".into(), "object".into());
                let fields = [$(stringify!($field)),*];
                let properties: Map<String, Value> =
                    fields.iter().map(|f| ((*f).to_owned(), parameter.clone().to_value())).collect();
                schema.insert("properties".into(), properties.into());
                schema.insert("required".into(), fields.as_slice().into());
                schema.insert("additionalProperties".into(), false.into());
                schema.to_value()
            }
        }
    };
}

parameters! {
    /// Parameters of a uniform distribution.
    Uniform {
        /// Smallest value.
        low,
        /// Largest value.
        high
    } { "x-ascending": ["low", "high"] }
}
parameters! {
    /// Parameters of an exponential distribution.
    Exponential {
        /// Mean.
        mean
    } {}
}
parameters! {
    /// Parameters of a log-normal distribution.
    Lognormal {
        /// Median; more than 0.
        median,
        /// 95 % quantile; not less than the median.
        p95
    } { "x-ascending": ["median", "p95"], "x-positive": ["median"] }
}
parameters! {
    /// Parameters of a normal distribution.
    Normal {
        /// Mean before the cut at zero.
        mean,
        /// Standard deviation before the cut at zero.
        sd
    } {}
}
parameters! {
    /// Parameters of a triangular distribution.
    Triangular {
        /// Smallest value.
        low,
        /// Most likely value.
        likely,
        /// Largest value.
        high
    } { "x-ascending": ["low", "likely", "high"] }
}

impl<Q: Quantity> Givable for Distribution<Q> {
    type Bound = Q;
}

impl<'de, Q: Quantity> Deserialize<'de> for Distribution<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let Value::Object(map) = value else { return from(value).map(Distribution::Constant) };
        let mut entries = map.into_iter();
        let (Some((name, body)), None) = (entries.next(), entries.next()) else {
            return Err(D::Error::custom("a distribution is a map with one key"));
        };
        match name.as_str() {
            "constant" => from(body).map(Distribution::Constant),
            "uniform" => from(body).map(Distribution::Uniform),
            "exponential" => from(body).map(Distribution::Exponential),
            "lognormal" => from(body).map(Distribution::Lognormal),
            "normal" => from(body).map(Distribution::Normal),
            "triangular" => from(body).map(Distribution::Triangular),
            other => Err(D::Error::custom(format!("unknown distribution `{other}`"))),
        }
    }
}

impl<Q: Quantity> JsonSchema for Distribution<Q> {
    fn schema_name() -> Cow<'static, str> {
        format!("DistributionOf{}", Q::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<Q>();
        let one_key = |name: &str, description: &str, body: Value| {
            json_schema!({
                "type": "object",
                "description": description,
                "properties": { name: body },
                "required": [name],
                "additionalProperties": false,
            })
        };
        let constant = generator.subschema_for::<Given<Q>>().to_value();
        json_schema!({
            "x-about": "A distribution",
            "anyOf": [
                bare,
                one_key("constant", "Always this value.", constant),
                one_key("uniform", "Equally likely anywhere from low to high.", Uniform::<Q>::schema(generator)),
                one_key("exponential", "Memoryless, with this mean.", Exponential::<Q>::schema(generator)),
                one_key("lognormal", "Log-normal, by its median and 95 % quantile.", Lognormal::<Q>::schema(generator)),
                one_key("normal", "Normal, cut off below zero.", Normal::<Q>::schema(generator)),
                one_key("triangular", "Triangular from low through likely to high.", Triangular::<Q>::schema(generator)),
            ],
        })
    }
}

impl<Q: Quantity> Distribution<Q> {
    /// The distribution in base units. Uncertain parameters are drawn under `path`, such as
    /// `…delivery.exponential.mean`.
    pub fn resolve(&self, path: &str, draw: &mut Draw<'_>) -> Dist {
        let mut at = |given: &Given<Q>, parameter: &str| given.resolve(&join(path, parameter), draw);
        match self {
            Distribution::Constant(value) => Dist::Constant(value.resolve(path, draw)),
            Distribution::Uniform(p) => {
                Dist::Uniform { low: at(&p.low, "uniform.low"), high: at(&p.high, "uniform.high") }
            }
            Distribution::Exponential(p) => Dist::Exponential { mean: at(&p.mean, "exponential.mean") },
            Distribution::Lognormal(p) => lognormal(at(&p.median, "lognormal.median"), at(&p.p95, "lognormal.p95")),
            Distribution::Normal(p) => Dist::Normal { mean: at(&p.mean, "normal.mean"), sd: at(&p.sd, "normal.sd") },
            Distribution::Triangular(p) => Dist::Triangular {
                low: at(&p.low, "triangular.low"),
                likely: at(&p.likely, "triangular.likely"),
                high: at(&p.high, "triangular.high"),
            },
        }
    }
}

impl<Q: Quantity> Given<Distribution<Q>> {
    /// The distribution in base units; one that is uncertain as a whole is constant at the value that is drawn for
    /// `path`.
    pub fn resolve_distribution(&self, path: &str, draw: &mut Draw<'_>) -> Dist {
        match self {
            Given::Assumed(distribution) | Given::Sourced { value: distribution, .. } => {
                distribution.resolve(path, draw)
            }
            Given::Uncertain { low, likely, high, .. } => {
                Dist::Constant(triangular_quantile(draw(path), low.base(), likely.base(), high.base()))
            }
        }
    }
}

/// The log-normal distribution with this median and 95 % quantile. Parameters that are both uncertain can come out in
/// the wrong order in a replication; the quantile is then taken to be the median.
fn lognormal(median: f64, p95: f64) -> Dist {
    Dist::Lognormal { median, sigma: libm::log((p95 / median).max(1.0)) / NORMAL_P95 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Count, Duration, Share};
    use serde_json::json;

    fn read<T: DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).expect("a value")
    }

    #[test]
    fn plain_sourced_and_uncertain_values_are_told_apart() {
        let assumed: Given<Count> = read(json!(900));
        assert_eq!((assumed.likely().get(), assumed.source()), (900, None));
        let sourced: Given<Duration> = read(json!({ "value": "40 s", "source": "Microsoft, 2025" }));
        assert_eq!((sourced.likely().ms(), sourced.source()), (40_000, Some("Microsoft, 2025")));
        let range = json!({ "uncertain": { "low": "5%", "likely": "12%", "high": "30%" }, "source": "survey" });
        let uncertain: Given<Share> = read(range);
        assert_eq!((uncertain.certain(), uncertain.source()), (None, Some("survey")));
    }

    #[test]
    fn an_uncertain_value_is_drawn_under_its_path() {
        let uncertain: Given<Share> = read(json!({ "uncertain": { "low": "0%", "likely": "50%", "high": "100%" } }));
        let mut asked = Vec::new();
        let value = uncertain.resolve("a.b", &mut |path| {
            asked.push(path.to_owned());
            0.125
        });
        assert_eq!((value, asked), (0.25, vec!["a.b".to_owned()]));
    }

    #[test]
    fn distributions_are_resolved_in_base_units() {
        let resolve = |value| read::<Given<Distribution<Duration>>>(value).resolve_distribution("x", &mut |_| 0.5);
        assert_eq!(resolve(json!("2 s")), Dist::Constant(2_000.0));
        assert_eq!(resolve(json!({ "constant": "2 s" })), Dist::Constant(2_000.0));
        assert_eq!(
            resolve(json!({ "exponential": { "mean": { "value": "9 min", "source": "s" } } })),
            Dist::Exponential { mean: 540_000.0 }
        );
        let sourced = json!({ "value": { "uniform": { "low": "0", "high": "1 s" } }, "source": "s" });
        assert_eq!(resolve(sourced), Dist::Uniform { low: 0.0, high: 1_000.0 });
        let uncertain = json!({ "uncertain": { "low": "1 s", "likely": "2 s", "high": "3 s" } });
        assert_eq!(resolve(uncertain), Dist::Constant(2_000.0));
    }

    #[test]
    fn a_lognormal_has_the_median_and_quantile_it_was_given() {
        let given: Given<Distribution<Duration>> =
            read(json!({ "lognormal": { "median": "12 min", "p95": "55 min" } }));
        let dist = given.resolve_distribution("x", &mut |_| 0.5);
        assert!((dist.quantile(0.5) / 720_000.0 - 1.0).abs() < 1e-12);
        assert!((dist.quantile(0.95) / 3_300_000.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn parameters_are_drawn_under_their_own_paths() {
        let range = |low: &str, high: &str| json!({ "uncertain": { "low": low, "likely": low, "high": high } });
        let value = json!({ "lognormal": { "median": range("1 s", "2 s"), "p95": range("3 s", "4 s") } });
        let given: Given<Distribution<Duration>> = read(value);
        let mut asked = Vec::new();
        given.resolve_distribution("delivery", &mut |path| {
            asked.push(path.to_owned());
            0.5
        });
        assert_eq!(asked, ["delivery.lognormal.median", "delivery.lognormal.p95"]);
    }

    #[test]
    fn what_is_neither_form_is_refused() {
        for wrong in
            [json!({ "value": "40 s" }), json!({ "source": "s" }), json!({ "uncertain": { "low": "1 s" } }), json!([1])]
        {
            assert!(serde_json::from_value::<Given<Duration>>(wrong.clone()).is_err(), "{wrong}");
        }
        for wrong in [json!({ "lognorml": {} }), json!({}), json!({ "constant": "1 s", "uniform": {} })] {
            assert!(serde_json::from_value::<Distribution<Duration>>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
