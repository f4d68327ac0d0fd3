//! How many tries it takes.

use crate::draw::{Chance, Share, unit};
use crate::time::Millis;

/// Tries that each work with the same chance.
#[derive(Clone)]
pub(crate) struct Tries {
    chance: f64,
    /// Logarithm of the chance that one try fails.
    log_fails: f64,
    /// By number of tries, from 1 to [`FEW_TRIES`]: the chance that at least one of them works.
    one_works: Vec<Chance>,
}

/// Up to so many tries, the chance that one works is kept.
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

    /// Whether at least one of `most` tries works.
    #[inline]
    pub(crate) fn work_within(&self, most: Millis, bits: u32) -> bool {
        match usize::try_from(most - 1).ok().and_then(|last| self.one_works.get(last)) {
            Some(works) => works.hit(bits),
            None => self.needed(bits) <= most as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_work_within_as_many_as_are_needed() {
        for chance in [0.0, 1e-6, 0.05, 0.5, 1.0] {
            let tries = Tries::with(chance);
            for bits in (0..=u32::MAX).step_by(1 << 22).chain([1, u32::MAX]) {
                for most in (0..40).chain([1_000_000]) {
                    let is_enough = tries.needed(bits) <= most as f64;
                    assert_eq!(tries.work_within(most, bits), is_enough, "{most} tries of {chance} at {bits}");
                }
            }
        }
    }
}
