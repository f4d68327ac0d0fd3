//! The values of one replication: certain ones as they stand, uncertain ones drawn by their path.

use std::collections::BTreeMap;

use bugcheck_sim::draw::{self, Dist, Key, Purpose};
use bugcheck_sim::time::Millis;
use indexmap::IndexMap;

use crate::experiment::Drawn;
use crate::given::{Distribution, Given};
use crate::quantity::{Duration, Quantity, Share};

/// Where uncertain values come from. Every draw is a pure function of (seed, replication, path), so the same path has
/// the same value in all arms of a replication.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    dice: Option<Key>,
    /// Quantiles of the inputs that do not lie where the dice put them, by path.
    moved: BTreeMap<String, f64>,
    /// What was drawn, by path.
    drawn: IndexMap<String, f64>,
}

impl Values {
    /// Every uncertain value at its likeliest.
    pub(crate) fn likeliest() -> Values {
        Values { dice: None, moved: BTreeMap::new(), drawn: IndexMap::new() }
    }

    /// The values of one replication.
    pub(crate) fn of_replication(seed: u64, replication: u32) -> Values {
        Values { dice: Some(Key::new(seed, replication)), ..Values::likeliest() }
    }

    /// The same with some inputs moved to these quantiles, which lie strictly between 0 and 1.
    pub(crate) fn with_moved(self, moved: BTreeMap<String, f64>) -> Values {
        Values { moved, ..self }
    }

    /// The quantile at which the dice of one replication put the input of a path.
    pub(crate) fn quantile(seed: u64, replication: u32, path: &str) -> f64 {
        Key::new(seed, replication).uniform(entity(&by_name(path)), Purpose::Uncertain, 0)
    }

    /// Whether these are the likeliest values, which is when rules between values are checked.
    pub(super) fn are_likeliest(&self) -> bool {
        self.dice.is_none()
    }

    /// The uncertain values that were asked for, each once, in the order in which they were first asked for.
    pub(super) fn into_drawn(self) -> Vec<Drawn> {
        self.drawn.into_iter().map(|(path, value)| Drawn { path, value }).collect()
    }

    /// A value in base units.
    pub(super) fn number<Q: Quantity>(&mut self, path: &str, given: &Given<Q>) -> f64 {
        let Some(bounds) = Bounds::of(given) else { return given.likely().base() };
        let u = self.uniform(path, bounds);
        let value = given.resolve(path, &mut |_| u);
        self.note(path, value);
        value
    }

    pub(super) fn share(&mut self, path: &str, given: &Given<Share>) -> draw::Share {
        draw::Share(self.number(path, given))
    }

    pub(super) fn ms(&mut self, path: &str, given: &Given<Duration>) -> Millis {
        self.number(path, given).round() as Millis
    }

    /// A distribution in base units.
    pub(super) fn dist<Q: Quantity>(&mut self, path: &str, given: &Given<Distribution<Q>>) -> Dist {
        let mut uncertain: Vec<(String, Bounds)> = Vec::new();
        match given {
            Given::Assumed(distribution) | Given::Sourced { value: distribution, .. } => {
                for (parameter, given) in parameters(distribution) {
                    uncertain.extend(Bounds::of(given).map(|bounds| (crate::source::join(path, parameter), bounds)));
                }
            }
            Given::Uncertain { low, likely, high, .. } => {
                uncertain.push((path.to_owned(), Bounds { low: low.base(), likely: likely.base(), high: high.base() }));
            }
        }
        let uniform: Vec<f64> = uncertain.iter().map(|(path, bounds)| self.uniform(path, *bounds)).collect();
        for ((path, bounds), u) in uncertain.iter().zip(&uniform) {
            self.note(path, draw::triangular_quantile(*u, bounds.low, bounds.likely, bounds.high));
        }
        given.resolve_distribution(path, &mut |asked| {
            uncertain.iter().zip(&uniform).find(|((path, _), _)| path == asked).map_or(0.5, |(_, u)| *u)
        })
    }

    /// The number between 0 and 1 by which the value of a path is drawn.
    fn uniform(&self, path: &str, bounds: Bounds) -> f64 {
        if let Some(moved) = self.moved.get(&by_name(path)) {
            return *moved;
        }
        match self.dice {
            Some(key) => key.uniform(entity(&by_name(path)), Purpose::Uncertain, 0),
            None if bounds.high > bounds.low => (bounds.likely - bounds.low) / (bounds.high - bounds.low),
            None => 0.5,
        }
    }

    fn note(&mut self, path: &str, value: f64) {
        self.drawn.entry(by_name(path)).or_insert(value);
    }
}

/// The bounds of an uncertain value, in base units.
#[derive(Clone, Copy)]
struct Bounds {
    low: f64,
    likely: f64,
    high: f64,
}

