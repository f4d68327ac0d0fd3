//! Dice: keyed draws, and distributions that are sampled by inversion.
//!
//! Every draw is a pure function of (seed, replication, entity, purpose, index): see [`Key::block`]. Nothing here has
//! state, so no draw depends on who came first, on the number of threads, or on what another arm did.

#![allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]

mod many;
mod purpose;
mod sampler;

use serde::{Deserialize, Serialize};

pub use crate::draw::many::{Numbers, Words};
pub use crate::draw::purpose::Purpose;
pub(crate) use crate::draw::purpose::{approval_draw, desk_draw, of_release, start_draw, try_draw, wait_draw};
pub use crate::draw::sampler::{Sampler, Samplers};

/// A probability or a part of a whole, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Share(pub f64);

/// A distribution over non-negative numbers: spans are in milliseconds, sizes in PCs.
///
/// Sampled by inversion, so that a small change of a parameter is a small change of the draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Dist {
    /// Always this value.
    Constant(f64),
    /// Equally likely anywhere from `low` to `high`.
    Uniform {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Memoryless, with this mean.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// Log-normal by its median and the standard deviation of its logarithm.
    Lognormal {
        /// Median.
        median: f64,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
    },
    /// Normal, cut off below zero.
    Normal {
        /// Mean before the cut.
        mean: f64,
        /// Standard deviation before the cut.
        sd: f64,
    },
    /// Triangular from `low` through `likely` to `high`.
    Triangular {
        /// Smallest value.
        low: f64,
        /// Most likely value.
        likely: f64,
        /// Largest value.
        high: f64,
    },
}

/// The key of all draws of one kind of dice in one replication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Key {
    seed: [u32; 2],
    replication: u32,
}

/// Limit: entities are numbered below this (2^40), which leaves room for the purpose in the counter.
pub const MAX_ENTITY: u64 = 1 << 40;

impl Key {
    /// The dice of this seed, in this replication.
    pub fn new(seed: u64, replication: u32) -> Key {
        Key { seed: [seed as u32, (seed >> 32) as u32], replication }
    }

    /// Four independent numbers, uniform over all 32-bit values. `entity` is below [`MAX_ENTITY`].
    #[inline]
    pub fn block(self, entity: u64, purpose: Purpose, index: u32) -> [u32; 4] {
        debug_assert!(entity < MAX_ENTITY);
        philox4x32_10(self.counter(entity, purpose, index), self.seed)
    }

    /// Two independent numbers, as above. Those for an even index and for the next one are the halves of a block.
    #[inline]
    pub fn pair(self, entity: u64, purpose: Purpose, index: u32) -> [u32; 2] {
        let [a, b, c, d] = self.block(entity, purpose, index / 2);
        if index.is_multiple_of(2) { [a, b] } else { [c, d] }
    }

    /// One number, as above. Those for four entities that follow each other are of one block.
    #[inline]
    pub fn number(self, entity: u64, purpose: Purpose, index: u32) -> u32 {
        self.block(entity / 4, purpose, index)[entity as usize % 4]
    }

    #[inline(always)]
    fn counter(self, entity: u64, purpose: Purpose, index: u32) -> [u32; 4] {
        [entity as u32, (entity >> 32) as u32 | ((purpose as u32) << 8), index, self.replication]
    }

