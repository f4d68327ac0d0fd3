//! Dice: keyed draws, and distributions that are sampled by inversion.
//!
//! Every draw is a pure function of (seed, replication, entity, purpose, index): see [`Key::block`]. Nothing here has
//! state, so no draw depends on who came first, on the number of threads, or on what another arm did.

#![allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]

mod purpose;

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use crate::draw::purpose::Purpose;
pub(crate) use crate::draw::purpose::{approval_draw, desk_draw, of_release, start_draw, try_draw, wait_draw};
use crate::time::{Millis, NEVER};

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

/// One block each for many entities, drawn in one go: the same numbers as [`Key::block`] gives one by one, at a fifth
/// of the cost. The loop has no branches, so that it becomes vector instructions, as wide as the machine has them.
#[derive(Clone, Debug, Default)]
pub struct Words([Vec<u32>; 4]);

impl Words {
    /// Draws for these entities, in place of what was drawn before.
    pub fn draw(&mut self, key: Key, purpose: Purpose, index: u32, entities: &[u64]) {
        // Never shorter than it was: what is cut off would have to be filled again.
        for words in self.0.iter_mut().filter(|words| words.len() < entities.len()) {
            words.resize(entities.len(), 0);
        }
        let words = self.0.each_mut().map(|words| &mut words[..entities.len()]);
        let arch = pulp::Arch::new();
        if entities.len() < MANY {
            arch.dispatch(Draw { key, purpose, index, entities, words });
            return;
        }
        let [a, b, c, d] = words.map(|words| words.par_chunks_mut(MANY));
        entities.par_chunks(MANY).zip(a.zip(b).zip(c.zip(d))).for_each(|(entities, ((a, b), (c, d)))| {
            arch.dispatch(Draw { key, purpose, index, entities, words: [a, b, c, d] });
        });
    }

    /// First, second, third and fourth numbers, each of all entities; what comes after the last one means nothing.
    pub fn columns(&self) -> [&[u32]; 4] {
        let [a, b, c, d] = &self.0;
        [a, b, c, d]
    }

    /// The four numbers of the entity at this place.
    #[inline]
    pub fn at(&self, place: usize) -> [u32; 4] {
        let [a, b, c, d] = &self.0;
        [a[place], b[place], c[place], d[place]]
    }
}

/// Draws of which one thread makes so many in one go, at most.
const MANY: usize = 1 << 16;

/// What [`Words::draw`] does, compiled once for each width of vector instructions.
struct Draw<'a> {
    key: Key,
    purpose: Purpose,
    index: u32,
    entities: &'a [u64],
    words: [&'a mut [u32]; 4],
}

impl pulp::WithSimd for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Draw { key, purpose, index, entities, words: [a, b, c, d] } = self;
        let words = a.iter_mut().zip(b).zip(c).zip(d);
        for ((((a, b), c), d), &entity) in words.zip(entities) {
            [*a, *b, *c, *d] = philox4x32_10(key.counter(entity, purpose, index), key.seed);
        }
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

/// Bits of a draw that choose a cell of a [`Sampler`]'s table, and of its tables for the tails.
const CELL_BITS: u32 = 10;
const TAIL_BITS: u32 = 16;
/// Cells at each end that are cut finer, and how many fine ones they make.
const TAIL_CELLS: usize = 16;
const FINE_CELLS: usize = TAIL_CELLS << (TAIL_BITS - CELL_BITS);
/// Fine cells at each end in which the quantile bends too much for a straight line all the same, and is computed.
const EXACT_CELLS: u32 = 2;

/// Where the borders of the cells begin, behind those of the lower tail, and where those of the upper tail.
const MIDDLE: usize = FINE_CELLS + 1;
const UPPER: usize = MIDDLE + (1 << CELL_BITS) - 2 * TAIL_CELLS + 1;
const BORDERS: usize = UPPER + FINE_CELLS + 1;

/// A distribution over spans, made ready for hot loops: the quantile is read from a table with straight lines between,
/// in integers. The table has 1024 cells; the 16 at each end are cut into 64 each; the last 2 of those at each end,
/// some 0.006 % of all draws, are computed exactly.
#[derive(Clone, Debug)]
pub struct Sampler {
    dist: Dist,
    borders: Borders,
    /// The shortest span: that of a constant.
    least: Millis,
}

/// Quantiles at the borders of the cells, those of the tails before and behind.
#[derive(Clone, Debug)]
enum Borders {
    /// None: nothing has to be looked up.
    Constant,
    /// All below 2^31 ms. Half as wide, twice as many of them fit into a core's cache.
    Short(Arc<Short>),
    Long(Arc<[Millis]>),
}

/// A power of 2 plus one, so that reading a cell and the next needs no bounds check.
type Short = [u32; CELLS + 1];
const CELLS: usize = 1 << 12;
const _: () = assert!(BORDERS <= CELLS);

/// Samplers that are ready already: scenarios use the same few distributions again and again.
#[derive(Debug, Default)]
pub struct Samplers(Vec<Sampler>);

