//! How many tries it takes.

use crate::draw::{Chance, Share, unit};
use crate::time::Millis;

/// Tries that each work with the same chance.
#[derive(Clone)]
pub(crate) struct Tries {
    chance: f64,
    /// Logarithm of the chance that one try fails.
    log_fails: f64,
    /// For the first few numbers of tries: the chance that one of so many works.
    one_works: Vec<Chance>,
}

/// Tries whose chance is kept.
const FEW_TRIES: i32 = 32;

impl Tries {
    pub(super) fn with(chance: f64) -> Tries {
        let log_fails = libm::log1p(-chance);
        let one_works = (1..=FEW_TRIES).map(|tries| Share(-libm::expm1(log_fails * f64::from(tries))).into()).collect();
        Tries { chance, log_fails, one_works }
    }

    pub(crate) fn are_hopeless(&self) -> bool {
        self.chance <= 0.0
    }

    /// Tries until the first success, by inversion of the geometric distribution.
    pub(crate) fn needed(&self, bits: u32) -> f64 {
        let fails = self.one_works.partition_point(|works| !works.hit(bits));
        if fails < self.one_works.len() {
            return (fails + 1) as f64;
        }
        if self.are_hopeless() {
            return f64::INFINITY;
        }
        libm::ceil(libm::log1p(-unit(bits)) / self.log_fails).max(1.0)
    }

    /// Whether one of so many works.
    #[inline]
    pub(crate) fn work_within(&self, most: Millis, bits: u32) -> bool {
        match usize::try_from(most - 1).ok().and_then(|last| self.one_works.get(last)) {
            Some(works) => works.hit(bits),
            None => self.needed(bits) <= most as f64,
        }
    }
}