    /// A number strictly between 0 and 1, with 52 random bits.
    pub fn uniform(self, entity: u64, purpose: Purpose, index: u32) -> f64 {
        let [a, b, _, _] = self.block(entity, purpose, index);
        let bits = (u64::from(a) << 32 | u64::from(b)) >> 12;
        (bits as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

/// A number strictly between 0 and 1 from 32 random bits.
#[inline]
pub fn unit(bits: u32) -> f64 {
    (f64::from(bits) + 0.5) / 4_294_967_296.0
}

/// Philox4x32-10: four random words from a counter and a key (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as
/// easy as 1, 2, 3. SC 2011).
#[inline(always)]
pub fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let a = u64::from(counter[0]) * 0xD251_1F53;
        let b = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// A probability as a threshold on 32 random bits, so that hot loops compare integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chance(u64);

impl Chance {
    /// Hit by no random bits.
    pub const NEVER: Chance = Chance(0);
    /// Hit by all random bits.
    pub const SURE: Chance = Chance(1 << 32);

    /// The number of random bits, taken as a number, that mean yes: 0 to 2^32.
    #[inline]
    pub fn threshold(self) -> u64 {
        self.0
    }

    /// The chance that two things happen that have nothing to do with each other.
    #[must_use]
    pub fn and(self, other: Chance) -> Chance {
        Chance(((u128::from(self.0) * u128::from(other.0)) >> 32) as u64)
    }

    /// A test like [`Chance::hit`], in 32 bits, for loops that are to become vector instructions.
    #[inline(always)]
    pub fn hits(self) -> impl Fn(u32) -> bool {
        let (below, is_sure) = (self.0 as u32, self == Chance::SURE);
        move |bits| (bits < below) | is_sure
    }

    /// Whether these random bits mean yes.
    #[inline]
    pub fn hit(self, bits: u32) -> bool {
        u64::from(bits) < self.0
    }
}

impl From<Share> for Chance {
    fn from(share: Share) -> Chance {
        Chance((share.0.clamp(0.0, 1.0) * 4_294_967_296.0) as u64)
    }
}

impl Dist {
    /// The value below which the share `u` (strictly between 0 and 1) of the draws lies.
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            Dist::Constant(value) => value,
            Dist::Uniform { low, high } => low + (high - low) * u,
            Dist::Exponential { mean } => -mean * libm::log1p(-u),
            Dist::Lognormal { median, sigma } => median * libm::exp(sigma * normal_quantile(u)),
            Dist::Normal { mean, sd } => (mean + sd * normal_quantile(u)).max(0.0),
            Dist::Triangular { low, likely, high } => triangular_quantile(u, low, likely, high),
        }
    }

    /// The mean. That of [`Dist::Normal`] is the one before the cut.
    pub fn mean(&self) -> f64 {
        match *self {
            Dist::Constant(value) => value,
            Dist::Uniform { low, high } => f64::midpoint(low, high),
            Dist::Exponential { mean } | Dist::Normal { mean, .. } => mean,
            Dist::Lognormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Dist::Triangular { low, likely, high } => (low + likely + high) / 3.0,
        }
    }
}

/// Inverse of the triangular distribution function.
pub fn triangular_quantile(u: f64, low: f64, likely: f64, high: f64) -> f64 {
    let span = high - low;
    if span <= 0.0 {
        return low;
    }
    let turn = (likely - low) / span;
    if u < turn {
        low + libm::sqrt(u * span * (likely - low))
    } else {
        high - libm::sqrt((1.0 - u) * span * (high - likely))
    }
}

/// Inverse of the standard normal distribution function, to 16 digits (Wichura: Algorithm AS 241, routine PPND16.
/// Applied Statistics 37, 1988). `p` is strictly between 0 and 1.
#[allow(clippy::excessive_precision, clippy::unreadable_literal, reason = "constants as published")]
pub fn normal_quantile(p: f64) -> f64 {
    fn ratio(r: f64, top: [f64; 8], bottom: [f64; 8]) -> f64 {
        let horner = |c: [f64; 8]| c.iter().rev().fold(0.0, |sum, &k| sum * r + k);
        horner(top) / horner(bottom)
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(
            0.180625 - q * q,
            [
                3.3871328727963666080,
                1.3314166789178437745e2,
                1.9715909503065514427e3,
                1.3731693765509461125e4,
                4.5921953931549871457e4,
                6.7265770927008700853e4,
                3.3430575583588128105e4,
                2.5090809287301226727e3,
            ],
            [
                1.0,
                4.2313330701600911252e1,
                6.8718700749205790830e2,
                5.3941960214247511077e3,
                2.1213794301586595867e4,
                3.9307895800092710610e4,
                2.8729085735721942674e4,
                5.2264952788528545610e3,
            ],
        );
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let value = if r <= 5.0 {
        ratio(
            r - 1.6,
            [
                1.42343711074968357734,
                4.63033784615654529590,
                5.76949722146069140550,
                3.64784832476320460504,
                1.27045825245236838258,
                2.41780725177450611770e-1,
                2.27238449892691845833e-2,
                7.74545014278341407640e-4,
            ],
            [
                1.0,
                2.05319162663775882187,
                1.67638483018380384940,
                6.89767334985100004550e-1,
                1.48103976427480074590e-1,
                1.51986665636164571966e-2,
                5.47593808499534494600e-4,
                1.05075007164441684324e-9,
            ],
        )
    } else {
        ratio(
            r - 5.0,
            [
                6.65790464350110377720,
                5.46378491116411436990,
                1.78482653991729133580,
                2.96560571828504891230e-1,
                2.65321895265761230930e-2,
                1.24266094738807843860e-3,
                2.71155556874348757815e-5,
                2.01033439929228813265e-7,
            ],
            [
                1.0,
                5.99832206555887937690e-1,
                1.36929880922735805310e-1,
                1.48753612908506148525e-2,
                7.86869131145613259100e-4,
                1.84631831751005468180e-5,
                1.42151175831644588870e-7,
                2.04426310338993978564e-15,
            ],
        )
    };
    if q < 0.0 { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that Random123 publishes for philox4x32-10 (`kat_vectors`).
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32_10([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32_10([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn halves_and_quarters_are_parts_of_blocks() {
        let key = Key::new(7, 2);
        let [a, b, c, d] = key.block(5, Purpose::Day, 3);
        assert_eq!([key.pair(5, Purpose::Day, 6), key.pair(5, Purpose::Day, 7)], [[a, b], [c, d]]);
        // Days before the first count down from the highest index.
        let [_, _, c, d] = key.block(5, Purpose::Day, u32::MAX / 2);
        assert_eq!(key.pair(5, Purpose::Day, -1_i32 as u32), [c, d]);
        let block = key.block(5, Purpose::Ring, 1);
        assert_eq!([20, 21, 22, 23].map(|entity| key.number(entity, Purpose::Ring, 1)), block);
    }

    #[test]
    fn purposes_and_replications_do_not_share_draws() {
        let key = Key::new(7, 0);
        assert_ne!(key.block(5, Purpose::Day, 0), key.block(5, Purpose::Start, 0));
        assert_ne!(key.block(5, Purpose::Day, 0), Key::new(7, 1).block(5, Purpose::Day, 0));
        assert_ne!(key.block(5, Purpose::Day, 0), key.block(5 + (1 << 32), Purpose::Day, 0));
    }

    /// Tables of the normal distribution (e.g. NIST/SEMATECH e-Handbook 1.3.6.7.1) and AS 241's own test values.
    #[test]
    fn normal_quantiles_agree_with_tables() {
        for (p, z) in [
            (0.5, 0.0),
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813),
            (1e-20, -9.262_340_089_798_408),
            (0.975, 1.959_963_984_540_054),
        ] {
            assert!((normal_quantile(p) - z).abs() < 1e-12, "{p}: {} is not {z}", normal_quantile(p));
        }
    }

    #[test]
    fn sure_and_impossible_chances_are_exact() {
        let [sure, never, half] = [1.0, 0.0, 0.5].map(|share| Chance::from(Share(share)));
        assert!(sure.hit(u32::MAX) && !never.hit(0));
        assert_eq!([sure.and(sure), sure.and(half), half.and(never)], [sure, half, never]);
        for chance in [sure, never, half, half.and(half), Chance::from(Share(1e-9))] {
            let mut bits = [0, 1, 5, u32::MAX / 4, u32::MAX / 4 + 1, u32::MAX / 2, u32::MAX / 2 + 1, u32::MAX].iter();
            assert!(bits.all(|&bits| chance.hits()(bits) == chance.hit(bits)));
        }
    }
}