impl Samplers {
    /// The sampler of a distribution over milliseconds.
    pub fn of(&mut self, dist: &Dist) -> Sampler {
        if let Some(known) = self.0.iter().find(|known| known.dist == *dist) {
            return known.clone();
        }
        self.0.push(Sampler::new(dist));
        self.0[self.0.len() - 1].clone()
    }
}

impl Sampler {
    /// Prepares a distribution over milliseconds.
    pub fn new(dist: &Dist) -> Sampler {
        let dist = dist.clone();
        if let Dist::Constant(value) = dist {
            return Sampler { dist, borders: Borders::Constant, least: to_millis(value) };
        }
        let border = |cell: usize, bits: u32| {
            to_millis(dist.quantile((cell as f64 / f64::from(1_u32 << bits)).clamp(1e-9, 1.0 - 1e-9)))
        };
        let lower = (0..=FINE_CELLS).map(|cell| border(cell, TAIL_BITS));
        let middle = (TAIL_CELLS..=(1 << CELL_BITS) - TAIL_CELLS).map(|cell| border(cell, CELL_BITS));
        let upper = ((1 << TAIL_BITS) - FINE_CELLS..=1 << TAIL_BITS).map(|cell| border(cell, TAIL_BITS));
        let borders: Vec<Millis> = lower.chain(middle).chain(upper).collect();
        let borders = if borders.iter().all(|&border| border < 1 << 31) {
            Borders::Short(Arc::new(std::array::from_fn(|cell| borders.get(cell).map_or(0, |&border| border as u32))))
        } else {
            Borders::Long(borders.into())
        };
        let least = to_millis(dist.quantile(unit(0)));
        Sampler { dist, borders, least }
    }

    /// The shortest span.
    #[inline]
    pub fn least(&self) -> Millis {
        self.least
    }

    /// Whether all spans are the same, so that nothing has to be drawn.
    pub fn is_constant(&self) -> bool {
        matches!(self.borders, Borders::Constant)
    }

    /// The span for these random bits.
    #[inline]
    pub fn at(&self, bits: u32) -> Millis {
        let Place { cell, part } = Place::of(bits);
        match &self.borders {
            Borders::Constant => self.least,
            _ if Sampler::is_exact(bits) => self.exactly(bits),
            Borders::Short(borders) => Millis::from(straight(borders[cell % CELLS], borders[cell % CELLS + 1], part)),
            Borders::Long(borders) => {
                let (low, high) = (borders[cell], borders[cell + 1]);
                low + ((i128::from(high - low) * i128::from(part)) >> 32) as Millis
            }
        }
    }

    /// The spans for many draws: as [`Sampler::at`], in vector instructions. A span above 2^32 - 1 ms is cut to that.
    /// Of a constant, draws may be left out.
    pub fn at_each(&self, bits: &[u32], spans: &mut [u32]) {
        debug_assert!(self.is_constant() || bits.len() == spans.len(), "one draw per span");
        match &self.borders {
            Borders::Constant => spans.fill(saturated(self.least)),
            Borders::Short(borders) if bits.len() >= WORTH_IT => {
                if look_up(borders, bits, spans) {
                    let exact = bits.iter().zip(spans).filter(|(bits, _)| Sampler::is_exact(**bits));
                    exact.for_each(|(&bits, span)| *span = saturated(self.exactly(bits)));
                }
            }
            _ => spans.iter_mut().zip(bits).for_each(|(span, &bits)| *span = saturated(self.at(bits))),
        }
    }

    /// Whether these random bits are in a cell in which a straight line does not hold.
    #[inline(always)]
    fn is_exact(bits: u32) -> bool {
        (bits >> (32 - TAIL_BITS)).wrapping_add(EXACT_CELLS) & ((1 << TAIL_BITS) - 1) < 2 * EXACT_CELLS
    }

    #[inline(never)]
    fn exactly(&self, bits: u32) -> Millis {
        to_millis(self.dist.quantile(unit(bits)))
    }
}

/// The least number of draws that is worth vectors.
const WORTH_IT: usize = 8;
/// Draws that are looked up at a time: so many that what is written one by one has left the core's store buffer when it
/// is read in vectors, and few, as room for them is made each time.
const AT_A_TIME: usize = 64;
/// Draws that are taken together in vectors.
const TOGETHER: usize = 16;

fn saturated(span: Millis) -> u32 {
    u32::try_from(span).unwrap_or(u32::MAX)
}

/// Where a draw lies on the table of a [`Sampler`].
struct Place {
    cell: usize,
    /// How far into the cell, of 2^32 parts.
    part: u32,
}

impl Place {
    /// Without branches, for vector instructions.
    #[inline(always)]
    fn of(bits: u32) -> Place {
        const FIRST_OF_UPPER: u32 = (1 << TAIL_BITS) - FINE_CELLS as u32;
        let fine = bits >> (32 - TAIL_BITS);
        let (is_lower, is_upper) = (fine < FINE_CELLS as u32, fine >= FIRST_OF_UPPER);
        let cell_bits = if is_lower | is_upper { TAIL_BITS } else { CELL_BITS };
        let first = if is_lower { 0 } else { (MIDDLE - TAIL_CELLS) as u32 };
        let first = if is_upper { (UPPER as u32).wrapping_sub(FIRST_OF_UPPER) } else { first };
        let cell = (bits >> (32 - cell_bits)).wrapping_add(first) as usize;
        Place { cell, part: bits << cell_bits }
    }
}