impl Bounds {
    fn of<Q: Quantity>(given: &Given<Q>) -> Option<Bounds> {
        match given {
            Given::Uncertain { low, likely, high, .. } => {
                Some(Bounds { low: low.base(), likely: likely.base(), high: high.base() })
            }
            Given::Assumed(_) | Given::Sourced { .. } => None,
        }
    }
}

/// The least that a value can be, in base units.
pub(super) fn lowest<Q: Quantity>(given: &Given<Q>) -> f64 {
    Bounds::of(given).map_or_else(|| given.likely().base(), |bounds| bounds.low)
}

/// The most that a value can be, in base units.
pub(super) fn highest<Q: Quantity>(given: &Given<Q>) -> f64 {
    Bounds::of(given).map_or_else(|| given.likely().base(), |bounds| bounds.high)
}

/// The parameters of a distribution, each with its path below the distribution.
fn parameters<Q: Quantity>(distribution: &Distribution<Q>) -> Vec<(&'static str, &Given<Q>)> {
    match distribution {
        Distribution::Constant(value) => vec![("", value)],
        Distribution::Uniform(p) => vec![("uniform.low", &p.low), ("uniform.high", &p.high)],
        Distribution::Exponential(p) => vec![("exponential.mean", &p.mean)],
        Distribution::Lognormal(p) => vec![("lognormal.median", &p.median), ("lognormal.p95", &p.p95)],
        Distribution::Normal(p) => vec![("normal.mean", &p.mean), ("normal.sd", &p.sd)],
        Distribution::Triangular(p) => {
            vec![("triangular.low", &p.low), ("triangular.likely", &p.likely), ("triangular.high", &p.high)]
        }
    }
}

/// A path without the positions of playbook items, so that a step draws the same wherever it stands in a playbook.
pub(crate) fn by_name(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in crate::source::segments(path) {
        let position = kept.last() == Some(&"recovery") && segment.bytes().all(|b| b.is_ascii_digit());
        if !position {
            kept.push(segment);
        }
    }
    kept.join(".")
}

/// The entity of a path: 40 bits of its hash, which is what keyed draws take.
fn entity(path: &str) -> u64 {
    let hash = blake3::hash(path.as_bytes());
    hash.as_bytes().iter().take(5).fold(0, |entity, byte| entity << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Count;

    fn uncertain(low: &str, likely: &str, high: &str) -> Given<Count> {
        let read = |text| Count::parse(text).expect("a count");
        Given::Uncertain { low: read(low), likely: read(likely), high: read(high), source: None }
    }

    #[test]
    fn a_path_draws_the_same_at_any_place_in_a_playbook() {
        let given = uncertain("10", "20", "90");
        let draw = |path: &str| Values::of_replication(7, 3).number(path, &given);
        let value = draw("recovery.0.reimage.work.once.works");
        assert_eq!(value.to_bits(), draw("recovery.4.reimage.work.once.works").to_bits());
        assert_ne!(value.to_bits(), draw("recovery.0.disk_swap.work.once.works").to_bits());
    }

    #[test]
    fn replications_differ_and_stay_within_the_bounds() {
        let given = uncertain("10", "20", "90");
        let values: Vec<f64> = (0..200).map(|r| Values::of_replication(7, r).number("fleet.pcs", &given)).collect();
        assert!(values.iter().all(|v| (10.0..=90.0).contains(v)));
        let mean = values.iter().sum::<f64>() / 200.0;
        assert!((mean - 40.0).abs() < 5.0, "the mean of a triangular distribution is the mean of its corners: {mean}");
    }

    #[test]
    fn the_likeliest_value_is_the_one_that_is_written() {
        let mut values = Values::likeliest();
        assert!((values.number("fleet.pcs", &uncertain("10", "20", "90")) - 20.0).abs() < 1e-9);
        let dist =
            Given::Assumed(Distribution::Exponential(crate::given::Exponential { mean: uncertain("10", "20", "90") }));
        assert!(matches!(values.dist("x", &dist), Dist::Exponential { mean } if (mean - 20.0).abs() < 1e-9));
    }

    #[test]
    fn what_is_drawn_is_noted_once() {
        let mut values = Values::of_replication(1, 0);
        values.number("recovery.0.a.x", &uncertain("1", "2", "3"));
        values.number("recovery.0.a.x", &uncertain("1", "2", "3"));
        values.number("fleet.pcs", &Given::Assumed(Count::parse("5").expect("a count")));
        let drawn = values.into_drawn();
        assert_eq!(drawn.iter().map(|d| d.path.as_str()).collect::<Vec<_>>(), ["recovery.a.x"]);
    }
}