/// The span that lies as far between two borders as the draw does.
#[inline(always)]
fn straight(low: u32, high: u32, part: u32) -> u32 {
    low + ((u64::from(high.saturating_sub(low)) * u64::from(part)) >> 32) as u32
}

/// Looks up draws on a table. Only the table is read one by one, two borders at a time; arithmetic before and after is
/// done in vectors. Returns whether a draw among them has to be computed exactly.
fn look_up(borders: &Short, bits: &[u32], spans: &mut [u32]) -> bool {
    let arch = pulp::Arch::new();
    let mut around = [0; AT_A_TIME];
    let mut has_exact = false;
    for (bits, spans) in bits.chunks(AT_A_TIME).zip(spans.chunks_mut(AT_A_TIME)) {
        // Cells are kept where spans will be.
        has_exact |= arch.dispatch(Cells { bits, cells: &mut *spans });
        for (around, &cell) in around.iter_mut().zip(&*spans) {
            let cell = cell as usize % CELLS;
            *around = u64::from(borders[cell + 1]) << 32 | u64::from(borders[cell]);
        }
        arch.dispatch(Straight { bits, around: &around[..spans.len()], spans });
    }
    has_exact
}

/// Finds the cells of some draws. Returns whether a draw among them has to be computed exactly.
struct Cells<'a> {
    bits: &'a [u32],
    cells: &'a mut [u32],
}

impl pulp::WithSimd for Cells<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let (many, few) = self.bits.as_chunks();
        let (cells_of_many, cells_of_few) = self.cells.as_chunks_mut();
        let mut exact = 0;
        for (bits, cells) in many.iter().zip(cells_of_many) {
            exact |= cells_of(bits, cells);
        }
        // What is missing is in a cell of the middle.
        let (mut padded, mut cells) = ([1 << 31; TOGETHER], [0; TOGETHER]);
        padded[..few.len()].copy_from_slice(few);
        exact |= cells_of(&padded, &mut cells);
        cells_of_few.copy_from_slice(&cells[..few.len()]);
        exact != 0
    }
}

#[inline(always)]
fn cells_of(bits: &[u32; TOGETHER], cells: &mut [u32; TOGETHER]) -> u32 {
    let mut exact = 0;
    for (cell, &bits) in cells.iter_mut().zip(bits) {
        *cell = Place::of(bits).cell as u32;
        exact |= u32::from(Sampler::is_exact(bits));
    }
    exact
}

/// Finds the spans of some draws between the borders around them: the lower one in the lower half.
struct Straight<'a> {
    bits: &'a [u32],
    around: &'a [u64],
    spans: &'a mut [u32],
}

impl pulp::WithSimd for Straight<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for ((span, &around), &bits) in self.spans.iter_mut().zip(self.around).zip(self.bits) {
            *span = straight(around as u32, (around >> 32) as u32, Place::of(bits).part);
        }
    }
}

fn to_millis(value: f64) -> Millis {
    (libm::round(value) as Millis).clamp(0, NEVER)
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
    fn many_blocks_are_those_that_are_drawn_one_by_one() {
        let key = Key::new(0x1234_5678_9ABC, 3);
        for many in [77, 2 * MANY as u64 + 77] {
            let entities: Vec<u64> =
                (0..many).map(|i| i * i * 1_000_003 % MAX_ENTITY).chain([MAX_ENTITY - 1]).collect();
            let mut words = Words::default();
            words.draw(key, Purpose::Trait, 5, &entities);
            for (place, &entity) in entities.iter().enumerate() {
                assert_eq!(words.at(place), key.block(entity, Purpose::Trait, 5));
            }
        }
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
    fn samplers_follow_their_distribution_everywhere() {
        for dist in [
            Dist::Exponential { mean: 540_000.0 },
            Dist::Lognormal { median: 720_000.0, sigma: 0.9 },
            Dist::Normal { mean: 30_600_000.0, sd: 2_700_000.0 },
            Dist::Triangular { low: 0.0, likely: 60_000.0, high: 600_000.0 },
            Dist::Uniform { low: 0.0, high: 86_400_000.0 },
        ] {
            let sampler = Sampler::new(&dist);
            // In the middle of every fine cell, where a straight line is off most.
            for i in 0..1_u32 << TAIL_BITS {
                let bits = i << (32 - TAIL_BITS) | 0x8000;
                let exact = dist.quantile(unit(bits));
                let from_end = i.min((1 << TAIL_BITS) - 1 - i);
                let part = if from_end < 8 { 1e-2 } else { 1e-3 };
                assert!((sampler.at(bits) as f64 - exact).abs() <= 1.5 + exact * part, "{dist:?} at {bits}");
            }
        }
    }

    #[test]
    fn sure_and_impossible_chances_are_exact() {
        assert!(Chance::from(Share(1.0)).hit(u32::MAX));
        assert!(!Chance::from(Share(0.0)).hit(0));
    }
}
